package io.penstock.server.exchange;

import io.penstock.catalog.Model;
import io.penstock.catalog.Resolution;
import io.penstock.catalog.Sort;
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
import io.penstock.routing.Router;
import io.penstock.routing.Routes;
import io.penstock.server.attempt.ClientRequest;
import io.penstock.server.upstream.ProviderRegistry;
import org.jspecify.annotations.Nullable;

/** Puts requests to the routers in their words. Safe from any thread. */
final class Routing {
    private final Router direct;
    private final Router auto;
    private volatile @Nullable RouteRequest lastDirect;
    private volatile int attemptsMax = 1; // whether and when another offer follows is to be decided by rules

    Routing(Router direct, Router auto) {
        this.direct = direct;
        this.auto = auto;
    }

    /** The route of the model that the client named; never empty. */
    Route direct(Routes routes, Resolution resolution, Protocol protocol) {
        Model model = resolution.found();
        Route route = direct.route(directRequest(model, protocol, resolution.sort()), routes);
        if (route.isEmpty()) {
            throw new GatewayException(new NoHandlerForProtocol("nobody serves " + model.id()));
        }
        return route;
    }

    /** A request for that model of which nothing else matters: the last one made, if it is that. */
    @SuppressWarnings("ReferenceEquality") // the same object, or it is made anew
    private RouteRequest directRequest(Model model, Protocol protocol, Sort sort) {
        RouteRequest last = lastDirect;
        if (last == null || last.model() != model || last.protocol() != protocol || last.sort() != sort) {
            last = RouteRequest.direct(model, protocol, sort);
            lastDirect = last;
        }
        return last;
    }

    /** The route that the router chose; never empty. */
    Route auto(ProviderRegistry registry, Resolution resolution, ClientRequest from, Needs needs) {
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
        Route route = auto.route(asked, registry.routes(from.form()));
        if (route.isEmpty()) {
            throw new GatewayException(
                    new UpstreamUnavailable("no model can take this request (" + route.reason() + ")"));
        }
        return route;
    }

    /** How many offers of a plan are tried at most. */
    int attemptsMax() {
        return attemptsMax;
    }

    /** Lets so many offers of a plan be tried. */
    void attemptsMax(int max) {
        attemptsMax = max;
    }
}
