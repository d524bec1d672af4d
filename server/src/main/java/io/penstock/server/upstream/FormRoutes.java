package io.penstock.server.upstream;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.protocol.translate.Form;
import io.penstock.routing.Routes;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a router sees for requests of one form: every offer by the way that such a request would take, for that way's health
 * is the one that matters. The ways are worked out once. Immutable but for the healths; safe from any thread.
 */
final class FormRoutes implements Routes {
    private final List<Model> chat;
    private final IdentityHashMap<Offer, ProtocolPreference> ways =
            new IdentityHashMap<>(); // an offer is one object in all views of its model

    FormRoutes(ProviderRegistry.Parts of, Form form) {
        this.chat = of.chat();
        for (Model model : of.catalog().models()) {
            for (Offer offer : model.offers()) {
                ProtocolPreference way = ProtocolPreference.to(of.targets(), model, offer, form);
                if (way != null) {
                    ways.put(offer, way);
                }
            }
        }
    }

    /** The way of an offer of the catalog's; null if its provider is reached in no protocol that it offers. */
    @Nullable
    ProtocolPreference way(Offer offer) {
        return ways.get(offer);
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
        ProtocolPreference way = ways.get(offer);
        return way != null && way.available();
    }

    @Override
    public long latencyMicros(Offer offer) {
        ProtocolPreference way = ways.get(offer);
        return way == null ? 0 : way.health().firstByteMicros();
    }
}
