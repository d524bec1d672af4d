package io.penstock.routing;

/**
 * Makes a route for a request. Found by {@code ServiceLoader}.
 *
 * <p>Called on an event loop for every request, from several threads at once: it neither blocks nor keeps anything that
 * is not thread-safe. It never throws for want of offers; the route is then empty and its reason says why.
 */
public interface Router {
    /** The name in the configuration and in reasons. */
    String name();

    /** The offers to try, in order; only offers that {@code routes} shows. */
    Route route(RouteRequest request, Routes routes);
}
