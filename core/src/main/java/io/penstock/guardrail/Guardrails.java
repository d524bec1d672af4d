package io.penstock.guardrail;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import java.util.List;

/** The guardrails that hold for a key, in the order they are asked. Immutable; safe from any thread. */
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

    /** Whether there is none, so that everything is allowed. */
    public boolean isEmpty() {
        return all.isEmpty();
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

    /** The names of those that exclude an offer of one of these models, for the owner to find them. */
    public List<String> excluding(List<Model> models) {
        return all.stream()
                .filter(guardrail -> models.stream().anyMatch(model -> excludes(guardrail, model)))
                .map(Guardrail::name)
                .toList();
    }

    private static boolean excludes(Guardrail guardrail, Model model) {
        return model.offers().stream().anyMatch(offer -> !guardrail.allows(model, offer));
    }
}
