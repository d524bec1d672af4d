package io.penstock.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.anthropic.AnthropicChatModel;
import dev.langchain4j.model.anthropic.AnthropicStreamingChatModel;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import io.penstock.protocol.Protocol;
import io.penstock.server.testkit.AnswerScript;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.Lab;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** LangChain4j on both faces, onto providers that speak the other protocols. */
class LangChainTranslatedIT extends BeforeTheJar {
    private static final String COMBINATIONS = """
            openai, wordy, false
            openai, wordy, true
            openai, terse, false
            openai, terse, true
            anthropic, chatty, false
            anthropic, chatty, true
            anthropic, terse, false
            anthropic, terse, true""";

    private static Protocol spoken(String provider) {
        return switch (provider) {
            case "chatty" -> Protocol.OPENAI;
            case "wordy" -> Protocol.ANTHROPIC;
            default -> Protocol.RESPONSES;
        };
    }

    private static ChatModel plain(String face, String model) {
        return face.equals("openai")
                ? OpenAiChatModel.builder()
                        .baseUrl(gateway.origin() + "/openai/v1")
                        .apiKey(Lab.KEY)
                        .modelName(model)
                        .returnThinking(true)
                        .sendThinking(true)
                        .maxRetries(0)
                        .build()
                : AnthropicChatModel.builder()
                        .baseUrl(gateway.origin() + "/anthropic/v1")
                        .apiKey(Lab.KEY)
                        .modelName(model)
                        .maxTokens(4_096)
                        .returnThinking(true)
                        .sendThinking(true)
                        .maxRetries(0)
                        .build();
    }

    private static StreamingChatModel streaming(String face, String model) {
        return face.equals("openai")
                ? OpenAiStreamingChatModel.builder()
                        .baseUrl(gateway.origin() + "/openai/v1")
                        .apiKey(Lab.KEY)
                        .modelName(model)
                        .returnThinking(true)
                        .sendThinking(true)
                        .build()
                : AnthropicStreamingChatModel.builder()
                        .baseUrl(gateway.origin() + "/anthropic/v1")
                        .apiKey(Lab.KEY)
                        .modelName(model)
                        .maxTokens(4_096)
                        .returnThinking(true)
                        .sendThinking(true)
                        .build();
    }

    private static ChatResponse ask(String face, String to, boolean stream, List<ChatMessage> messages, boolean tools)
            throws Exception {
        ChatRequest.Builder request = ChatRequest.builder().messages(messages);
        if (tools) {
            request.toolSpecifications(tool("get_weather"), tool("get_time"));
        }
        String model = to + "/thinker";
        if (!stream) {
            return plain(face, model).chat(request.build());
        }
        CompletableFuture<ChatResponse> answer = new CompletableFuture<>();
        StringBuilder text = new StringBuilder();
        streaming(face, model).chat(request.build(), new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String part) {
                text.append(part);
            }

            @Override
            public void onCompleteResponse(ChatResponse whole) {
                answer.complete(whole);
            }

            @Override
            public void onError(Throwable error) {
                answer.completeExceptionally(error);
            }
        });
        ChatResponse whole = answer.get(Await.SECONDS, TimeUnit.SECONDS);
        assertThat(text.toString()).isEqualTo(whole.aiMessage().text());
        return whole;
    }

    private static ToolSpecification tool(String name) {
        return ToolSpecification.builder()
                .name(name)
                .description("Tells it.")
                .parameters(JsonObjectSchema.builder().addStringProperty("city").build())
                .build();
    }

    @ParameterizedTest
    @CsvSource(textBlock = COMBINATIONS)
    void anAnswerComesWholeAndWithItsUsage(String face, String to, boolean stream) throws Exception {
        AnswerScript speech = AnswerScript.text("Hello, 你好 👋");
        provider.always(said(speech, spoken(to), stream));
        ChatResponse answer = ask(
                face,
                to,
                stream,
                List.of(SystemMessage.from("Be brief."), UserMessage.from("Say hello, 你好 👋")),
                false);
        assertThat(answer.aiMessage().text()).isEqualTo("Hello, 你好 👋");
        assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(answer.tokenUsage().inputTokenCount()).isEqualTo(19);
        assertThat(answer.tokenUsage().outputTokenCount()).isEqualTo(10);
        assertThat(provider.take().text()).contains("你好").contains("Be brief.");
    }

    @ParameterizedTest
    @CsvSource(textBlock = COMBINATIONS)
    void aRoundOfParallelToolsLosesNothing(String face, String to, boolean stream) throws Exception {
        provider.always(new TwoTurns(spoken(to), true));
        List<ChatMessage> conversation = new ArrayList<>();
        conversation.add(UserMessage.from("Weather?"));
        AiMessage asked = ask(face, to, stream, conversation, true).aiMessage();
        assertThat(asked.text()).isEqualTo(TwoTurns.WORDS);
        assertThat(asked.thinking()).isEqualTo(TwoTurns.THOUGHT);
        assertThat(asked.toolExecutionRequests())
                .extracting(request -> request.arguments().replaceAll("\\s", "")) // it may be laid out anew
                .containsExactly(
                        TwoTurns.CALLS.get(0).text(), TwoTurns.CALLS.get(1).text());
        conversation.add(asked);
        for (ToolExecutionRequest request : asked.toolExecutionRequests()) {
            conversation.add(ToolExecutionResultMessage.from(request, TwoTurns.result(request.name())));
        }
        assertThat(ask(face, to, stream, conversation, true).aiMessage().text()).isEqualTo(TwoTurns.ANSWER);
    }
}
