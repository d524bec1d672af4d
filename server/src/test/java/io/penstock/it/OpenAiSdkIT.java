package io.penstock.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.core.JsonValue;
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
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.responses.EasyInputMessage;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseStreamEvent;
import io.penstock.server.testkit.Golden;
import io.penstock.server.testkit.HttpProvider;
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
        client = openAi(Lab.KEY, 1);
    }

    @AfterAll
    static void disconnect() {
        client.close();
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
        provider.always(HttpProvider.json(200, Golden.of("openai", "plain").upstream()));
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
            provider.always(HttpProvider.inPieces(HttpProvider.stream(golden.upstream(), 37), 101));
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
        provider.always(
                HttpProvider.stream(Golden.of("openai", "usage-in-own-chunk").upstream()));
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
        provider.always(
                HttpProvider.stream(Golden.of("openai", "parallel-tools").upstream(), 60));
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
        OpenAIClient stranger = openAi("sk-wrong-0123456789-0123456789", 1);
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
        provider.always(HttpProvider.json(503, "{\"error\":{\"message\":\"boom\"}}"));
        assertThatThrownBy(() -> client.chat().completions().create(params()))
                .isInstanceOf(InternalServerException.class)
                .hasMessageContaining("upstream service error")
                .hasMessageContaining("boom");
        assertThat(provider.received()).as("retried once").hasSize(2);
        provider.always(HttpProvider.json(401, "{\"error\":{\"message\":\"Incorrect API key\"}}"));
        assertThatThrownBy(() -> client.chat().completions().create(params()))
                .isInstanceOf(InternalServerException.class);
    }

    @Test
    void aRateLimitIsRetriedAfterItsTime() {
        provider.next(HttpProvider.json(429, "{\"error\":{\"message\":\"slow\"}}", "Retry-After: 1"))
                .next(HttpProvider.json(200, Golden.of("openai", "plain").upstream()));
        assertThat(client.chat().completions().create(params()).choices()).hasSize(1);
        long waited = provider.received().get(1).atNanos()
                - provider.received().get(0).atNanos();
        assertThat(waited).isGreaterThan(900_000_000L);
        provider.always(HttpProvider.json(429, "{\"error\":{\"message\":\"slow down\"}}"));
        assertThatThrownBy(() -> client.chat().completions().create(params()))
                .isInstanceOf(RateLimitException.class)
                .hasMessageContaining("slow down");
    }

    @Test
    void aStreamThatBreaksRaises() {
        byte[] events = Golden.of("openai", "usage-in-own-chunk").upstream();
        provider.always(HttpProvider.broken(HttpProvider.stream(events, 50)));
        assertThatThrownBy(() -> stream(params()))
                .isInstanceOf(OpenAIException.class)
                .hasStackTraceContaining("upstream service error");
    }

    private static ResponseCreateParams.Builder asked() {
        return ResponseCreateParams.builder().model("lab/gpt-test").maxOutputTokens(100L);
    }

    @Test
    void aPlainResponseComesWithItsUsage() {
        provider.always(HttpProvider.json(200, Golden.of("responses", "plain").upstream()));
        Response answer =
                client.responses().create(asked().input("Say hello, 你好 👋").build());
        assertThat(text(answer)).isEqualTo("Hello! 👋 \"quoted\"");
        assertThat(answer.usage().orElseThrow().inputTokens()).isEqualTo(19);
        assertThat(provider.take().text()).contains("你好").contains("\"gpt-test-1\"");
    }

    private static String text(Response answer) {
        StringBuilder text = new StringBuilder();
        answer.output()
                .forEach(item -> item.message()
                        .ifPresent(message -> message.content()
                                .forEach(part -> part.outputText().ifPresent(it -> text.append(it.text())))));
        return text.toString();
    }

    @Test
    void aStreamOfResponsesComesWhole() {
        for (String name : List.of("text", "multi-byte", "crlf", "unnamed-with-comments", "incomplete", "cached")) {
            Golden golden = Golden.of("responses", name);
            provider.always(HttpProvider.inPieces(HttpProvider.stream(golden.upstream(), 37), 101));
            StringBuilder text = new StringBuilder();
            Response last = null;
            for (ResponseStreamEvent event : events(asked().input("Hi").build())) {
                event.outputTextDelta().ifPresent(delta -> text.append(delta.delta()));
                last = event.completed()
                        .map(it -> it.response())
                        .or(() -> event.incomplete().map(it -> it.response()))
                        .orElse(last);
            }
            assertThat(last).as(name).isNotNull();
            assertThat(text.toString()).as(name).isNotEmpty().isEqualTo(text(last));
            assertThat(last.usage().orElseThrow().outputTokens())
                    .as(name)
                    .isEqualTo(golden.usage().output());
        }
    }

    private static List<ResponseStreamEvent> events(ResponseCreateParams params) {
        List<ResponseStreamEvent> events = new ArrayList<>();
        try (StreamResponse<ResponseStreamEvent> stream = client.responses().createStreaming(params)) {
            stream.stream().forEach(events::add);
        }
        return events;
    }

    @Test
    void aRoundOfToolsThroughResponses() {
        provider.next(HttpProvider.stream(Golden.of("responses", "tools").upstream(), 60))
                .next(HttpProvider.stream(Golden.of("responses", "text").upstream()));
        FunctionTool weather = FunctionTool.builder()
                .name("get_weather")
                .parameters(FunctionTool.Parameters.builder()
                        .putAdditionalProperty("type", JsonValue.from("object"))
                        .build())
                .strict(false)
                .build();
        List<ResponseInputItem> conversation = new ArrayList<>();
        conversation.add(ResponseInputItem.ofEasyInputMessage(EasyInputMessage.builder()
                .role(EasyInputMessage.Role.USER)
                .content("Weather?")
                .build()));
        for (ResponseStreamEvent event :
                events(asked().inputOfResponse(conversation).addTool(weather).build())) {
            event.outputItemDone().flatMap(done -> done.item().functionCall()).ifPresent(call -> {
                conversation.add(ResponseInputItem.ofFunctionCall(call));
                conversation.add(ResponseInputItem.ofFunctionCallOutput(ResponseInputItem.FunctionCallOutput.builder()
                        .callId(call.callId())
                        .output("21 °C")
                        .build()));
            });
        }
        assertThat(conversation).hasSize(5);
        List<ResponseStreamEvent> answer =
                events(asked().inputOfResponse(conversation).addTool(weather).build());
        assertThat(answer.get(answer.size() - 1).isCompleted()).isTrue();
        provider.take();
        assertThat(provider.take().text())
                .contains("{\\\"city\\\":\\\"Zürich\\\"}")
                .contains("\"call_id\":\"call_1\"")
                .contains("21 °C");
    }

    @Test
    void responsesThatFailRaise() {
        provider.always(HttpProvider.json(503, "{\"error\":{\"message\":\"boom\"}}"));
        assertThatThrownBy(() -> client.responses().create(asked().input("Hi").build()))
                .isInstanceOf(InternalServerException.class)
                .hasMessageContaining("boom");
        byte[] whole = Golden.of("responses", "text").upstream();
        provider.always(HttpProvider.broken(HttpProvider.stream(whole, 50)));
        assertThatThrownBy(() -> events(asked().input("Hi").build())).isInstanceOf(OpenAIException.class);
    }

    @Test
    void embeddingsAreVectors() {
        provider.always(HttpProvider.json(
                200,
                "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":[0.5,-1.0]}],"
                        + "\"model\":\"gpt-test-1\",\"usage\":{\"prompt_tokens\":3,\"total_tokens\":3}}"));
        CreateEmbeddingResponse answer = client.embeddings()
                .create(EmbeddingCreateParams.builder()
                        .model("lab/gpt-test")
                        .input("Hi")
                        .encodingFormat(EmbeddingCreateParams.EncodingFormat.FLOAT)
                        .build());
        assertThat(answer.data().get(0).embedding()).containsExactly(0.5f, -1.0f);
        assertThat(answer.usage().promptTokens()).isEqualTo(3);
    }

    @Test
    void theOlderCompletionsStreamToo() {
        provider.always(HttpProvider.stream(
                ("data: {\"id\":\"c\",\"object\":\"text_completion\",\"created\":1,\"model\":\"m\",\"choices\":"
                                + "[{\"text\":\"Hello\",\"index\":0,\"logprobs\":null,\"finish_reason\":\"stop\"}]}\n\n"
                                + "data: [DONE]\n\n")
                        .getBytes(StandardCharsets.UTF_8)));
        CompletionCreateParams params = CompletionCreateParams.builder()
                .model("lab/gpt-test")
                .prompt("Say")
                .build();
        try (StreamResponse<Completion> stream = client.completions().createStreaming(params)) {
            assertThat(stream.stream().map(it -> it.choices().get(0).text())).containsExactly("Hello");
        }
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
