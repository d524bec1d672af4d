package io.penstock.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.catalog.Catalog;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.protocol.Protocol;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProvidersTest {
    private static final Providers PROVIDERS = Providers.found();

    @ParameterizedTest
    @CsvSource({
        "openai, OPENAI_API_KEY, https://api.openai.com/v1/chat/completions, ",
        "anthropic, ANTHROPIC_API_KEY, , https://api.anthropic.com/v1/messages",
        "openrouter, OPENROUTER_API_KEY, https://openrouter.ai/api/v1/chat/completions,"
                + " https://openrouter.ai/api/v1/messages",
        "deepseek, DEEPSEEK_API_KEY, https://api.deepseek.com/chat/completions,"
                + " https://api.deepseek.com/anthropic/v1/messages",
        "gemini, GEMINI_API_KEY, https://generativelanguage.googleapis.com/v1beta/openai/chat/completions, ",
        "xai, XAI_API_KEY, https://api.x.ai/v1/chat/completions, ",
        "moonshot, MOONSHOT_API_KEY, https://api.moonshot.ai/v1/chat/completions,"
                + " https://api.moonshot.ai/anthropic/v1/messages",
        "zai, ZAI_API_KEY, https://api.z.ai/api/paas/v4/chat/completions, https://api.z.ai/api/anthropic/v1/messages",
        "minimax, MINIMAX_API_KEY, https://api.minimax.io/v1/chat/completions,"
                + " https://api.minimax.io/anthropic/v1/messages",
        "mistral, MISTRAL_API_KEY, https://api.mistral.ai/v1/chat/completions, ",
        "groq, GROQ_API_KEY, https://api.groq.com/openai/v1/chat/completions, ",
        "together, TOGETHER_API_KEY, https://api.together.xyz/v1/chat/completions, ",
        "fireworks, FIREWORKS_API_KEY, https://api.fireworks.ai/inference/v1/chat/completions,"
                + " https://api.fireworks.ai/inference/v1/messages",
        "ollama, , http://127.0.0.1:11434/v1/chat/completions, http://127.0.0.1:11434/v1/messages",
        "lmstudio, , http://127.0.0.1:1234/v1/chat/completions, http://127.0.0.1:1234/v1/messages",
        "llamacpp, , http://127.0.0.1:8080/v1/chat/completions, http://127.0.0.1:8080/v1/messages",
        "vllm, , http://127.0.0.1:8000/v1/chat/completions, http://127.0.0.1:8000/v1/messages"
    })
    void theBuiltInProvidersAreFoundWithTheirAddresses(String id, String variable, String chat, String messages) {
        Provider provider = PROVIDERS.named(id).orElseThrow();

        assertThat(provider.environment()).isEqualTo(variable == null ? List.of() : List.of(variable));
        assertThat(provider.local()).isEqualTo(variable == null);
        assertThat(url(provider, Protocol.OPENAI)).isEqualTo(chat);
        assertThat(url(provider, Protocol.ANTHROPIC)).isEqualTo(messages);
    }

    @ParameterizedTest
    @CsvSource({
        "openai, https://api.openai.com/v1/responses",
        "openrouter, https://openrouter.ai/api/v1/responses",
        "xai, https://api.x.ai/v1/responses",
        "moonshot, https://api.moonshot.ai/v1/responses",
        "minimax, https://api.minimax.io/v1/responses",
        "lmstudio, http://127.0.0.1:1234/v1/responses"
    })
    void thoseThatAreDocumentedToSpeakResponsesDo(String id, String url) {
        assertThat(url(PROVIDERS.named(id).orElseThrow(), Protocol.RESPONSES)).isEqualTo(url);
        assertThat(auth(id, Protocol.RESPONSES)).isEqualTo("authorization: Bearer s");
    }

    @Test
    void noOtherSpeaksResponses() {
        assertThat(PROVIDERS.all().stream()
                        .filter(provider -> provider.endpoint(Protocol.RESPONSES) != null)
                        .map(Provider::id))
                .containsExactlyInAnyOrder("openai", "openrouter", "xai", "moonshot", "minimax", "lmstudio");
    }

    @Test
    void fewStillServeTheOlderCompletions() {
        assertThat(PROVIDERS.all().stream()
                        .filter(provider -> provider.endpoint(Protocol.OPENAI) != null
                                && endpoint(provider.id(), Protocol.OPENAI).serves(Operation.COMPLETIONS))
                        .map(Provider::id))
                .containsExactlyInAnyOrder(
                        "openrouter", "together", "fireworks", "ollama", "lmstudio", "llamacpp", "vllm");
        assertThat(Endpoint.of(Protocol.OPENAI, "http://127.0.0.1/v1").serves(Operation.COMPLETIONS))
                .isTrue();
        assertThat(endpoint("openai", Protocol.OPENAI).target(Operation.EMBEDDINGS))
                .isEqualTo("/v1/embeddings");
        assertThat(endpoint("openai", Protocol.RESPONSES).serves(Operation.EMBEDDINGS))
                .isFalse();
    }

    private static @Nullable String url(Provider provider, Protocol protocol) {
        Endpoint endpoint = provider.endpoint(protocol);
        return endpoint == null ? null : endpoint.url(Operation.GENERATE);
    }

    @ParameterizedTest
    @CsvSource({
        "ANTHROPIC, anthropic",
        "Z.ai, zai",
        "z-ai, zai",
        "google, gemini",
        "Google Gemini, gemini",
        "LM Studio, lmstudio",
        "x-AI, xai"
    })
    void namesMatchBySlugOrDisplayNameInAnyCase(String name, String id) {
        assertThat(PROVIDERS.named(name).orElseThrow().id()).isEqualTo(id);
    }

    @Test
    void theCredentialGoesWhereTheProviderLooksForIt() {
        assertThat(auth("anthropic", Protocol.ANTHROPIC)).isEqualTo("x-api-key: s");
        assertThat(auth("deepseek", Protocol.ANTHROPIC)).isEqualTo("x-api-key: s");
        assertThat(auth("deepseek", Protocol.OPENAI)).isEqualTo("authorization: Bearer s");
        assertThat(auth("fireworks", Protocol.ANTHROPIC)).isEqualTo("authorization: Bearer s");
    }

    private static String auth(String id, Protocol protocol) {
        Auth auth = endpoint(id, protocol).auth();
        return auth.header() + ": " + auth.value("s");
    }

    private static Endpoint endpoint(String id, Protocol protocol) {
        return Objects.requireNonNull(PROVIDERS.named(id).orElseThrow().endpoint(protocol));
    }

    @Test
    void onlyTheHeadersThatAProviderTakesTravelOn() {
        assertThat(endpoint("openai", Protocol.OPENAI).clientHeaders()).isEmpty();
        assertThat(endpoint("anthropic", Protocol.ANTHROPIC).clientHeaders())
                .containsExactlyInAnyOrder("anthropic-beta", "anthropic-version");
        assertThat(endpoint("anthropic", Protocol.ANTHROPIC).headers())
                .containsEntry("anthropic-version", "2023-06-01");
        assertThat(endpoint("openrouter", Protocol.OPENAI).clientHeaders()).contains("http-referer", "x-title");
        assertThat(endpoint("openrouter", Protocol.ANTHROPIC).clientHeaders())
                .contains("http-referer", "anthropic-beta");
    }

    @Test
    void onlyAnthropicCountsTokensItself() {
        for (Provider provider : PROVIDERS.all()) {
            for (Endpoint endpoint : provider.endpoints().values()) {
                assertThat(endpoint.countsTokens())
                        .as(provider.id())
                        .isEqualTo(provider.id().equals("anthropic"));
            }
        }
        assertThat(endpoint("anthropic", Protocol.ANTHROPIC).target(Operation.COUNT_TOKENS))
                .isEqualTo("/v1/messages/count_tokens");
        assertThatThrownBy(() -> endpoint("openai", Protocol.OPENAI).url(Operation.COUNT_TOKENS))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void everyOfferOfTheCatalogIsReachedInProtocolsThatItsProviderSpeaks() {
        for (Model model : Catalog.builtIn().known()) {
            for (Offer offer : model.offers()) {
                Provider provider = PROVIDERS.named(offer.provider()).orElseThrow();
                assertThat(provider.id()).isEqualTo(offer.provider());
                if (model.chats()) {
                    assertThat(offer.protocols()).as(offer.provider()).isEqualTo(provider.protocols());
                }
            }
        }
    }

    @Test
    void anEndpointKnowsHostPortAndPath() {
        Endpoint lab = Endpoint.of(Protocol.OPENAI, "http://[::1]:18080/v1/");

        assertThat(lab.host()).isEqualTo("::1");
        assertThat(lab.port()).isEqualTo(18080);
        assertThat(lab.tls()).isFalse();
        assertThat(lab.loopback()).isTrue();
        assertThat(lab.target(Operation.MODELS)).isEqualTo("/v1/models");
        assertThat(endpoint("zai", Protocol.OPENAI)).satisfies(zai -> {
            assertThat(zai.host()).isEqualTo("api.z.ai");
            assertThat(zai.port()).isEqualTo(443);
            assertThat(zai.tls()).isTrue();
            assertThat(zai.loopback()).isFalse();
            assertThat(zai.target(Operation.GENERATE)).isEqualTo("/api/paas/v4/chat/completions");
        });
    }

    @Test
    void theOwnersProviderIsLocalWhenAllOfItIsOnThisMachine() {
        Endpoint here = Endpoint.of(Protocol.OPENAI, "http://127.0.0.1:18080/v1");
        Endpoint there = Endpoint.of(Protocol.ANTHROPIC, "https://127.0.0.1.example.com");

        assertThat(Provider.of("lab", here).local()).isTrue();
        assertThat(Provider.of("lab", here, there).local()).isFalse();
        assertThat(PROVIDERS
                        .with(Provider.of("openai", here))
                        .named("OpenAI")
                        .orElseThrow()
                        .local())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "api.example.com/v1",
                "ftp://a/v1",
                "https://",
                "https://u:p@a/v1",
                "https://a/v1?k=1",
                "https://a/#x",
                "https://a b/"
            })
    void aBaseUrlThatIsNoneIsRefused(String url) {
        assertThatThrownBy(() -> Endpoint.of(Protocol.OPENAI, url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected: http(s)://");
    }

    @Test
    void theHintSaysWhatToSet() {
        assertThat(PROVIDERS.hint(List.of("openai", "openrouter")))
                .isEqualTo("set OPENAI_API_KEY or OPENROUTER_API_KEY, or providers.openai or providers.openrouter in"
                        + " the configuration");
        assertThat(PROVIDERS.hint(List.of("nobody"))).isEqualTo("set providers.nobody in the configuration");
    }
}
