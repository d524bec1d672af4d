package io.penstock.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.catalog.Catalog;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.catalog.Sort;
import io.penstock.protocol.Protocol;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every router keeps to; a plug-in's test extends it. */
public abstract class RouterContract {
    /** All models of the catalog that ships, every provider configured. */
    protected static final Catalog CATALOG = Catalog.builtIn();

    private static final List<Sort> SORTS = List.of(Sort.values());

    /** The router under test. */
    protected abstract Router router();

    private static RouteRequest auto(Needs needs, long inputTokens, Features features, Preference preference) {
        return new RouteRequest(null, Protocol.OPENAI, needs, inputTokens, 1_000, features, preference, Sort.CATALOG);
    }

    private static RouteRequest random(Random random) {
        List<Model> models = CATALOG.models();
        return new RouteRequest(
                random.nextBoolean() ? null : models.get(random.nextInt(models.size())),
                random.nextBoolean() ? Protocol.OPENAI : Protocol.ANTHROPIC,
                new Needs(
                        random.nextBoolean(),
                        random.nextInt(4) == 0,
                        random.nextInt(4) == 0,
                        random.nextBoolean(),
                        random.nextBoolean()),
                random.nextInt(1_500_000),
                random.nextInt(100_000),
                new Features(
                        random.nextInt(1 << 20),
                        random.nextInt(50),
                        random.nextInt(20),
                        random.nextInt(5),
                        random.nextBoolean(),
                        random.nextBoolean()),
                new Preference(random.nextInt(11), random.nextBoolean()),
                SORTS.get(random.nextInt(SORTS.size())));
    }

    @Test
    void theNameIsSettled() {
        assertThat(router().name()).matches("[a-z0-9-]+").isEqualTo(router().name());
    }

    @ParameterizedTest
    @EnumSource(Sort.class)
    void aModelThatWasAskedForIsServedByEachOfItsOffersOnce(Sort sort) {
        for (Model model : CATALOG.models()) {
            Route route =
                    router().route(RouteRequest.direct(model, Protocol.ANTHROPIC, sort), new FixedRoutes(CATALOG));

            assertThat(route.candidates())
                    .allMatch(candidate -> candidate.model().equals(model))
                    .extracting(Candidate::offer)
                    .containsExactlyInAnyOrderElementsOf(model.offers());
            assertThat(route.reason()).isNotBlank();
        }
    }

    @Test
    void anOfferThatFailsIsTriedLast() {
        for (Model model : CATALOG.models()) {
            Offer first = model.offers().get(0);
            FixedRoutes routes = new FixedRoutes(CATALOG).failing(first);
            List<Candidate> candidates = router().route(
                            RouteRequest.direct(model, Protocol.OPENAI, Sort.CATALOG), routes)
                    .candidates();

            assertThat(candidates.get(candidates.size() - 1).offer()).isEqualTo(first);
        }
    }

    @Test
    void withoutModelsTheRouteIsEmptyAndSaysWhy() {
        Route route = router().route(
                        auto(Needs.NONE, 10, Features.NONE, Preference.BALANCED),
                        new FixedRoutes(Catalog.builder().build()));

        assertThat(route.isEmpty()).isTrue();
        assertThat(route.reason()).isNotBlank();
    }

    @Test
    void nothingIsTakenThatTheRoutesDoNotShow() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 1_000; i++) {
            Set<Offer> hidden = new HashSet<>();
            CATALOG.models().stream()
                    .flatMap(model -> model.offers().stream())
                    .filter(offer -> random.nextInt(3) > 0)
                    .forEach(hidden::add);
            Routes routes = new AllowedRoutes(new FixedRoutes(CATALOG), (model, offer) -> !hidden.contains(offer));
            RouteRequest request = random(random);
            Route route = router().route(request, routes);

            assertThat(route.candidates())
                    .as("seed %d, case %d: %s", seed, i, request)
                    .noneMatch(candidate -> hidden.contains(candidate.offer()));
            Model asked = request.model();
            if (asked != null) {
                assertThat(route.candidates())
                        .as("seed %d, case %d: %s", seed, i, request)
                        .extracting(Candidate::offer)
                        .containsExactlyInAnyOrderElementsOf(routes.offers(asked));
            }
        }
    }

    @Test
    void anyRequestGetsOffersThatAreShownOnceEachAndAReasonThatFitsAHeader() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Set<Offer> shown = new HashSet<>();
        CATALOG.models().forEach(model -> shown.addAll(model.offers()));
        for (int i = 0; i < 5_000; i++) {
            FixedRoutes routes = new FixedRoutes(CATALOG);
            for (int f = random.nextInt(20); f > 0; f--) {
                List<Offer> offers = CATALOG.models()
                        .get(random.nextInt(CATALOG.models().size()))
                        .offers();
                routes.failing(offers.get(random.nextInt(offers.size())));
            }
            RouteRequest request = random(random);
            Route route = router().route(request, routes);

            assertThat(route.candidates())
                    .as("seed %d, case %d: %s", seed, i, request)
                    .doesNotHaveDuplicates()
                    .allMatch(candidate -> shown.contains(candidate.offer()))
                    .allMatch(candidate -> candidate.model().offers().contains(candidate.offer()));
            assertThat(route.reason()).as("seed %d, case %d", seed, i).matches("[ -~]{1,200}");
            assertThat(router().route(request, routes))
                    .as("seed %d, case %d: the same again", seed, i)
                    .isEqualTo(route);
        }
    }
}
