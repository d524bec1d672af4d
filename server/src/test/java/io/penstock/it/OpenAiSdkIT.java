package io.penstock.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIException;
import com.openai.errors.RateLimitException;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Golden;
import io.penstock.server.testkit.Lab;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The OpenAI SDK for Java against the shipped jar. */
class OpenAiSdkIT extends BeforeTheJar {
    private static OpenAIClient client;

    @BeforeAll
    static void connect() {
        client = client(Lab.KEY);
    }

    @AfterAll
    static void disconnect() {
        client.close();
    }

    private static OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(gateway.origin() + "/openai/v1")
                .apiKey(key)
                .maxRetries(1)
                .build();
    }

    private static ChatCompletionCreateParams params() {
        return params("lab/gpt-test").build();
    }

    private static ChatCompletionCreateParams.Builder params(String model) {
        return ChatCompletionCreateParams.builder()
                .model(model)
                .maxCompletionTokens(100)
                .addUserMessage("Say hello, 你好 👋");
    }

    @Test
    void aPlainAnswerComesWithItsUsage() {
        provider.always(
                call -> call.send(Answer.json(200, Golden.of("openai", "plain").upstream())));
        ChatCompletion answer = client.chat().completions().create(params());
        assertThat(answer.choices().get(0).message().content()).contains("Hello! 👋 \"quoted\" \u2028");
        assertThat(answer.usage().orElseThrow().promptTokens()).isEqualTo(19);
        assertThat(provider.take().text()).contains("你好").contains("\"gpt-test-1\"");
    }

    @Test
    void aStreamComesWhole() {
        for (String name : List.of(
                "usage-in-own-chunk", "multi-byte", "crlf", "comments", "reasoning", "usage-in-last-content-chunk")) {
            Golden golden = Golden.of("openai", name);
            provider.always(call -> call.pieces(Answer.stream(golden.upstream(), 37), 101));
            StringBuilder text = new StringBuilder();
            for (ChatCompletionChunk chunk : stream(params())) {
                chunk.choices().forEach(choice -> choice.delta().content().ifPresent(text::append));
            }
            String expected = new String(golden.upstream(), StandardCharsets.UTF_8);
            assertThat(text.toString()).as(name).isNotEmpty();
            assertThat(expected).as(name).contains(text.substring(0, 2));
        }
    }

    @Test
    void usageComesWhenAskedForAndOnlyThen() {
        provider.always(call -> call.send(
                Answer.stream(Golden.of("openai", "usage-in-own-chunk").upstream())));
        assertThat(stream(params())).noneMatch(chunk -> chunk.usage().isPresent());
        List<ChatCompletionChunk> asked = stream(params("lab/gpt-test")
                .streamOptions(
                        ChatCompletionStreamOptions.builder().includeUsage(true).build())
                .build());
        assertThat(asked.get(asked.size() - 1).usage().orElseThrow().completionTokens())
                .isEqualTo(10);
    }

    @Test
    void toolsInFragmentsAreWhole() {
        provider.always(call ->
                call.send(Answer.stream(Golden.of("openai", "parallel-tools").upstream(), 60)));
        ChatCompletionAccumulator all = ChatCompletionAccumulator.create();
        stream(params()).forEach(all::accumulate);
        assertThat(all.chatCompletion().choices().get(0).message().toolCalls().orElseThrow())
                .extracting(call -> call.asFunction().function().arguments())
                .containsExactly("{\"city\":\"Zürich\"}", "{\"zone\":\"CET\"}", "");
    }

    private static List<ChatCompletionChunk> stream(ChatCompletionCreateParams params) {
        List<ChatCompletionChunk> chunks = new ArrayList<>();
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(params)) {
            stream.stream().forEach(chunks::add);
        }
        return chunks;
    }

    @Test
    void errorsAreTyped() {
        OpenAIClient stranger = client("sk-wrong-0123456789-0123456789");
        assertThatThrownBy(() -> stranger.chat().completions().create(params()))
                .isInstanceOf(UnauthorizedException.class)
                .hasMessageContaining("invalid api key");
        stranger.close();
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(params("lab/gpt-tset").build()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("no model config found for: lab/gpt-tset")
                .hasMessageContaining("lab/gpt-test");
        provider.always(call -> call.send(Answer.json(503, "{\"error\":{\"message\":\"boom\"}}")));
        assertThatThrownBy(() -> client.chat().completions().create(params()))
                .isInstanceOf(InternalServerException.class)
                .hasMessageContaining("upstream service error")
                .hasMessageContaining("boom");
        assertThat(provider.received()).as("retried once").hasSize(2);
        provider.always(call -> call.send(Answer.json(401, "{\"error\":{\"message\":\"Incorrect API key\"}}")));
        assertThatThrownBy(() -> client.chat().completions().create(params()))
                .isInstanceOf(InternalServerException.class);
    }

    @Test
    void aRateLimitIsRetriedAfterItsTime() {
        provider.next(call -> call.send(Answer.json(429, "{\"error\":{\"message\":\"slow\"}}", "Retry-After: 1")))
                .next(call ->
                        call.send(Answer.json(200, Golden.of("openai", "plain").upstream())));
        assertThat(client.chat().completions().create(params()).choices()).hasSize(1);
        long waited = provider.received().get(1).atNanos()
                - provider.received().get(0).atNanos();
        assertThat(waited).isGreaterThan(900_000_000L);
        provider.always(call -> call.send(Answer.json(429, "{\"error\":{\"message\":\"slow down\"}}")));
        assertThatThrownBy(() -> client.chat().completions().create(params()))
                .isInstanceOf(RateLimitException.class)
                .hasMessageContaining("slow down");
    }

    @Test
    void aStreamThatBreaksRaises() {
        byte[] events = Golden.of("openai", "usage-in-own-chunk").upstream();
        byte[] half = java.util.Arrays.copyOf(Answer.chunks(events, 50), events.length / 2);
        provider.always(
                call -> call.send(Answer.join(Answer.streamHead(), half)).close());
        assertThatThrownBy(() -> stream(params()))
                .isInstanceOf(OpenAIException.class)
                .hasStackTraceContaining("upstream service error");
    }

    @Test
    void modelsAreListedAndFound() {
        assertThat(client.models().list().data())
                .extracting(model -> model.id())
                .contains("lab/gpt-test", "auto");
        assertThat(client.models().retrieve("lab/gpt-test").id()).isEqualTo("lab/gpt-test");
        assertThatThrownBy(() -> client.models().retrieve("lab/nope")).isInstanceOf(NotFoundException.class);
    }
}
