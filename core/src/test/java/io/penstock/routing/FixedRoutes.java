package io.penstock.routing;

import io.penstock.catalog.Catalog;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Routes that say what the test told them. */
final class FixedRoutes implements Routes {
    private final Catalog catalog;
    private final Set<Offer> failing = new HashSet<>();
    private final Map<String, Long> latencyMicros = new HashMap<>(); // by provider
    private final Map<String, Long> tokensPerSecond = new HashMap<>(); // by provider

    FixedRoutes(Catalog catalog) {
        this.catalog = catalog;
    }

    FixedRoutes failing(Offer offer) {
        failing.add(offer);
        return this;
    }

    FixedRoutes failing(String provider) {
        for (Model model : catalog.models()) {
            for (Offer offer : model.offers()) {
                if (offer.provider().equals(provider)) {
                    failing.add(offer);
                }
            }
        }
        return this;
    }

    FixedRoutes latencyMicros(String provider, long micros) {
        latencyMicros.put(provider, micros);
        return this;
    }

    FixedRoutes tokensPerSecond(String provider, long tokens) {
        tokensPerSecond.put(provider, tokens);
        return this;
    }

    @Override
    public List<Model> models() {
        return catalog.models();
    }

    @Override
    public List<Offer> offers(Model model) {
        return model.offers();
    }

    @Override
    public boolean available(Offer offer) {
        return !failing.contains(offer);
    }

    @Override
    public long latencyMicros(Offer offer) {
        return latencyMicros.getOrDefault(offer.provider(), 0L);
    }

    @Override
    public long tokensPerSecond(Offer offer) {
        return tokensPerSecond.getOrDefault(offer.provider(), 0L);
    }
}
