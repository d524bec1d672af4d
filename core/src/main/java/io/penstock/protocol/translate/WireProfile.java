package io.penstock.protocol.translate;

import java.util.Set;

/**
 * Who a request is written for: the provider, the model under its name there, and what both can do.
 *
 * @param provider its id, which seals what it made
 * @param nativeModel what it calls the model
 * @param maxOutput tokens of output
 * @param reasoning whether the model can think
 * @param structuredOutput whether it can be held to a JSON schema
 * @param maxCompletionTokens whether it refuses {@code max_tokens} and wants {@code max_completion_tokens}
 * @param parameters sampling parameters that the model takes, by OpenRouter's names; what is not in it is dropped. Empty: all
 * @param quirks of the provider and this model
 */
public record WireProfile(
        String provider,
        String nativeModel,
        int maxOutput,
        boolean reasoning,
        boolean structuredOutput,
        boolean maxCompletionTokens,
        Set<String> parameters,
        Set<Quirk> quirks) {

    public WireProfile {
        parameters = Set.copyOf(parameters);
        quirks = Set.copyOf(quirks);
    }

    /** Whether the provider or the model has that way. */
    public boolean is(Quirk quirk) {
        return quirks.contains(quirk);
    }

    /** Whether the model takes that sampling parameter. */
    boolean takes(String parameter) {
        return parameters.isEmpty() || parameters.contains(parameter);
    }

    /** Whether it would answer with an error if it were sent that sampling parameter. */
    public boolean refuses(String parameter) {
        return is(Quirk.REFUSES_SAMPLING) && !takes(parameter);
    }
}
