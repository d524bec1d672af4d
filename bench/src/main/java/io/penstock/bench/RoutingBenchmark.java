package io.penstock.bench;

import io.penstock.catalog.Catalog;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.catalog.Resolution;
import io.penstock.catalog.Sort;
import io.penstock.guardrail.Guardrails;
import io.penstock.guardrail.OfferList;
import io.penstock.protocol.Protocol;
import io.penstock.routing.AllowedRoutes;
import io.penstock.routing.AutoRouter;
import io.penstock.routing.DirectRouter;
import io.penstock.routing.Features;
import io.penstock.routing.Needs;
import io.penstock.routing.Preference;
import io.penstock.routing.Route;
import io.penstock.routing.RouteRequest;
import io.penstock.routing.Router;
import io.penstock.routing.Routes;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What is decided about the model for every request. Questions: does a model name resolve in 100 ns without allocation; is
 * a direct route made in 300 ns; what does {@code auto} cost over all of the built-in catalog? Are both free of charge to a key
 * without guardrails, and what do three cost one that has them?
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RoutingBenchmark {
    private final Catalog catalog = Catalog.builtIn();
    private final Routes routes = new AllWorks(catalog);
    private final Router direct = new DirectRouter();
    private final Router auto = new AutoRouter();
    private final Guardrails guardrails = Guardrails.of(List.of(
            new OfferList("providers", List.of(), List.of("together", "openrouter", "anthropic", "openai")),
            new OfferList("authors", List.of("moonshotai/*", "anthropic/*", "openai/*", "z-ai/*"), List.of()),
            new OfferList("any", List.of(), List.of())));
    private final char[] dashed = "claude-sonnet-4-6".toCharArray();
    private final String dated = "claude-sonnet-4-6-20260115";
    private final String unknown = "anthropic/claude-sonnet-4.7";
    private final RouteRequest directRequest =
            RouteRequest.direct(catalog.resolve("moonshotai/kimi-k2.5").found(), Protocol.OPENAI, Sort.CATALOG);
    private final RouteRequest autoRequest = new RouteRequest(
            null,
            Protocol.OPENAI,
            new Needs(false, false, false, true, false),
            6_000,
            4_096,
            new Features(900, 7, 11, 1, false, false),
            Preference.BALANCED,
            Sort.CATALOG);

    /** A name as it comes off the wire, in a string whose hash nobody has counted yet. */
    @Benchmark
    public Resolution resolveListed() {
        return catalog.resolve(new String(dashed));
    }

    @Benchmark
    public Resolution resolveDated() {
        return catalog.resolve(dated);
    }

    @Benchmark
    public Resolution resolveUnknown() {
        return catalog.resolve(unknown);
    }

    @Benchmark
    public Route direct() {
        return direct.route(directRequest, AllowedRoutes.of(routes, Guardrails.NONE));
    }

    @Benchmark
    public Route auto() {
        return auto.route(autoRequest, AllowedRoutes.of(routes, Guardrails.NONE));
    }

    /** Two of the model's four offers are left. */
    @Benchmark
    public Route directGuarded() {
        return direct.route(directRequest, AllowedRoutes.of(routes, guardrails));
    }

    @Benchmark
    public Route autoGuarded() {
        return auto.route(autoRequest, AllowedRoutes.of(routes, guardrails));
    }

    private record AllWorks(Catalog catalog) implements Routes {
        @Override
        public List<Model> models() {
            return catalog.models();
        }

        @Override
        public List<Offer> offers(Model model) {
            return model.offers();
        }

        @Override
        public boolean available(Offer offer) {
            return true;
        }

        @Override
        public long latencyMicros(Offer offer) {
            return 0;
        }
    }
}
