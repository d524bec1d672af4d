package io.penstock.server.exchange;

import io.penstock.catalog.Model;
import io.penstock.catalog.Resolution;
import io.penstock.error.GatewayError.NoHandlerForProtocol;
import io.penstock.error.GatewayError.UpstreamUnavailable;
import io.penstock.error.GatewayException;
import io.penstock.plan.Estimate;
import io.penstock.plan.InputGuess;
import io.penstock.protocol.ChatRequest;
import io.penstock.protocol.Protocol;
import io.penstock.routing.Features;
import io.penstock.routing.Needs;
import io.penstock.routing.Route;
import io.penstock.routing.RouteRequest;
import io.penstock.routing.Routes;
import io.penstock.server.attempt.ClientRequest;
import io.penstock.server.upstream.ProviderRegistry;

/** Puts a request to a router in the router's words. Static; event loop only. */
final class Routing {
    private Routing() {}

    /** The route of the model that the client named; never empty. */
    static Route direct(Services services, Routes routes, Resolution resolution, Protocol protocol) {
        Model model = resolution.found();
        Route route = services.direct().route(services.directRequest(model, protocol, resolution.sort()), routes);
        if (route.isEmpty()) {
            throw new GatewayException(new NoHandlerForProtocol("nobody serves " + model.id()));
        }
        return route;
    }

    /** The route that the router chose; never empty. */
    static Route auto(
            Services services, ProviderRegistry registry, Resolution resolution, ClientRequest from, Needs needs) {
        ChatRequest request = from.chat();
        Features features = new Features(
                request.lastUserTextBytes(),
                request.messageCount(),
                request.toolCount(),
                request.codeFences(),
                request.reasoningAsked(),
                request.structuredOutput());
        RouteRequest asked = new RouteRequest(
                null,
                from.face().protocol(),
                needs,
                InputGuess.tokens(request),
                Math.max(0, Estimate.outputAsked(request, from.face().protocol())),
                features,
                registry.preference(),
                resolution.sort());
        Route route = services.auto().route(asked, registry.routes(from.form()));
        if (route.isEmpty()) {
            throw new GatewayException(
                    new UpstreamUnavailable("no model can take this request (" + route.reason() + ")"));
        }
        return route;
    }
}
