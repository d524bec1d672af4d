package io.penstock.routing;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import java.util.List;

/**
 * What a request may use, and what is known about it now: a view made for the request's key, with allow-lists, data
 * policies and provider preferences already applied. Reads must be cheap and never block; values may change between two
 * of them.
 */
public interface Routes {
    /** The models that {@code auto} may choose from. */
    List<Model> models();

    /** The offers of a model in their usual order; the list must not change. */
    List<Offer> offers(Model model);

    /** Whether the offer has been working lately; one that has not is tried last. */
    boolean available(Offer offer);

    /** The usual time to the first byte in microseconds; 0 when not measured. */
    long latencyMicros(Offer offer);

    /** The usual speed of an answer in tokens a second; 0 when not measured. */
    default long tokensPerSecond(Offer offer) {
        return 0;
    }
}
