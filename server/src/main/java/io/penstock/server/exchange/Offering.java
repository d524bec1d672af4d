package io.penstock.server.exchange;

import io.penstock.catalog.Catalog;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.protocol.Protocol;
import io.penstock.provider.Providers;
import io.penstock.routing.Preference;
import io.penstock.routing.Routes;
import io.penstock.server.upstream.Target;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The models on offer, where their providers are reached, and how they do: what a router sees. Replaced whole when models
 * come or go; safe from any thread.
 *
 * @param auto whether {@code auto} may be asked for
 * @param preference what matters when the router chooses
 * @param chat the models that {@code auto} may choose from
 * @param targets by protocol, then by the id of the provider that speaks it
 */
public record Offering(
        Catalog catalog,
        Providers providers,
        boolean auto,
        Preference preference,
        List<Model> chat,
        Map<Protocol, Map<String, Target>> targets)
        implements Routes {
    private static final List<Protocol> PROTOCOLS = List.of(Protocol.values());

    public Offering {
        chat = List.copyOf(chat);
        Map<Protocol, Map<String, Target>> copy = new EnumMap<>(Protocol.class);
        for (Protocol protocol : Protocol.values()) {
            copy.put(protocol, Map.copyOf(targets.getOrDefault(protocol, Map.of())));
        }
        targets = Collections.unmodifiableMap(copy);
    }

    /** Null if the provider does not speak that protocol. */
    public @Nullable Target target(String provider, Protocol protocol) {
        Map<String, Target> speaking = targets.get(protocol);
        return speaking == null ? null : speaking.get(provider);
    }

    /** How many providers speak that protocol. */
    int speaking(Protocol protocol) {
        Map<String, Target> targetsOf = targets.get(protocol);
        return targetsOf == null ? 0 : targetsOf.size();
    }

    /** Which variable or field would configure one of these providers. */
    String hint(List<String> ids) {
        return providers.hint(ids);
    }

    @Override
    public List<Model> models() {
        return chat;
    }

    @Override
    public List<Offer> offers(Model model) {
        return model.offers();
    }

    @Override
    public boolean available(Offer offer) {
        Target target = any(offer);
        return target != null && target.health().good() && !target.missing(offer.nativeId());
    }

    @Override
    public long latencyMicros(Offer offer) {
        Target target = any(offer);
        return target == null ? 0 : target.health().firstByteMicros();
    }

    private @Nullable Target any(Offer offer) {
        for (Protocol protocol : PROTOCOLS) {
            Target target = target(offer.provider(), protocol);
            if (target != null) {
                return target;
            }
        }
        return null;
    }
}
