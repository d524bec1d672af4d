package io.penstock.server.exchange;

import io.penstock.catalog.Catalog;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.protocol.Protocol;
import io.penstock.provider.Providers;
import io.penstock.routing.Preference;
import io.penstock.routing.Routes;
import io.penstock.server.upstream.Target;
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
 * @param openai targets by provider id, for those that speak it
 * @param anthropic the same
 */
public record Offering(
        Catalog catalog,
        Providers providers,
        boolean auto,
        Preference preference,
        List<Model> chat,
        Map<String, Target> openai,
        Map<String, Target> anthropic)
        implements Routes {
    public Offering {
        chat = List.copyOf(chat);
        openai = Map.copyOf(openai);
        anthropic = Map.copyOf(anthropic);
    }

    /** Null if the provider does not speak that protocol. */
    public @Nullable Target target(String provider, Protocol protocol) {
        return (protocol == Protocol.OPENAI ? openai : anthropic).get(provider);
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
        Target target = openai.get(offer.provider());
        return target == null ? anthropic.get(offer.provider()) : target;
    }
}
