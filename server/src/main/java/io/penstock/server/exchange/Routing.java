package io.penstock.server.exchange;

import io.penstock.catalog.Model;
import io.penstock.catalog.Resolution;
import io.penstock.catalog.Sort;
import io.penstock.error.GatewayError.ModelNotAllowed;
import io.penstock.error.GatewayError.NoHandlerForProtocol;
import io.penstock.error.GatewayError.UpstreamUnavailable;
import io.penstock.error.GatewayException;
import io.penstock.guardrail.Guardrails;
import io.penstock.plan.Estimate;
import io.penstock.plan.InputGuess;
import io.penstock.protocol.ChatRequest;
import io.penstock.protocol.Protocol;
import io.penstock.routing.AllowedRoutes;
import io.penstock.routing.Features;
import io.penstock.routing.Needs;
import io.penstock.routing.Route;
import io.penstock.routing.RouteRequest;
import io.penstock.routing.Router;
import io.penstock.routing.Routes;
import io.penstock.server.attempt.ClientRequest;
import io.penstock.server.upstream.ProviderRegistry;
import io.penstock.store.GatewayKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts requests to the routers in their words, and shows them what the key may use and nothing else. Safe from any thread. */
final class Routing {
    private final Router direct;
    private final Router auto;
    private volatile @Nullable RouteRequest lastDirect;
    private volatile KeyGuardrails guardrails = KeyGuardrails.NONE; // what sets them is to be the configuration
    private volatile int attemptsMax = 1; // whether and when another offer follows is to be decided by rules

    Routing(Router direct, Router auto) {
        this.direct = direct;
        this.auto = auto;
    }

    /** The route of the model that the client named; never empty. */
    Route direct(GatewayKey by, Routes routes, Resolution resolution, Protocol protocol) {
        Model model = resolution.found();
        RouteRequest asked = directRequest(model, protocol, resolution.sort());
        Route route = route(direct, asked, routes, guardrails.of(by));
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
    Route auto(GatewayKey by, ProviderRegistry registry, Resolution resolution, ClientRequest from, Needs needs) {
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
        Route route = route(auto, asked, registry.routes(from.form()), guardrails.of(by));
        if (route.isEmpty()) {
            throw new GatewayException(
                    new UpstreamUnavailable("no model can take this request (" + route.reason() + ")"));
        }
        return route;
    }

    /** The router's route through what the guardrails allow; empty if it finds none without them either. */
    private static Route route(Router router, RouteRequest asked, Routes whole, Guardrails guardrails) {
        Route route = router.route(asked, AllowedRoutes.of(whole, guardrails));
        if (!guardrails.isEmpty()) {
            if (route.isEmpty() && !router.route(asked, whole).isEmpty()) {
                Model model = asked.model();
                throw new GatewayException(
                        model == null
                                ? new ModelNotAllowed("auto", guardrails.excluding(whole.models()))
                                : new ModelNotAllowed(model.id(), guardrails.excluding(List.of(model))));
            }
            checkAllowed(router, route, guardrails);
        }
        return route;
    }

    /** A router may be a plug-in: one that takes offers from elsewhere than its routes must not lead past a guardrail. */
    private static void checkAllowed(Router router, Route route, Guardrails guardrails) {
        for (int i = 0; i < route.candidates().size(); i++) {
            if (!guardrails.allow(route.model(i), route.offer(i))) {
                throw new IllegalStateException("router " + router.name() + " chose "
                        + route.model(i).id() + " of " + route.offer(i).provider()
                        + " (expected: an offer that its routes show)");
            }
        }
    }

    /** Lets these hold, from the next request on. */
    void guardrails(KeyGuardrails guardrails) {
        this.guardrails = guardrails;
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
