package io.penstock.provider;

import io.penstock.protocol.translate.Quirk;
import java.util.List;
import java.util.Set;

/**
 * What is known of a provider beyond its names and addresses. Immutable; safe from any thread.
 *
 * @param quirks how it differs from the protocols it speaks
 * @param models what holds for some of its models, as it serves them itself
 * @param family what holds for some of its models, whoever serves them
 * @param images what an image counts for with some of its models, whoever serves them; the first that fits counts
 * @param credentials how its credentials begin
 * @param server how it tells of its models, if it runs on this machine
 */
public record ProviderTraits(
        Set<Quirk> quirks,
        List<ModelRule> models,
        List<ModelRule> family,
        List<ImageTokens.Rule> images,
        List<String> credentials,
        LocalTraits server) {

    /** Of a provider that nobody described: what thinks in the open is given back what it thought, and tags are understood. */
    public static final ProviderTraits UNKNOWN = new ProviderTraits(
            Set.of(Quirk.REASONING_CONTENT_BACK, Quirk.THINK_TAGS),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            LocalTraits.NONE);

    public ProviderTraits {
        quirks = Set.copyOf(quirks);
        models = List.copyOf(models);
        family = List.copyOf(family);
        images = List.copyOf(images);
        credentials = List.copyOf(credentials);
    }
}
