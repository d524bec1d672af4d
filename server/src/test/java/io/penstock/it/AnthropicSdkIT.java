package io.penstock.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.client.AnthropicClient;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.errors.AnthropicException;
import com.anthropic.errors.AnthropicServiceException;
import com.anthropic.errors.InternalServerException;
import com.anthropic.errors.NotFoundException;
import com.anthropic.errors.RateLimitException;
import com.anthropic.errors.UnauthorizedException;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import io.penstock.server.testkit.Golden;
import io.penstock.server.testkit.HttpProvider;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.Received;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The Anthropic SDK for Java against the shipped jar. */
class AnthropicSdkIT extends BeforeTheJar {
    private static AnthropicClient client;

    @BeforeAll
    static void connect() {
        client = anthropic(Lab.KEY, 1);
    }

    @AfterAll
    static void disconnect() {
        client.close();
    }

    private static MessageCreateParams params(String model) {
        return MessageCreateParams.builder()
                .model(model)
                .maxTokens(1_024)
                .addUserMessage("Say hello, 你好 👋")
                .build();
    }

    private static MessageCreateParams params() {
        return params("lab/claude-test");
    }

    @Test
    void aPlainAnswerComesWithItsUsage() {
        provider.always(HttpProvider.json(200, Golden.of("anthropic", "plain").upstream()));
        Message message = client.messages().create(params());
        assertThat(message.content().get(0).asText().text()).isEqualTo("Hello 👋");
        assertThat(message.usage().inputTokens()).isEqualTo(25);
        assertThat(message.usage().cacheReadInputTokens()).contains(11L);
        Received sent = provider.take();
        assertThat(sent.header("x-api-key")).isEqualTo(Lab.PROVIDER_KEY);
        assertThat(sent.header("anthropic-version")).as("the SDK's own").matches("20[0-9]{2}-[0-9]{2}-[0-9]{2}");
        assertThat(sent.text()).contains("你好").contains("\"claude-test-1\"");
    }

    @Test
    void streamsComeWhole() {
        for (String name : List.of("text", "crlf", "pings-and-comments", "usage-again-in-delta")) {
            provider.always(HttpProvider.inPieces(
                    HttpProvider.stream(Golden.of("anthropic", name).upstream(), 37), 101));
            Message message = stream(params());
            assertThat(message.content().get(0).asText().text()).as(name).isEqualTo("Hello, world!");
            assertThat(message.usage().outputTokens()).as(name).isEqualTo(15);
        }
    }

    @Test
    void toolsInFragmentsAreWhole() {
        provider.always(HttpProvider.stream(Golden.of("anthropic", "tools").upstream(), 60));
        Message message = stream(params());
        assertThat(message.content()).hasSize(3);
        assertThat(message.content().get(1).asToolUse()._input().toString()).contains("Zürich");
        assertThat(message.content().get(2).asToolUse().name()).isEqualTo("ping");
    }

    @Test
    void thinkingKeepsItsSignature() {
        provider.always(HttpProvider.stream(Golden.of("anthropic", "thinking").upstream(), 11));
        Message message = stream(params());
        assertThat(message.content().get(0).asThinking().thinking()).isEqualTo("Let me think step by step …");
        assertThat(message.content().get(0).asThinking().signature())
                .isEqualTo("EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pkiMOYds0KcpTLz4x+/==");
        assertThat(message.content().get(1).asRedactedThinking().data()).startsWith("EmwKAhgB");
        assertThat(message.content().get(2).asText().text()).isEqualTo("42");
    }

    private static Message stream(MessageCreateParams params) {
        MessageAccumulator all = MessageAccumulator.create();
        try (StreamResponse<RawMessageStreamEvent> stream = client.messages().createStreaming(params)) {
            stream.stream().forEach(all::accumulate);
        }
        return all.message();
    }

    @Test
    void errorsAreTyped() {
        AnthropicClient stranger = anthropic("sk-wrong-0123456789-0123456789", 1);
        assertThatThrownBy(() -> stranger.messages().create(params()))
                .isInstanceOf(UnauthorizedException.class)
                .hasMessageContaining("invalid api key");
        stranger.close();
        assertThatThrownBy(() -> client.messages().create(params("lab/claude-tset")))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("no model config found for: lab/claude-tset");
        provider.always(HttpProvider.json(
                529, "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}"));
        assertThatThrownBy(() -> client.messages().create(params()))
                .isInstanceOfSatisfying(
                        AnthropicServiceException.class,
                        error -> assertThat(error.statusCode()).isEqualTo(529))
                .hasMessageContaining("Overloaded");
        provider.always(HttpProvider.json(401, "{\"type\":\"error\",\"error\":{\"message\":\"bad\"}}"));
        assertThatThrownBy(() -> client.messages().create(params())).isInstanceOf(InternalServerException.class);
    }

    @Test
    void aRateLimitIsRetriedAfterItsTime() {
        provider.next(HttpProvider.json(429, "{\"error\":{\"message\":\"slow\"}}", "Retry-After: 1"))
                .next(HttpProvider.json(200, Golden.of("anthropic", "plain").upstream()));
        assertThat(client.messages().create(params()).content()).hasSize(1);
        long waited = provider.received().get(1).atNanos()
                - provider.received().get(0).atNanos();
        assertThat(waited).isGreaterThan(900_000_000L);
        provider.always(HttpProvider.json(
                429, "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"slow down\"}}"));
        assertThatThrownBy(() -> client.messages().create(params()))
                .isInstanceOf(RateLimitException.class)
                .hasMessageContaining("slow down");
    }

    @Test
    void aStreamThatBreaksRaises() {
        byte[] events = Golden.of("anthropic", "text").upstream();
        provider.always(HttpProvider.broken(HttpProvider.stream(events, 50)));
        assertThatThrownBy(() -> stream(params()))
                .isInstanceOf(AnthropicException.class)
                .hasStackTraceContaining("upstream service error");
    }

    @Test
    void modelsAreListed() {
        assertThat(client.models().list().autoPager())
                .extracting(model -> model.id())
                .contains("lab/claude-test");
        assertThat(client.models().retrieve("lab/claude-test").id()).isEqualTo("lab/claude-test");
    }

    /** By their names: one whose provider counts nothing, and one whose provider does not even speak the protocol. */
    @Test
    void tokensAreCountedForEveryModel() {
        provider.always(HttpProvider.json(404, "{\"error\":{\"message\":\"no such path\"}}"));
        for (String model : List.of("lab/claude-test", "chatty/gpt-test")) {
            MessageCountTokensParams params = MessageCountTokensParams.builder()
                    .model(model)
                    .system("Be brief.")
                    .addUserMessage("Hello, world!")
                    .build();
            assertThat(client.messages().countTokens(params).inputTokens())
                    .as(model)
                    .isEqualTo(14); // three, four, and seven around them
        }
        assertThat(provider.received())
                .as("asked once, by the one that serves messages")
                .hasSize(1);
    }
}
