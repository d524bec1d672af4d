package io.penstock.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.OpenAIException;
import com.openai.errors.RateLimitException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessage;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.responses.EasyInputMessage;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseOutputItem;
import com.openai.models.responses.ResponseStreamEvent;
import io.penstock.protocol.Protocol;
import io.penstock.server.testkit.AnswerScript;
import io.penstock.server.testkit.HttpProvider;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.TranscriptPart;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The OpenAI SDK for Java on models whose provider speaks Anthropic's messages alone. */
class OpenAiTranslatedIT extends BeforeTheJar {
    private static final String MODEL = "wordy/thinker";

    private static OpenAIClient client;

    @BeforeAll
    static void connect() {
        client = openAi(Lab.KEY, 0);
    }

    @AfterAll
    static void disconnect() {
        client.close();
    }

    // ---- chat

    private static ChatCompletionCreateParams.Builder chat() {
        return ChatCompletionCreateParams.builder()
                .model(MODEL)
                .maxCompletionTokens(1_000)
                .addUserMessage("Weather in Zürich?");
    }

    private static FunctionDefinition function(String name) {
        return FunctionDefinition.builder()
                .name(name)
                .parameters(FunctionParameters.builder()
                        .putAdditionalProperty("type", JsonValue.from("object"))
                        .build())
                .build();
    }

