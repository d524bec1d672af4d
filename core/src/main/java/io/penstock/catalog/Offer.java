package io.penstock.catalog;

import io.penstock.protocol.Protocol;
import java.util.Set;

/**
 * A provider's way to serve a model.
 *
 * @param provider the provider's id in the configuration, such as {@code anthropic}
 * @param nativeId what that provider calls the model
 * @param context tokens of input and output together
 * @param maxOutput tokens of output
 * @param protocols what it can be asked in; empty when it cannot serve chat (video)
 * @param free the provider's free endpoint of a model that it also sells; reached by {@code :free} alone
 * @param dataPolicy what the provider does with prompts
 */
public record Offer(
        String provider,
        String nativeId,
        Price price,
        int context,
        int maxOutput,
        Set<Protocol> protocols,
        boolean free,
        DataPolicy dataPolicy) {

    public Offer {
        if (provider.isEmpty() || nativeId.isEmpty()) {
            throw new IllegalArgumentException(
                    "provider and native id: \"" + provider + "\", \"" + nativeId + "\" (expected: neither empty)");
        }
        if (context <= 0 || maxOutput <= 0) {
            throw new IllegalArgumentException("context and max output: " + context + ", " + maxOutput
                    + " (expected: > 0 tokens) in the offer of " + provider + "/" + nativeId);
        }
        protocols = Set.copyOf(protocols);
    }

    /** An offer as most are: sold, its data policy unknown. */
    public Offer(String provider, String nativeId, Price price, int context, int maxOutput, Set<Protocol> protocols) {
        this(provider, nativeId, price, context, maxOutput, protocols, false, DataPolicy.UNKNOWN);
    }
}
