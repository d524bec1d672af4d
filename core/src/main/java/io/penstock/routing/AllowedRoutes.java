package io.penstock.routing;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.guardrail.Guardrails;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/**
 * What a request may use of routes that show more: the offers that a rule allows, and the models that have one. Order, health
 * and speed are those of the routes behind it. Views can stand before one another, one for each reason to leave offers out.
 *
 * <p>A list of which nothing is left out is the very list of the routes behind. Nothing is remembered: the rule must be pure.
 * As safe from several threads as the rule and the routes behind are.
 */
public final class AllowedRoutes implements Routes {
    private final Routes whole;
    private final BiPredicate<Model, Offer> allows;

    /** What of these routes that rule allows. */
    public AllowedRoutes(Routes whole, BiPredicate<Model, Offer> allows) {
        this.whole = whole;
        this.allows = allows;
    }

    /** What of these routes the guardrails allow: the given object itself where there are none. */
    public static Routes of(Routes whole, Guardrails guardrails) {
        return guardrails.isEmpty() ? whole : new AllowedRoutes(whole, guardrails::allow);
    }

    /** Those with an offer that is allowed. */
    @Override
    public List<Model> models() {
        return filtered(whole.models(), this::allowsAny);
    }

    @Override
    public List<Offer> offers(Model model) {
        return filtered(whole.offers(model), offer -> allows.test(model, offer));
    }

    @Override
    public boolean available(Offer offer) {
        return whole.available(offer);
    }

    @Override
    public long latencyMicros(Offer offer) {
        return whole.latencyMicros(offer);
    }

    @Override
    public long tokensPerSecond(Offer offer) {
        return whole.tokensPerSecond(offer);
    }

    private boolean allowsAny(Model model) {
        List<Offer> offers = whole.offers(model);
        for (int i = 0; i < offers.size(); i++) {
            if (allows.test(model, offers.get(i))) {
                return true;
            }
        }
        return false;
    }

    /** Copies only behind the first that is left out; each is asked once. */
    private static <T> List<T> filtered(List<T> all, Predicate<T> keeps) {
        for (int i = 0; i < all.size(); i++) {
            if (!keeps.test(all.get(i))) {
                List<T> kept = new ArrayList<>(all.subList(0, i));
                for (int j = i + 1; j < all.size(); j++) {
                    if (keeps.test(all.get(j))) {
                        kept.add(all.get(j));
                    }
                }
                return List.copyOf(kept);
            }
        }
        return all;
    }
}