    private static ChatCompletion streamed(ChatCompletionCreateParams params) {
        ChatCompletionAccumulator all = ChatCompletionAccumulator.create();
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(params)) {
            stream.stream().forEach(all::accumulate);
        }
        return all.chatCompletion();
    }

    @Test
    void aPlainAnswerComesWithItsUsage() {
        AnswerScript speech = AnswerScript.rich();
        provider.always(HttpProvider.json(200, speech.plain(Protocol.ANTHROPIC)));
        check(client.chat().completions().create(chat().build()), speech);
    }

    @Test
    void aStreamAccumulatesToTheSame() {
        AnswerScript speech = AnswerScript.rich();
        provider.always(HttpProvider.inPieces(HttpProvider.stream(speech.stream(Protocol.ANTHROPIC), 37), 101));
        check(
                streamed(chat().streamOptions(ChatCompletionStreamOptions.builder()
                                .includeUsage(true)
                                .build())
                        .build()),
                speech);
    }

    private static void check(ChatCompletion answer, AnswerScript speech) {
        assertThat(answer.model()).isEqualTo(MODEL);
        ChatCompletion.Choice choice = answer.choices().get(0);
        assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
        assertThat(choice.message().content()).contains(speech.said().get(1).text());
        List<ChatCompletionMessageFunctionToolCall> calls = calls(choice.message());
        assertThat(calls).hasSize(3);
        for (int i = 0; i < 3; i++) {
            TranscriptPart call = speech.said().get(2 + i);
            assertThat(calls.get(i).id()).isEqualTo(call.id());
            assertThat(calls.get(i).function().name()).isEqualTo(call.name());
            assertThat(calls.get(i).function().arguments()).isEqualTo(call.text());
        }
        assertThat(answer.usage().orElseThrow().promptTokens()).isEqualTo(32);
        assertThat(answer.usage().orElseThrow().completionTokens()).isEqualTo(15);
        assertThat(answer.usage()
                        .orElseThrow()
                        .promptTokensDetails()
                        .orElseThrow()
                        .cachedTokens())
                .contains(11L);
        assertThat(answer.usage()
                        .orElseThrow()
                        .completionTokensDetails()
                        .orElseThrow()
                        .reasoningTokens())
                .contains(6L);
    }

    private static List<ChatCompletionMessageFunctionToolCall> calls(ChatCompletionMessage message) {
        return message.toolCalls().orElseThrow().stream()
                .map(call -> call.asFunction())
                .toList();
    }

    /** The thought does not fit into a chat message: the gateway must remember it for its provider, signature and all. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void pitfall13_aRoundOfParallelToolsLosesNothing(boolean stream) {
        provider.always(new TwoTurns(Protocol.ANTHROPIC, true));
        ChatCompletionCreateParams.Builder turn =
                chat().addFunctionTool(function("get_weather")).addFunctionTool(function("get_time"));
        ChatCompletionMessage asked = ask(turn.build(), stream);
        assertThat(asked.content()).contains(TwoTurns.WORDS);
        assertThat(calls(asked)).extracting(call -> call.id()).containsExactly("call_a1", "call_b2");
        turn.addMessage(asked);
        for (ChatCompletionMessageFunctionToolCall call : calls(asked)) {
            turn.addMessage(ChatCompletionToolMessageParam.builder()
                    .toolCallId(call.id())
                    .content(TwoTurns.result(call.function().name()))
                    .build());
        }
        assertThat(ask(turn.build(), stream).content()).contains(TwoTurns.ANSWER);
    }

    private static ChatCompletionMessage ask(ChatCompletionCreateParams params, boolean stream) {
        ChatCompletion answer =
                stream ? streamed(params) : client.chat().completions().create(params);
        return answer.choices().get(0).message();
    }

    @Test
    @SuppressWarnings("deprecation") // the SDK's only way to what OpenAI does not send
    void theThoughtIsReadable() {
        provider.always(HttpProvider.json(200, AnswerScript.rich().plain(Protocol.ANTHROPIC)));
        assertThat(ask(chat().build(), false)._additionalProperties().get("reasoning_content"))
                .isEqualTo(JsonValue.from(AnswerScript.rich().said().get(0).text()));
    }

    @Test
    void failuresAreTyped() {
        provider.always(HttpProvider.json(
                400, "{\"type\":\"error\",\"error\":{\"type\":\"x\",\"message\":\"their own words\"}}"));
        assertThatThrownBy(() -> ask(chat().build(), false))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("their own words");
        provider.always(HttpProvider.json(
                429, "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"slow down\"}}"));
        assertThatThrownBy(() -> ask(chat().build(), true))
                .isInstanceOf(RateLimitException.class)
                .hasMessageContaining("slow down");
        provider.always(HttpProvider.broken(HttpProvider.stream(AnswerScript.rich().stream(Protocol.ANTHROPIC), 50)));
        assertThatThrownBy(() -> ask(chat().build(), true))
                .isInstanceOf(OpenAIException.class)
                .hasStackTraceContaining("upstream service error");
        assertThatThrownBy(() -> response(responses().input("Hi").build(), true))
                .isInstanceOf(OpenAIException.class);
    }

    // ---- Responses

    private static ResponseCreateParams.Builder responses() {
        return ResponseCreateParams.builder().model(MODEL).maxOutputTokens(1_000L);
    }

    private static FunctionTool tool(String name) {
        return FunctionTool.builder()
                .name(name)
                .parameters(FunctionTool.Parameters.builder()
                        .putAdditionalProperty("type", JsonValue.from("object"))
                        .build())
                .strict(false)
                .build();
    }

    private static Response response(ResponseCreateParams params, boolean stream) {
        if (!stream) {
            return client.responses().create(params);
        }
        ResponseAccumulator all = ResponseAccumulator.create();
        try (StreamResponse<ResponseStreamEvent> events = client.responses().createStreaming(params)) {
            events.stream().forEach(all::accumulate);
        }
        return all.response();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aResponseComesWithItsUsage(boolean stream) {
        AnswerScript speech = AnswerScript.rich();
        provider.always(said(speech, Protocol.ANTHROPIC, stream));
        Response answer = response(responses().input("Weather?").build(), stream);
        assertThat(answer.output()).hasSize(5);
        assertThat(answer.output().get(0).asReasoning().summary().get(0).text())
                .isEqualTo(speech.said().get(0).text());
        assertThat(answer.output()
                        .get(1)
                        .asMessage()
                        .content()
                        .get(0)
                        .asOutputText()
                        .text())
                .isEqualTo(speech.said().get(1).text());
        assertThat(answer.output().get(2).asFunctionCall().arguments())
                .isEqualTo(speech.said().get(2).text());
        assertThat(answer.output().get(4).asFunctionCall().arguments()).isEqualTo("{}");
        assertThat(answer.usage().orElseThrow().inputTokens()).isEqualTo(32);
        assertThat(answer.usage().orElseThrow().inputTokensDetails().cachedTokens())
                .isEqualTo(11);
        assertThat(answer.usage().orElseThrow().outputTokensDetails().reasoningTokens())
                .isEqualTo(6);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void pitfall12_aRoundOfToolsThroughResponsesBringsTheSignatureBack(boolean stream) {
        provider.always(new TwoTurns(Protocol.ANTHROPIC, true));
        List<ResponseInputItem> conversation = new ArrayList<>();
        conversation.add(ResponseInputItem.ofEasyInputMessage(EasyInputMessage.builder()
                .role(EasyInputMessage.Role.USER)
                .content("Weather?")
                .build()));
        List<ResponseInputItem> results = new ArrayList<>();
        for (ResponseOutputItem item : turn(conversation, stream).output()) {
            item.reasoning().ifPresent(it -> conversation.add(ResponseInputItem.ofReasoning(it)));
            item.message().ifPresent(it -> conversation.add(ResponseInputItem.ofResponseOutputMessage(it)));
            item.functionCall().ifPresent(it -> {
                conversation.add(ResponseInputItem.ofFunctionCall(it));
                results.add(ResponseInputItem.ofFunctionCallOutput(ResponseInputItem.FunctionCallOutput.builder()
                        .callId(it.callId())
                        .output(TwoTurns.result(it.name()))
                        .build()));
            });
        }
        conversation.addAll(results);
        assertThat(conversation).hasSize(7);
        Response answer = turn(conversation, stream);
        assertThat(answer.output()
                        .get(0)
                        .asMessage()
                        .content()
                        .get(0)
                        .asOutputText()
                        .text())
                .isEqualTo(TwoTurns.ANSWER);
    }

    private static Response turn(List<ResponseInputItem> conversation, boolean stream) {
        return response(
                responses()
                        .inputOfResponse(conversation)
                        .addTool(tool("get_weather"))
                        .addTool(tool("get_time"))
                        .build(),
                stream);
    }
}
