package io.penstock.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.client.AnthropicClient;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.errors.AnthropicException;
import com.anthropic.errors.BadRequestException;
import com.anthropic.errors.RateLimitException;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.ContentBlock;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.StopReason;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolResultBlockParam;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Anthropic SDK for Java on models whose provider speaks chat completions alone, or Responses alone. */
class AnthropicTranslatedIT extends BeforeTheJar {
    private static AnthropicClient client;

    @BeforeAll
    static void connect() {
        client = anthropic(Lab.KEY, 0);
    }

    @AfterAll
    static void disconnect() {
        client.close();
    }

    private static Protocol spoken(String provider) {
        return provider.equals("chatty") ? Protocol.OPENAI : Protocol.RESPONSES;
    }

    private static MessageCreateParams.Builder params(String provider) {
        return MessageCreateParams.builder()
                .model(provider + "/thinker")
                .maxTokens(4_096)
                .addUserMessage("Weather in Zürich?");
    }

    private static Message ask(MessageCreateParams params, boolean stream) {
        if (!stream) {
            return client.messages().create(params);
        }
        MessageAccumulator all = MessageAccumulator.create();
        try (StreamResponse<RawMessageStreamEvent> events = client.messages().createStreaming(params)) {
            events.stream().forEach(all::accumulate);
        }
        return all.message();
    }

    @ParameterizedTest
    @CsvSource({"chatty, true", "chatty, false", "terse, true", "terse, false"})
    void anAnswerComesWholeAndWithItsUsage(String to, boolean stream) {
        AnswerScript speech = AnswerScript.rich();
        provider.always(said(speech, spoken(to), stream));
        Message answer = ask(params(to).build(), stream);
        assertThat(answer.model().asString()).isEqualTo(to + "/thinker");
        assertThat(answer.stopReason()).contains(StopReason.TOOL_USE);
        List<ContentBlock> blocks = answer.content();
        assertThat(blocks).hasSize(5);
        assertThat(blocks.get(0).asThinking().thinking())
                .isEqualTo(speech.said().get(0).text());
        assertThat(blocks.get(1).asText().text()).isEqualTo(speech.said().get(1).text());
        for (int i = 2; i < 5; i++) {
            TranscriptPart call = speech.said().get(i);
            assertThat(blocks.get(i).asToolUse().id()).isEqualTo(call.id());
            assertThat(blocks.get(i).asToolUse().name()).isEqualTo(call.name());
        }
        assertThat(blocks.get(2).asToolUse()._input().toString()).contains("Zürich");
        assertThat(answer.usage().inputTokens()).isEqualTo(21);
        assertThat(answer.usage().cacheReadInputTokens()).contains(11L);
        assertThat(answer.usage().outputTokens()).isEqualTo(15);
    }

    /** The thought goes back to a chat provider as {@code reasoning_content}, to one of Responses sealed, byte for byte. */
    @ParameterizedTest
    @CsvSource({"chatty, true", "chatty, false", "terse, true", "terse, false"})
    void pitfall12and13_aRoundOfParallelToolsBringsTheThoughtBack(String to, boolean stream) {
        provider.always(new TwoTurns(spoken(to), true));
        MessageCreateParams.Builder turn =
                params(to).enabledThinking(2_048).addTool(tool("get_weather")).addTool(tool("get_time"));
        Message asked = ask(turn.build(), stream);
        assertThat(asked.content().get(0).asThinking().thinking()).isEqualTo(TwoTurns.THOUGHT);
        assertThat(asked.content().get(0).asThinking().signature()).isNotEmpty();
        turn.addMessage(asked);
        List<ContentBlockParam> results = new ArrayList<>();
        asked.content().stream()
                .flatMap(block -> block.toolUse().stream())
                .forEach(call -> results.add(ContentBlockParam.ofToolResult(ToolResultBlockParam.builder()
                        .toolUseId(call.id())
                        .content(TwoTurns.result(call.name()))
                        .build())));
        assertThat(results).hasSize(2);
        turn.addUserMessageOfContentBlockParams(results);
        assertThat(ask(turn.build(), stream).content().get(0).asText().text()).isEqualTo(TwoTurns.ANSWER);
    }

    private static Tool tool(String name) {
        return Tool.builder()
                .name(name)
                .inputSchema(Tool.InputSchema.builder().build())
                .build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"chatty", "terse"})
    void failuresAreTyped(String to) {
        provider.always(HttpProvider.json(400, "{\"error\":{\"type\":\"x\",\"message\":\"their own words\"}}"));
        assertThatThrownBy(() -> ask(params(to).build(), false))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("their own words");
        provider.always(HttpProvider.json(429, "{\"error\":{\"message\":\"slow down\"}}"));
        assertThatThrownBy(() -> ask(params(to).build(), true))
                .isInstanceOf(RateLimitException.class)
                .hasMessageContaining("slow down");
        provider.always(HttpProvider.broken(HttpProvider.stream(AnswerScript.rich().stream(spoken(to)), 50)));
        assertThatThrownBy(() -> ask(params(to).build(), true))
                .isInstanceOf(AnthropicException.class)
                .hasStackTraceContaining("upstream service error");
    }

    @Test
    void tokensAreCountedWithoutAskingTheProvider() {
        for (String to : List.of("chatty", "terse")) {
            MessageCountTokensParams params = MessageCountTokensParams.builder()
                    .model(to + "/thinker")
                    .system("Be brief.")
                    .addUserMessage("Hello, world!")
                    .build();
            assertThat(client.messages().countTokens(params).inputTokens())
                    .as(to)
                    .isEqualTo(14); // three, four, and seven around them
        }
        assertThat(provider.received()).isEmpty();
    }
}
