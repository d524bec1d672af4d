package io.penstock.server.testkit;

import io.penstock.catalog.Model;
import io.penstock.routing.DirectRouter;
import io.penstock.routing.Route;
import io.penstock.routing.RouteRequest;
import io.penstock.routing.Router;
import io.penstock.routing.Routes;

/**
 * An {@code auto} that always takes one model, and first runs what a test wants run on the event loop between the look at a
 * request and its sending.
 */
public final class HookedRouter implements Router {
    private final String modelId;
    private final Runnable first;

    public HookedRouter(String modelId, Runnable first) {
        this.modelId = modelId;
        this.first = first;
    }

    @Override
    public String name() {
        return "hooked";
    }

    @Override
    public Route route(RouteRequest request, Routes routes) {
        first.run();
        Model model = routes.models().stream()
                .filter(it -> it.id().equals(modelId))
                .findFirst()
                .orElseThrow();
        return new DirectRouter().route(RouteRequest.direct(model, request.protocol(), request.sort()), routes);
    }
}
