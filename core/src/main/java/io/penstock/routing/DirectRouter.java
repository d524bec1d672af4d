package io.penstock.routing;

import io.penstock.catalog.Model;
import java.util.List;

/**
 * Serves the model that was asked for, by its offers as the catalog or the client orders them. An offer that has not been
 * working lately goes last. Whether the model can do what the request needs is not judged here: the client chose it.
 */
public final class DirectRouter implements Router {
    private static final String REASON = "direct";

    /** For {@code ServiceLoader}. */
    public DirectRouter() {}

    @Override
    public String name() {
        return REASON;
    }

    /** A request without a model gets an empty route. */
    @Override
    public Route route(RouteRequest request, Routes routes) {
        Model model = request.model();
        if (model == null) {
            return new Route(List.of(), "direct:no model");
        }
        return Route.through(model, Order.of(routes.offers(model), request, routes), REASON);
    }
}
