package io.penstock.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.catalog.Catalog;
import io.penstock.catalog.Modality;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.catalog.Price;
import io.penstock.catalog.Sort;
import io.penstock.protocol.Protocol;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AutoRouterTest extends RouterContract {
    private static final Features SAY_OK = new Features(7, 1, 0, 0, false, false);
    private static final Features REFACTOR = new Features(9_000, 12, 11, 2, true, false);

    @Override
    protected Router router() {
        return new AutoRouter();
    }

    private static RouteRequest request(Needs needs, long input, Features features, Preference preference) {
        return new RouteRequest(null, Protocol.OPENAI, needs, input, 1_000, features, preference, Sort.CATALOG);
    }

    private Model chosen(Needs needs, long input, Features features, Preference preference, Routes routes) {
        return router().route(request(needs, input, features, preference), routes)
                .candidates()
                .get(0)
                .model();
    }

    private Model chosen(Features features, Preference preference) {
        return chosen(Needs.NONE, 500, features, preference, new FixedRoutes(CATALOG));
    }

    private static double cost(Model model) {
        return model.price().input() + model.price().output();
    }

    @Test
    void whatIsTrivialStaysLowAndWhatIsHardRises() {
        assertThat(Difficulty.of(Features.NONE)).isLessThan(0.15);
        assertThat(Difficulty.of(SAY_OK)).isLessThan(0.15);
        assertThat(Difficulty.of(REFACTOR)).isGreaterThan(0.7);
        assertThat(Difficulty.of(new Features(Long.MAX_VALUE, Integer.MAX_VALUE, 99, 99, true, true)))
                .isLessThanOrEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "30000, 1, 0, 0, false", // long and nothing else
        "7, 40, 0, 0, false", // a long talk
        "7, 1, 128, 0, false", // a greeting to an agent
        "7, 1, 0, 50, false",
        "7, 1, 0, 0, true"
    })
    void noSingleFeatureReachesTheTop(long bytes, int turns, int tools, int fences, boolean reasoning) {
        assertThat(Difficulty.of(new Features(bytes, turns, tools, fences, reasoning, false)))
                .isBetween(0.1, 0.5);
    }

    @Test
    void moreOfAFeatureNeverMakesItEasier() {
        double last = 0;
        for (long bytes = 0; bytes < 1 << 20; bytes += 37) {
            double now = Difficulty.of(new Features(bytes, 1, 0, 0, false, false));
            assertThat(now).isGreaterThanOrEqualTo(last);
            last = now;
        }
    }

    @Test
    void theDialBuysQuality() {
        for (Features features : List.of(SAY_OK, REFACTOR)) {
            int last = 0;
            for (int dial = 0; dial <= 10; dial++) {
                Route route = router().route(
                                request(Needs.NONE, 500, features, new Preference(dial, false)),
                                new FixedRoutes(CATALOG));
                int wanted = Integer.parseInt(route.reason().replaceAll(".*wanted=(\\d+).*", "$1"));
                assertThat(wanted).isGreaterThanOrEqualTo(last);
                assertThat(route.candidates().get(0).model().quality()).isGreaterThanOrEqualTo(wanted);
                last = wanted;
            }
        }
        assertThat(cost(chosen(SAY_OK, Preference.PRICE))).isLessThan(cost(chosen(SAY_OK, Preference.QUALITY)));
        assertThat(cost(chosen(SAY_OK, Preference.BALANCED))).isLessThan(cost(chosen(REFACTOR, Preference.BALANCED)));
    }

    @Test
    void theCheapestThatIsGoodEnoughIsChosen() {
        Model model = chosen(REFACTOR, Preference.BALANCED);

        assertThat(CATALOG.models())
                .filteredOn(other ->
                        other.quality() >= model.quality() && !other.id().endsWith(":free"))
                .allMatch(other -> cost(other) >= cost(model));
    }

    @Test
    void speedTakesTheFastestOfTheGoodEnough() {
        FixedRoutes routes = new FixedRoutes(CATALOG).latencyMicros("minimax", 100_000);

        assertThat(chosen(Needs.NONE, 500, SAY_OK, Preference.SPEED, routes).id())
                .isEqualTo("minimax/minimax-m2.5");
    }

    @Test
    void whatAModelCannotDoIsNeverAskedOfIt() {
        for (Preference preference : List.of(Preference.PRICE, Preference.BALANCED, Preference.QUALITY)) {
            Route images = router().route(
                            request(new Needs(true, false, false, true, true), 500, SAY_OK, preference),
                            new FixedRoutes(CATALOG));
            assertThat(images.candidates())
                    .isNotEmpty()
                    .allMatch(candidate -> candidate.model().tools()
                            && candidate.model().structuredOutput()
                            && candidate.model().input().contains(Modality.IMAGE));
            Route audio = router().route(
                            request(new Needs(false, true, false, false, false), 500, SAY_OK, preference),
                            new FixedRoutes(CATALOG));
            assertThat(audio.candidates())
                    .isNotEmpty()
                    .allMatch(c -> c.model().author().equals("google"));
        }
    }

    @Test
    void nothingThatCanDoItIsSaidAsSuch() {
        Routes openSource = new FixedRoutes(CATALOG.restrictedTo(Set.of("groq")));
        Route route = router().route(
                        request(new Needs(true, false, false, false, false), 5, SAY_OK, Preference.BALANCED),
                        openSource);

        assertThat(route.isEmpty()).isTrue();
        assertThat(route.reason()).isEqualTo("auto:balanced;none;missing=images");
    }

    @ParameterizedTest
    @CsvSource({"100000, true", "123000, true", "125500, false", "2000000000, false"})
    void theContextIsNeverFilledToTheBrim(long input, boolean fits) {
        Routes groq = new FixedRoutes(CATALOG.restrictedTo(Set.of("groq"))); // 131,072 tokens

        assertThat(router().route(request(Needs.NONE, input, SAY_OK, Preference.PRICE), groq)
                        .isEmpty())
                .isEqualTo(!fits);
    }

    @Test
    void aModelThatFailsIsChosenOnlyWhenNoOtherWouldDo() {
        Model usual = chosen(SAY_OK, Preference.BALANCED);
        FixedRoutes routes = new FixedRoutes(CATALOG);
        usual.offers().forEach(routes::failing);

        assertThat(chosen(Needs.NONE, 500, SAY_OK, Preference.BALANCED, routes)).isNotEqualTo(usual);
        FixedRoutes onlyGroq = new FixedRoutes(CATALOG.restrictedTo(Set.of("groq"))).failing("groq");
        assertThat(chosen(Needs.NONE, 500, SAY_OK, Preference.BALANCED, onlyGroq)
                        .id())
                .isEqualTo("meta-llama/llama-3.3-70b");
    }

    @Test
    void freeVariantsAndVideoAreNotChosen() {
        for (int dial = 0; dial <= 10; dial++) {
            Route route = router().route(
                            request(Needs.NONE, 5, SAY_OK, new Preference(dial, false)),
                            new FixedRoutes(CATALOG.restrictedTo(Set.of("openrouter"))));
            assertThat(route.candidates())
                    .noneMatch(c -> c.model().video() || c.model().id().endsWith(":free"));
        }
    }

    @Test
    void aModelWithoutAPriorOrAPriceNeitherWinsNorLosesEverything() {
        Offer offer = new Offer("ollama", "mystery", Price.FREE, 32_000, 8_000, Set.of(Protocol.OPENAI));
        Catalog catalog = CATALOG.toBuilder()
                .model(Model.builder("ollama/mystery")
                        .limits(32_000, 8_000)
                        .offers(List.of(offer))
                        .build())
                .build();

        assertThat(chosen(Needs.NONE, 5, REFACTOR, Preference.BALANCED, new FixedRoutes(catalog))
                        .id())
                .isNotEqualTo("ollama/mystery");
        Catalog alone = catalog.restrictedTo(Set.of("ollama"));
        assertThat(chosen(Needs.NONE, 5, REFACTOR, Preference.QUALITY, new FixedRoutes(alone))
                        .id())
                .isEqualTo("ollama/mystery");
    }

    @Test
    void fallbacksToOtherModelsFollow() {
        Route route = router().route(request(Needs.NONE, 5, SAY_OK, Preference.BALANCED), new FixedRoutes(CATALOG));

        assertThat(route.candidates().stream().map(Candidate::model).distinct()).hasSize(4);
        assertThat(route.reason()).matches("auto:balanced;difficulty=0\\.10;wanted=54;quality=\\d+;of=\\d+");
    }

    @ParameterizedTest
    @CsvSource({"quality, 10", "Balanced, 5", "price, 0", "speed, 4", "7, 7", "10, 10", "0, 0"})
    void preferencesHaveNamesAndNumbers(String text, int dial) {
        Preference preference = Preference.parse(text).orElseThrow();

        assertThat(preference.dial()).isEqualTo(dial);
        assertThat(preference.speed()).isEqualTo(text.equals("speed"));
        assertThat(Preference.parse(preference.label())).contains(preference);
    }

    @Test
    void otherPreferencesAreNone() {
        assertThat(Preference.parse("11")).isEmpty();
        assertThat(Preference.parse("-1")).isEmpty();
        assertThat(Preference.parse("best")).isEmpty();
        assertThatThrownBy(() -> new Preference(11, false)).isInstanceOf(IllegalArgumentException.class);
    }
}
