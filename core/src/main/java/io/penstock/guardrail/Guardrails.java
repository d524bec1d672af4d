package io.penstock.guardrail;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import java.util.List;

/** The guardrails of a gateway, in the order they are asked. Immutable; safe from any thread. */
public final class Guardrails {
    /** There is none: everything is allowed. */
    public static final Guardrails NONE = new Guardrails(List.of());

    private final List<Guardrail> all;

    private Guardrails(List<Guardrail> all) {
        this.all = all;
    }

    public static Guardrails of(List<Guardrail> all) {
        return all.isEmpty() ? NONE : new Guardrails(List.copyOf(all));
    }

    /** Whether all of them allow that offer of the model. */
    public boolean allow(Model model, Offer offer) {
        for (int i = 0; i < all.size(); i++) { // no iterator: asked for each offer of each request
            if (!all.get(i).allows(model, offer)) {
                return false;
            }
        }
        return true;
    }
}
