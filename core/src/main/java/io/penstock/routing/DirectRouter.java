package io.penstock.routing;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Serves the model that was asked for, by its offers as the catalog or the client orders them. An offer that has not been
 * working lately goes last. Whether the model can do what the request needs is not judged here: the client chose it.
 */
public final class DirectRouter implements Router {
    private static final String REASON = "direct";

    private volatile @Nullable Route last; // most requests are for the same model, and its offers in their usual order

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
        List<Offer> offers = Order.of(routes.offers(model), request, routes);
        Route usual = last;
        if (usual == null || !usual.isThrough(model, offers)) {
            usual = Route.through(model, offers, REASON);
            last = usual;
        }
        return usual;
    }
}
