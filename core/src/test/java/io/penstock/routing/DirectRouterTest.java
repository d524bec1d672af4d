package io.penstock.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.catalog.Model;
import io.penstock.catalog.Sort;
import io.penstock.protocol.Protocol;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class DirectRouterTest extends RouterContract {
    private static final Model KIMI = CATALOG.model("moonshotai/kimi-k2.5").orElseThrow();

    @Override
    protected Router router() {
        return new DirectRouter();
    }

    private static List<String> providers(Sort sort, FixedRoutes routes) {
        Route route = new DirectRouter().route(RouteRequest.direct(KIMI, Protocol.OPENAI, sort), routes);
        return route.candidates().stream().map(c -> c.offer().provider()).toList();
    }

    @Test
    void offersKeepTheCatalogsOrder() {
        assertThat(providers(Sort.CATALOG, new FixedRoutes(CATALOG)))
                .containsExactly("moonshot", "fireworks", "together", "openrouter");
        assertThat(providers(
                        Sort.CATALOG,
                        new FixedRoutes(CATALOG).failing("moonshot").failing("together")))
                .containsExactly("fireworks", "openrouter", "moonshot", "together");
    }

    @Test
    void offersAreSortedAsAsked() {
        FixedRoutes routes = new FixedRoutes(CATALOG)
                .latencyMicros("together", 300_000)
                .latencyMicros("openrouter", 9_000_000)
                .tokensPerSecond("fireworks", 200)
                .tokensPerSecond("together", 90);

        assertThat(providers(Sort.PRICE, routes)).containsExactly("openrouter", "together", "moonshot", "fireworks");
        assertThat(providers(Sort.LATENCY, routes)).containsExactly("together", "moonshot", "fireworks", "openrouter");
        assertThat(providers(Sort.THROUGHPUT, routes))
                .containsExactly("fireworks", "together", "moonshot", "openrouter");
        assertThat(providers(Sort.PRICE, routes.failing("openrouter"))).endsWith("openrouter");
    }

    @Test
    void theReasonIsPlain() {
        Route route =
                router().route(RouteRequest.direct(KIMI, Protocol.OPENAI, Sort.CATALOG), new FixedRoutes(CATALOG));

        assertThat(route.reason()).isEqualTo("direct");
    }

    @Test
    void fallbackModelsFollowBehind() {
        FixedRoutes routes = new FixedRoutes(CATALOG);
        Model gpt = CATALOG.model("openai/gpt-5").orElseThrow();
        Route route = router().route(RouteRequest.direct(gpt, Protocol.OPENAI, Sort.CATALOG), routes)
                .then(router().route(RouteRequest.direct(KIMI, Protocol.OPENAI, Sort.CATALOG), routes));

        assertThat(route.candidates()).extracting(Candidate::model).containsExactly(gpt, gpt, KIMI, KIMI, KIMI, KIMI);
        assertThat(route.then(new Route(List.of(), "none"))).isSameAs(route);
    }

    @Test
    void theBuiltInRoutersAreFoundLikeAnyOther() {
        assertThat(ServiceLoader.load(Router.class)).extracting(Router::name).contains("direct", "auto");
    }
}
