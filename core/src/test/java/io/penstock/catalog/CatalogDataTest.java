package io.penstock.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.money.Nanos;
import io.penstock.protocol.Protocol;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** The data file: complete, every number with source and date, every price exact. */
class CatalogDataTest {
    private static final Catalog CATALOG = Catalog.builtIn();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "openai/gpt-5.2",
                "openai/gpt-5",
                "openai/gpt-5-mini",
                "openai/gpt-5-nano",
                "openai/gpt-4.1",
                "openai/gpt-4.1-nano",
                "openai/gpt-4o",
                "openai/gpt-4o-mini",
                "openai/gpt-5.5",
                "anthropic/claude-opus-4.6",
                "anthropic/claude-sonnet-4.6",
                "anthropic/claude-sonnet-4.5",
                "anthropic/claude-haiku-4.5",
                "anthropic/claude-sonnet-4",
                "anthropic/claude-opus-4",
                "anthropic/claude-3.5-haiku",
                "google/gemini-3.1-pro",
                "google/gemini-2.5-pro",
                "google/gemini-2.5-flash",
                "deepseek/deepseek-v3.2",
                "deepseek/deepseek-v3.1",
                "x-ai/grok-4",
                "x-ai/grok-4.1-fast",
                "moonshotai/kimi-k2.5",
                "z-ai/glm-5",
                "z-ai/glm-5-turbo",
                "z-ai/glm-4.7-flash",
                "minimax/minimax-m2.5",
                "meta-llama/llama-3.3-70b",
                "meta-llama/llama-3.3-70b:free",
                "mistralai/mistral-large",
                "qwen/qwen-2.5-72b-instruct",
                "bytedance/seedance-2.0"
            })
    void everyModelOfTheContractIsThere(String id) {
        assertThat(CATALOG.model(id)).get().satisfies(model -> {
            assertThat(model.offers()).isNotEmpty();
            assertThat(model.created()).isPositive();
            assertThat(model.parameters()).isNotEmpty();
            assertThat(model.video()).isEqualTo(id.startsWith("bytedance/"));
        });
    }

    /** USD per million, as the tables of list prices have them. */
    @ParameterizedTest
    @CsvSource({
        "openai/gpt-5.2, 1.75, 0.175, 1.75, 1.75, 14.00",
        "openai/gpt-5-nano, 0.05, 0.005, 0.05, 0.05, 0.40",
        "openai/gpt-4.1, 2, 0.5, 2, 2, 8",
        "anthropic/claude-opus-4.6, 5, 0.5, 6.25, 10, 25",
        "anthropic/claude-sonnet-4.6, 3, 0.3, 3.75, 6, 15",
        "anthropic/claude-opus-4, 15, 1.5, 18.75, 30, 75",
        "anthropic/claude-3.5-haiku, 0.8, 0.08, 1, 1.6, 4",
        "deepseek/deepseek-v4-flash, 0.14, 0.0028, 0.14, 0.14, 0.28",
        "minimax/minimax-m2.5, 0.3, 0.03, 0.375, 0.375, 1.2",
        "z-ai/glm-4.7-flash, 0, 0, 0, 0, 0",
        "google/gemini-2.5-pro, 1.25, 0.125, 1.25, 1.25, 10"
    })
    void pricesAreReadExactly(
            String id, String input, String cacheRead, String cacheWrite, String cacheWrite1h, String output) {
        Price price = CATALOG.model(id).orElseThrow().price();

        assertThat(price.rates())
                .isEqualTo(new Rates(
                        Nanos.parseUsd(input),
                        Nanos.parseUsd(cacheRead),
                        Nanos.parseUsd(cacheWrite),
                        Nanos.parseUsd(cacheWrite1h),
                        Nanos.parseUsd(output)));
    }

    @Test
    void longContextHasPricesOfItsOwn() {
        Price gemini = CATALOG.model("google/gemini-3.1-pro").orElseThrow().price();
        assertThat(gemini.at(200_000).input()).isEqualTo(2_000_000_000L);
        assertThat(gemini.at(200_001))
                .isEqualTo(new Rates(4_000_000_000L, 400_000_000L, 4_000_000_000L, 4_000_000_000L, 18_000_000_000L));

        Price sonnet =
                CATALOG.model("anthropic/claude-sonnet-4.5").orElseThrow().price();
        assertThat(sonnet.at(200_001))
                .isEqualTo(new Rates(6_000_000_000L, 600_000_000L, 7_500_000_000L, 12_000_000_000L, 22_500_000_000L));
        assertThat(CATALOG.model("x-ai/grok-4.1-fast")
                        .orElseThrow()
                        .price()
                        .at(128_001)
                        .output())
                .isEqualTo(1_000_000_000L);
    }

    @Test
    void videoIsPricedBySecondAndNotServedAsChat() {
        Model video = CATALOG.model("bytedance/seedance-2.0").orElseThrow();

        assertThat(video.price().second() * 6).isEqualTo(Nanos.parseUsd("1.08"));
        assertThat(video.offers())
                .allSatisfy(offer -> assertThat(offer.protocols()).isEmpty());
    }

    @Test
    void embeddingsArePricedByTheirInputAndNotServedAsChat() {
        for (String id : List.of("openai/text-embedding-3-small", "openai/text-embedding-3-large")) {
            Model model = CATALOG.model(id).orElseThrow();
            assertThat(model.embeds()).isTrue();
            assertThat(model.chats()).isFalse();
            assertThat(model.price().input()).isPositive();
            assertThat(model.price().output()).isZero();
            assertThat(model.offers())
                    .allSatisfy(offer -> assertThat(offer.protocols()).containsExactly(Protocol.OPENAI));
        }
        assertThat(CATALOG.resolve("text-embedding-3-small").found().id()).isEqualTo("openai/text-embedding-3-small");
    }

    @Test
    void aRetiredModelIsNeverServedByItsSuccessor() {
        Model retired = CATALOG.model("deepseek/deepseek-v3.2").orElseThrow();

        assertThat(retired.offers()).extracting(Offer::provider).containsExactly("openrouter", "fireworks");
        assertThat(CATALOG.restrictedTo(Set.of("deepseek")).resolve("deepseek/deepseek-v3.2"))
                .satisfies(resolution -> {
                    assertThat(resolution.kind()).isEqualTo(Resolution.Kind.NOT_CONFIGURED);
                    assertThat(resolution.providers()).containsExactly("openrouter", "fireworks");
                });
    }

    @Test
    void reasoningModelsOfOpenAiNeedMaxCompletionTokensAndOthersDoNot() {
        for (Model model : CATALOG.models()) {
            assertThat(model.needsMaxCompletionTokens())
                    .as(model.id())
                    .isEqualTo(model.author().equals("openai") && model.reasoning());
        }
    }

    @Test
    void openRouterIsAskedByPublicNamesAndAnthropicInItsOwnProtocolAlone() {
        for (Model model : CATALOG.models()) {
            for (Offer offer : model.offers()) {
                if (offer.provider().equals("openrouter")) {
                    assertThat(offer.nativeId()).contains("/");
                }
                if (offer.provider().equals("anthropic")) {
                    assertThat(offer.protocols()).containsExactly(Protocol.ANTHROPIC);
                }
                assertThat(offer.maxOutput())
                        .as("%s at %s", model, offer.provider())
                        .isLessThanOrEqualTo(offer.context());
            }
        }
    }

    @Test
    void everyBuiltInAliasLeadsToAModel() {
        assertThat(CATALOG.aliases())
                .isNotEmpty()
                .allSatisfy((alias, target) ->
                        assertThat(CATALOG.resolve(alias).found().id()).isEqualTo(target));
    }

    @Test
    void everyNumberNamesASourceAndEverySourceADate() throws IOException {
        Map<String, LocalDate> dates = new HashMap<>();
        Set<String> used = new HashSet<>();
        int numbers = 0;
        try (InputStream in = CatalogDataTest.class.getResourceAsStream("catalog.json");
                JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), in)) {
            List<JsonToken> last = new ArrayList<>(List.of(JsonToken.NOT_AVAILABLE));
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.PROPERTY_NAME && parser.currentName().equals("date")) {
                    String source = parser.streamReadContext().getParent().currentName();
                    parser.nextToken();
                    dates.put(source, LocalDate.parse(parser.getString()));
                } else if (token.isNumeric()) {
                    assertThat(last.get(0))
                            .as(
                                    "before the number in line %d",
                                    parser.currentTokenLocation().getLineNr())
                            .isEqualTo(JsonToken.START_ARRAY);
                    numbers++;
                    assertThat(new BigDecimal(parser.getString()).signum()).isNotNegative();
                    assertThat(parser.nextToken()).isEqualTo(JsonToken.VALUE_STRING);
                    used.add(parser.getString());
                }
                last.set(0, parser.currentToken());
            }
        }
        assertThat(numbers).isGreaterThan(300);
        assertThat(dates.keySet()).containsAll(used);
        assertThat(dates.values()).allSatisfy(date -> assertThat(date).isAfter(LocalDate.of(2026, 1, 1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"models\": [{\"id\": \"a/b\", \"context\": 5}]}",
                "{\"models\": [{\"id\": \"a/b\", \"context\": [5, \"X\"]}]}",
                "{\"sources\": {\"X\": {\"name\": \"x\"}}}",
                "{\"surprise\": 1}",
                "{",
                "[]"
            })
    void aWrongFileStopsTheReaderAndSaysWhere(String json) {
        assertThatThrownBy(() -> CatalogReader.read(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("catalog.json");
    }
}
