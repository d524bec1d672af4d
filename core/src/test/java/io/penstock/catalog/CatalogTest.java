package io.penstock.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.protocol.Protocol;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CatalogTest {
    private static final Catalog ALL = Catalog.builtIn();
    private static final Catalog CLAUDE = ALL.restrictedTo(Set.of("Anthropic"));

    private static Offer offer(String provider, String nativeId) {
        return new Offer(provider, nativeId, Price.of(1, 2), 1000, 100, Set.of(Protocol.OPENAI));
    }

    private static Model model(String id, Offer... offers) {
        return Model.builder(id).limits(1000, 100).offers(List.of(offers)).build();
    }

    @ParameterizedTest
    @CsvSource({
        "anthropic/claude-sonnet-4.6, anthropic/claude-sonnet-4.6",
        "anthropic/claude-sonnet-4-6, anthropic/claude-sonnet-4.6",
        "claude-sonnet-4.6, anthropic/claude-sonnet-4.6",
        "claude-sonnet-4-6, anthropic/claude-sonnet-4.6",
        "claude-sonnet-4-6-20260115, anthropic/claude-sonnet-4.6",
        "claude-sonnet-4-6-2026-01-15, anthropic/claude-sonnet-4.6",
        "anthropic/claude-sonnet-4.6-20260115, anthropic/claude-sonnet-4.6",
        "claude-sonnet-4-6-latest, anthropic/claude-sonnet-4.6",
        "claude-sonnet-4-6[1m], anthropic/claude-sonnet-4.6",
        "Claude-Sonnet-4.6, anthropic/claude-sonnet-4.6",
        "' claude-sonnet-4-6 ', anthropic/claude-sonnet-4.6",
        "penstock/anthropic/claude-sonnet-4.6, anthropic/claude-sonnet-4.6",
        "gaterouter/claude-sonnet-4-6, anthropic/claude-sonnet-4.6",
        "gateai/claude-sonnet-4-6-20260115, anthropic/claude-sonnet-4.6",
        "openrouter/anthropic/claude-sonnet-4.6, anthropic/claude-sonnet-4.6",
        "gaterouter/openrouter/sonnet, anthropic/claude-sonnet-4.6",
        "sonnet, anthropic/claude-sonnet-4.6",
        "opus, anthropic/claude-opus-4.6",
        "haiku, anthropic/claude-haiku-4.5",
        "claude-sonnet-latest, anthropic/claude-sonnet-4.6",
        "claude-haiku-4-5-20251001, anthropic/claude-haiku-4.5",
        "claude-opus-5-5, anthropic/claude-opus-5.5",
        "claude-3-5-haiku-latest, anthropic/claude-3.5-haiku",
        "claude-3-5-haiku-20241022, anthropic/claude-3.5-haiku",
        "claude-sonnet-4-20250514, anthropic/claude-sonnet-4",
        "claude-sonnet-4-0, anthropic/claude-sonnet-4",
        "gpt-4o-2024-08-06, openai/gpt-4o",
        "gpt-4o, openai/gpt-4o",
        "grok-4-0709, x-ai/grok-4",
        "MiniMax-M2.5, minimax/minimax-m2.5",
        "gemini-3.1-pro-preview, google/gemini-3.1-pro",
        "meta-llama/llama-3.3-70b-instruct, meta-llama/llama-3.3-70b",
        "meta-llama/llama-3.3-70b-instruct:free, meta-llama/llama-3.3-70b:free",
        "meta-llama/llama-3.3-70b:free, meta-llama/llama-3.3-70b:free",
        "openrouter/meta-llama/llama-3.3-70b:free, meta-llama/llama-3.3-70b:free",
        "llama-3.3-70b-versatile, meta-llama/llama-3.3-70b",
        "z-ai/glm-4.7-flash:free, z-ai/glm-4.7-flash:free",
        "deepseek/deepseek-chat, deepseek/deepseek-v4-flash",
        "deepseek/deepseek-chat-v3, deepseek/deepseek-v3",
        "deepseek/deepseek-chat-v3.1, deepseek/deepseek-v3.1"
    })
    void everySpellingLeadsToItsModel(String requested, String id) {
        assertThat(ALL.resolve(requested).found().id()).isEqualTo(id);
    }

    @Test
    void listedSpellingsShareOneResult() {
        Resolution first = ALL.resolve("claude-sonnet-4-6");

        assertThat(ALL.resolve("claude-sonnet-4-6")).isSameAs(first);
        assertThat(ALL.resolve("anthropic/claude-sonnet-4.6")).isSameAs(first);
        assertThat(ALL.resolve("gaterouter/anthropic/claude-sonnet-4.6")).isSameAs(first);
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "penstock/auto", "openrouter/auto", "gaterouter/auto", "gateai/auto", "AUTO"})
    void autoHasManySpellings(String requested) {
        assertThat(ALL.resolve(requested).kind()).isEqualTo(Resolution.Kind.AUTO);
    }

    @ParameterizedTest
    @CsvSource({
        "openai/gpt-5:nitro, THROUGHPUT",
        "gpt-5:floor, PRICE",
        "openai/gpt-5, CATALOG",
        "gaterouter/gpt-5:NITRO, THROUGHPUT"
    })
    void aSuffixMayAskForAnOrder(String requested, Sort sort) {
        Resolution resolution = ALL.resolve(requested);

        assertThat(resolution.found().id()).isEqualTo("openai/gpt-5");
        assertThat(resolution.sort()).isEqualTo(sort);
    }

    @ParameterizedTest
    @ValueSource(strings = {"openai/gpt-5:free", "openai/gpt-5:online", "gpt-5:thinking", "openai/gpt-5:whatever"})
    void aVariantThatIsNotThereIsUnknownAndNeverThePlainModel(String requested) {
        Resolution resolution = ALL.resolve(requested);

        assertThat(resolution.kind()).isEqualTo(Resolution.Kind.UNKNOWN);
        assertThat(resolution.ids()).containsExactly("openai/gpt-5");
    }

    @Test
    void aVariantThatIsThereIsFound() {
        Catalog catalog = ALL.toBuilder()
                .model(model("openai/gpt-5:online", offer("openai", "gpt-5-search")))
                .build();

        assertThat(catalog.resolve("openai/gpt-5:online").found().id()).isEqualTo("openai/gpt-5:online");
        assertThat(catalog.resolve("penstock/openai/gpt-5:online").found().id()).isEqualTo("openai/gpt-5:online");
    }

    @Test
    void theFreeEndpointServesTheFreeVariantAlone() {
        Model paid = ALL.resolve("meta-llama/llama-3.3-70b").found();
        Model free = ALL.resolve("meta-llama/llama-3.3-70b:free").found();

        assertThat(paid.offers()).noneMatch(Offer::free).hasSize(4);
        assertThat(free.offers()).singleElement().satisfies(offer -> {
            assertThat(offer.nativeId()).isEqualTo("meta-llama/llama-3.3-70b-instruct:free");
            assertThat(offer.price().free()).isTrue();
        });
        assertThat(ALL.models()).extracting(Model::id).contains("meta-llama/llama-3.3-70b:free");
    }

    @Test
    void anUnknownModelNamesTheNearest() {
        assertThat(ALL.resolve("anthropic/claude-sonnet-4.7")).satisfies(resolution -> {
            assertThat(resolution.kind()).isEqualTo(Resolution.Kind.UNKNOWN);
            assertThat(resolution.ids()).hasSize(3).contains("anthropic/claude-sonnet-4.6");
        });
        assertThat(ALL.resolve("gtp-4o").ids()).startsWith("openai/gpt-4o");
        assertThat(ALL.resolve("x".repeat(300)).ids()).isEmpty();
        assertThat(ALL.resolve("x".repeat(200)).ids()).hasSize(3);
        assertThat(ALL.resolve(" ").kind()).isEqualTo(Resolution.Kind.UNKNOWN);
    }

    @Test
    void aKnownModelWithoutAConfiguredProviderSaysWhoWouldServeIt() {
        assertThat(CLAUDE.resolve("openai/gpt-5.2")).satisfies(resolution -> {
            assertThat(resolution.kind()).isEqualTo(Resolution.Kind.NOT_CONFIGURED);
            assertThat(resolution.providers()).containsExactly("openai", "openrouter");
            assertThat(resolution.model()).isNotNull();
            assertThat(resolution.ids()).hasSize(3).allMatch(id -> id.startsWith("anthropic/"));
        });
        assertThat(CLAUDE.resolve("gpt-5.2-2025-12-11").kind()).isEqualTo(Resolution.Kind.NOT_CONFIGURED);
        assertThat(CLAUDE.resolve("gpt-5.2:nitro").kind()).isEqualTo(Resolution.Kind.NOT_CONFIGURED);
    }

    @ParameterizedTest
    @CsvSource({
        "anthropic/claude-9, UNKNOWN",
        "claude-9, UNKNOWN",
        "openai/gpt-9, NOT_CONFIGURED",
        "nobody/gpt-9, NOT_CONFIGURED",
        "penstock/nobody/gpt-9, NOT_CONFIGURED"
    })
    void theProviderHalfDecidesBetweenUnknownAndNotConfigured(String requested, Resolution.Kind kind) {
        assertThat(CLAUDE.resolve(requested)).satisfies(resolution -> {
            assertThat(resolution.kind()).isEqualTo(kind);
            assertThat(resolution.ids()).isNotEmpty();
            assertThat(resolution.providers().isEmpty()).isEqualTo(kind == Resolution.Kind.UNKNOWN);
        });
    }

    @Test
    void aRestrictedCatalogListsWhatCanBeReachedAndOpensAgain() {
        assertThat(CLAUDE.models())
                .isNotEmpty()
                .allSatisfy(model -> assertThat(model.offers())
                        .allMatch(offer -> offer.provider().equals("anthropic")));
        assertThat(CLAUDE.model("openai/gpt-5")).isEmpty();
        assertThat(CLAUDE.restrictedTo(Set.of("openai")).model("openai/gpt-5")).isPresent();
    }

    @Test
    void theOwnersProviderServesModelsOfItsOwn() {
        Catalog catalog = ALL.toBuilder()
                .model(model("lab/gpt-test", offer("lab", "gpt-test-1")))
                .configured(Set.of("lab"))
                .build();

        assertThat(catalog.resolve("lab/gpt-test").found().id()).isEqualTo("lab/gpt-test");
        assertThat(catalog.resolve("gpt-test").found().id()).isEqualTo("lab/gpt-test");
        assertThat(catalog.resolve("lab/gpt-test-1").found().id()).isEqualTo("lab/gpt-test");
        assertThat(catalog.resolve("lab/other").kind()).isEqualTo(Resolution.Kind.UNKNOWN);
    }

    @Test
    void aPublicIdIsServedAdditionally() {
        Catalog catalog =
                ALL.toBuilder().offer("openai/gpt-5", offer("lab", "g5")).build();

        assertThat(catalog.resolve("gpt-5").found().offers())
                .extracting(Offer::provider)
                .containsExactly("openai", "openrouter", "lab");
        assertThat(catalog.resolve("lab/g5").found().offers())
                .extracting(Offer::provider)
                .containsExactly("lab");
        assertThatThrownBy(() -> ALL.toBuilder().offer("openai/none", offer("lab", "x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("openai/none");
    }

    @Test
    void theOwnerOverridesAPriceInItsPlace() {
        Catalog catalog =
                ALL.toBuilder().offer("openai/gpt-5", offer("openai", "gpt-5")).build();

        assertThat(catalog.model("openai/gpt-5").orElseThrow().offers().get(0).price())
                .isEqualTo(Price.of(1, 2));
        assertThat(catalog.model("openai/gpt-5").orElseThrow().offers()).hasSize(2);
    }

    @Test
    void aBareNameOfSeveralModelsIsAmbiguousUnlessOnlyOneCanBeReached() {
        Catalog catalog = ALL.toBuilder()
                .model(model("lab/gpt-4o", offer("lab", "local-4o")))
                .build();

        assertThat(catalog.resolve("gpt-4o")).satisfies(resolution -> {
            assertThat(resolution.kind()).isEqualTo(Resolution.Kind.AMBIGUOUS);
            assertThat(resolution.ids()).containsExactly("openai/gpt-4o", "lab/gpt-4o");
        });
        assertThat(catalog.resolve("gpt-4o-2024-08-06").kind()).isEqualTo(Resolution.Kind.AMBIGUOUS);
        assertThat(catalog.restrictedTo(Set.of("lab")).resolve("gpt-4o").found().id())
                .isEqualTo("lab/gpt-4o");
    }

    @Test
    void aModelOfAProviderNamedLikeAPrefixWins() {
        Catalog catalog = ALL.toBuilder()
                .model(model("openrouter/gpt-4o", offer("openrouter", "special")))
                .build();

        assertThat(catalog.resolve("openrouter/gpt-4o").found().id()).isEqualTo("openrouter/gpt-4o");
        assertThat(catalog.resolve("openrouter/gpt-4o-mini").found().id()).isEqualTo("openai/gpt-4o-mini");
    }

    @Test
    void aProvidersNameInFrontOfItsOwnNameForAModelMeansThatProvider() {
        assertThat(ALL.resolve("groq/llama-3.3-70b-versatile").found().offers())
                .extracting(Offer::provider)
                .containsExactly("groq");
        assertThat(ALL.resolve("gemini/gemini-2.5-pro").found().id()).isEqualTo("google/gemini-2.5-pro");
        assertThat(CLAUDE.resolve("groq/llama-3.3-70b-versatile").providers()).containsExactly("groq");
    }

    private static Catalog ollama(String... names) {
        Catalog.Builder builder = ALL.toBuilder().defaultTag("ollama", "latest");
        for (String name : names) {
            String id = "ollama/" + name;
            builder.model(Model.builder(id).limits(8_192, 8_192).build());
            builder.offer(id, new Offer("ollama", name, Price.FREE, 8_192, 8_192, Set.of(Protocol.OPENAI)));
        }
        return builder.build();
    }

    @Test
    void aNameWithoutATagIsThatOfTheLatestAtOllama() {
        Catalog catalog = ollama("llama3.2:latest", "qwen2.5", "phi3:mini", "gpt-4o:latest");
        for (String name :
                List.of("ollama/llama3.2", "ollama/llama3.2:latest", "llama3.2", "penstock/ollama/llama3.2")) {
            assertThat(catalog.resolve(name).found().id()).as(name).isEqualTo("ollama/llama3.2:latest");
        }
        for (String name : List.of("ollama/qwen2.5", "ollama/qwen2.5:latest", "qwen2.5:latest")) {
            assertThat(catalog.resolve(name).found().id()).as(name).isEqualTo("ollama/qwen2.5");
        }
        assertThat(catalog.resolve("ollama/phi3").kind()).isEqualTo(Resolution.Kind.UNKNOWN);
        assertThat(catalog.resolve("ollama/phi3:latest").kind()).isEqualTo(Resolution.Kind.UNKNOWN);
        assertThat(catalog.resolve("ollama/gpt-4o").found().id()).isEqualTo("ollama/gpt-4o:latest");
        assertThat(catalog.resolve("openai/gpt-4o").found().id()).isEqualTo("openai/gpt-4o");
        assertThat(catalog.resolve("openai/gpt-4o:latest").kind()).isEqualTo(Resolution.Kind.UNKNOWN);
    }

    @Test
    void theNearestOfAnUnknownNameAreOfTheProviderThatItNames() {
        Catalog catalog = ollama("llama3.2:latest", "qwen2.5:0.5b", "phi3:mini", "nomic-embed-text:latest");
        assertThat(catalog.resolve("ollama/llama3").ids()).hasSize(3).allMatch(id -> id.startsWith("ollama/"));
        assertThat(catalog.resolve("ollama/llama3").ids()).startsWith("ollama/llama3.2:latest");
        assertThat(catalog.resolve("ollama/gpt-4o").ids()).allMatch(id -> id.startsWith("ollama/"));
        assertThat(catalog.resolve("ollama/phi").ids()).startsWith("ollama/phi3:mini");
        assertThat(catalog.resolve("gpt-4oo").ids()).startsWith("openai/gpt-4o");
        assertThat(ollama("phi3:mini").resolve("ollama/gpt-4o").ids())
                .startsWith("ollama/phi3:mini")
                .hasSize(3);
    }

    @Test
    void anAliasIsFollowedHoweverManyAliasesStandBetween() {
        Catalog.Builder builder = ALL.toBuilder().alias("a0", "openai/gpt-5");
        for (int i = 1; i < 20; i++) {
            builder.alias("a" + i, "a" + (i - 1));
        }
        assertThat(builder.build().resolve("a19").found().id()).isEqualTo("openai/gpt-5");
    }

    @Test
    void aliasesOfTheOwnerWinAndMayNameAliasesAutoOrVariants() {
        Catalog catalog = ALL.toBuilder()
                .alias("sonnet", "anthropic/claude-sonnet-4.5")
                .alias("best", "sonnet")
                .alias("any", "auto")
                .alias("cheap", "meta-llama/llama-3.3-70b:free")
                .alias("fast", "openai/gpt-5:nitro")
                .alias("openai/gpt-4o", "openai/gpt-5")
                .alias("round", "about")
                .alias("about", "round")
                .alias("lost", "nobody/nothing")
                .build();

        assertThat(catalog.resolve("sonnet").found().id()).isEqualTo("anthropic/claude-sonnet-4.5");
        assertThat(catalog.resolve("best").found().id()).isEqualTo("anthropic/claude-sonnet-4.5");
        assertThat(catalog.resolve("penstock/BEST").found().id()).isEqualTo("anthropic/claude-sonnet-4.5");
        assertThat(catalog.resolve("any").kind()).isEqualTo(Resolution.Kind.AUTO);
        assertThat(catalog.resolve("cheap").found().id()).endsWith(":free");
        assertThat(catalog.resolve("fast").sort()).isEqualTo(Sort.THROUGHPUT);
        assertThat(catalog.resolve("openai/gpt-4o").found().id()).isEqualTo("openai/gpt-5");
        assertThat(catalog.resolve("round").kind()).isEqualTo(Resolution.Kind.UNKNOWN);
        assertThat(catalog.resolve("lost").kind()).isNotEqualTo(Resolution.Kind.FOUND);
    }

    @Test
    void aPriceWithoutCachePricesFallsBackToTheInputPrice() {
        assertThat(Rates.of(10, null, null, null, 20)).isEqualTo(new Rates(10, 10, 10, 10, 20));
        assertThat(Rates.of(10, 1L, 12L, null, 20)).isEqualTo(new Rates(10, 1, 12, 12, 20));
        assertThat(Rates.of(10, 0L, null, 25L, 20)).isEqualTo(new Rates(10, 0, 10, 25, 20));
    }

    @Test
    void valuesThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new Rates(-1, 0, 0, 0, 0)).hasMessageContaining("expected: >= 0");
        assertThatThrownBy(() -> new Tier(0, Rates.ZERO)).hasMessageContaining("expected: > 0");
        assertThatThrownBy(() -> Model.builder("nameless").limits(1, 1).build()).hasMessageContaining("author/name");
        assertThatThrownBy(() -> Model.builder("a/b").build()).hasMessageContaining("a/b");
        assertThatThrownBy(() ->
                        new Price(Rates.ZERO, List.of(new Tier(5, Rates.ZERO), new Tier(5, Rates.ZERO)), 0, 0, 0))
                .hasMessageContaining("two tiers");
    }

    @Test
    void editDistanceCountsLetters() {
        assertThat(Nearest.distance("kitten", "sitting")).isEqualTo(3);
        assertThat(Nearest.distance("", "abc")).isEqualTo(3);
        assertThat(Nearest.distance("same", "same")).isZero();
    }
}
