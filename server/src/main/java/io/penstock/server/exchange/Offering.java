package io.penstock.server.exchange;

import io.penstock.catalog.Catalog;
import io.penstock.protocol.Protocol;
import io.penstock.routing.Routes;
import io.penstock.server.upstream.Target;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The models on offer, where their providers are reached, and the same as a router sees it. Immutable, replaced whole.
 *
 * @param auto whether {@code auto} may be asked for
 * @param openai targets by provider id, for those that speak it
 * @param anthropic the same
 */
public record Offering(
        Catalog catalog, Routes routes, boolean auto, Map<String, Target> openai, Map<String, Target> anthropic) {
    public Offering {
        openai = Map.copyOf(openai);
        anthropic = Map.copyOf(anthropic);
    }

    /** Null if the provider does not speak that protocol. */
    public @Nullable Target target(String provider, Protocol protocol) {
        return (protocol == Protocol.OPENAI ? openai : anthropic).get(provider);
    }
}
