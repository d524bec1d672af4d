package io.penstock.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.catalog.Catalog;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.catalog.Sort;
import io.penstock.guardrail.Guardrails;
import io.penstock.guardrail.OfferList;
import io.penstock.protocol.Protocol;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.Test;

class AllowedRoutesTest {
    private static final Catalog CATALOG = Catalog.builtIn();
    private static final Model KIMI = CATALOG.model("moonshotai/kimi-k2.5").orElseThrow();

    private static Guardrails only(String... providers) {
        return Guardrails.of(List.of(new OfferList("only", List.of(), List.of(providers))));
    }

    private static List<String> providers(Routes routes) {
        return routes.offers(KIMI).stream().map(Offer::provider).toList();
    }

    @Test
    void theViewIsTheWholeWithoutWhatIsNotAllowedInTheSameOrder() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        FixedRoutes whole = new FixedRoutes(CATALOG);
        for (int round = 0; round < 500; round++) {
            int share = random.nextInt(11);
            Set<String> left = new HashSet<>();
            CATALOG.models().stream()
                    .flatMap(model -> model.offers().stream().map(offer -> name(model, offer)))
                    .filter(name -> random.nextInt(10) < share)
                    .forEach(left::add);
            BiPredicate<Model, Offer> allows = (model, offer) -> left.contains(name(model, offer));
            AllowedRoutes view = new AllowedRoutes(whole, allows);

            assertThat(view.models())
                    .as("seed %d, round %d", seed, round)
                    .containsExactlyElementsOf(whole.models().stream()
                            .filter(model -> model.offers().stream().anyMatch(offer -> allows.test(model, offer)))
                            .toList());
            for (Model model : whole.models()) {
                assertThat(view.offers(model))
                        .as("seed %d, round %d: %s", seed, round, model)
                        .containsExactlyElementsOf(model.offers().stream()
                                .filter(offer -> allows.test(model, offer))
                                .toList());
            }
        }
    }

    private static String name(Model model, Offer offer) {
        return model.id() + " of " + offer.provider() + " as " + offer.nativeId();
    }

    @Test
    void whatIsKnownOfAnOfferPassesThrough() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        FixedRoutes whole = new FixedRoutes(CATALOG);
        Set<Offer> failing = new HashSet<>();
        for (Offer offer : KIMI.offers()) {
            whole.latencyMicros(offer.provider(), random.nextInt(1_000_000))
                    .tokensPerSecond(offer.provider(), random.nextInt(1_000));
            if (random.nextBoolean()) {
                failing.add(offer);
                whole.failing(offer);
            }
        }
        AllowedRoutes view = new AllowedRoutes(whole, (model, offer) -> random.nextBoolean());
        for (Offer offer : KIMI.offers()) {
            assertThat(view.available(offer)).as("seed %d", seed).isEqualTo(!failing.contains(offer));
            assertThat(view.latencyMicros(offer)).as("seed %d", seed).isEqualTo(whole.latencyMicros(offer));
            assertThat(view.tokensPerSecond(offer)).as("seed %d", seed).isEqualTo(whole.tokensPerSecond(offer));
        }
    }

    @Test
    void withoutGuardrailsItIsTheRoutesThemselves() {
        Routes whole = new FixedRoutes(CATALOG);
        assertThat(AllowedRoutes.of(whole, Guardrails.NONE)).isSameAs(whole);
    }

    @Test
    void aListThatIsAllowedWholeIsTheListItself() {
        Routes whole = new FixedRoutes(CATALOG);
        Routes view = new AllowedRoutes(whole, (model, offer) -> true);

        assertThat(view.models()).isSameAs(whole.models());
        assertThat(view.offers(KIMI)).isSameAs(whole.offers(KIMI));
    }

    @Test
    void aViewOfAViewLeavesOutWhatEitherDoes() {
        Routes first = AllowedRoutes.of(new FixedRoutes(CATALOG), only("moonshot", "together", "openrouter"));
        Routes second = AllowedRoutes.of(first, only("fireworks", "openrouter", "together"));

        assertThat(providers(first)).containsExactly("moonshot", "together", "openrouter");
        assertThat(providers(second)).containsExactly("together", "openrouter");
        assertThat(second.models()).allMatch(model -> !second.offers(model).isEmpty());
    }

    @Test
    void aNamedModelIsServedByWhatIsAllowedAndAutoChoosesAmongIt() {
        Routes view = AllowedRoutes.of(new FixedRoutes(CATALOG).failing("together"), only("together", "openrouter"));
        Route named = new DirectRouter().route(RouteRequest.direct(KIMI, Protocol.OPENAI, Sort.CATALOG), view);
        Route chosen = new AutoRouter()
                .route(
                        new RouteRequest(
                                null,
                                Protocol.OPENAI,
                                Needs.NONE,
                                10,
                                100,
                                Features.NONE,
                                Preference.BALANCED,
                                Sort.CATALOG),
                        view);

        assertThat(named.candidates())
                .extracting(candidate -> candidate.offer().provider())
                .containsExactly("openrouter", "together"); // one that fails goes last among these as well
        assertThat(chosen.candidates())
                .isNotEmpty()
                .extracting(candidate -> candidate.offer().provider())
                .isSubsetOf("together", "openrouter");
    }

    @Test
    void ofAModelThatIsNotAllowedNothingIsLeft() {
        Routes view = AllowedRoutes.of(new FixedRoutes(CATALOG), only("nobody"));

        assertThat(view.models()).isEmpty();
        assertThat(view.offers(KIMI)).isEmpty();
        assertThat(new DirectRouter()
                        .route(RouteRequest.direct(KIMI, Protocol.OPENAI, Sort.PRICE), view)
                        .isEmpty())
                .isTrue();
    }
}
