package io.penstock.routing;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.RandomAccess;

/**
 * Offers in the order they are tried, and the reason for it.
 *
 * @param candidates first the one to use; empty when nothing can serve the request
 * @param reason for the header {@code x-penstock-route}: printable ASCII, such as {@code direct} or
 *     {@code auto:balanced;difficulty=0.12;…}
 */
public record Route(List<Candidate> candidates, String reason) {
    public Route {
        candidates = candidates instanceof OneModel ? candidates : List.copyOf(candidates);
    }

    /** A route through the offers of one model. Keeps the list, which must not change. */
    static Route through(Model model, List<Offer> offers, String reason) {
        return new Route(new OneModel(model, offers), reason);
    }

    /** Whether there is nothing to try. */
    public boolean isEmpty() {
        return candidates.isEmpty();
    }

    /** Whether it was made {@link #through} that model and that very list. */
    @SuppressWarnings("ReferenceEquality")
    boolean isThrough(Model model, List<Offer> offers) {
        return candidates instanceof OneModel one && one.model == model && one.offers == offers;
    }

    /** The model of a candidate, none being made. */
    public Model model(int index) {
        return candidates instanceof OneModel one
                ? one.model
                : candidates.get(index).model();
    }

    /** The offer of a candidate, none being made. */
    public Offer offer(int index) {
        return candidates instanceof OneModel one
                ? one.offers.get(index)
                : candidates.get(index).offer();
    }

    /** This route, and another one's candidates behind its own: how a client's list of fallback models is followed. */
    public Route then(Route other) {
        if (other.isEmpty()) {
            return this;
        }
        List<Candidate> all = new ArrayList<>(candidates);
        all.addAll(other.candidates);
        return new Route(all, reason);
    }

    /** A view of a model's offers as candidates, so that a direct route costs two small objects however many there are. */
    private static final class OneModel extends AbstractList<Candidate> implements RandomAccess {
        private final Model model;
        private final List<Offer> offers;

        OneModel(Model model, List<Offer> offers) {
            this.model = model;
            this.offers = offers;
        }

        @Override
        public Candidate get(int index) {
            return new Candidate(model, offers.get(index));
        }

        @Override
        public int size() {
            return offers.size();
        }
    }
}
