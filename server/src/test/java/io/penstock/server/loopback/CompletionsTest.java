package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.Usage;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Golden;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Received;
import io.penstock.server.testkit.Reply;
import io.penstock.server.testkit.SharedLab;
import io.penstock.store.EntryKind;
import io.penstock.store.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** OpenAI's older completions, where a provider still serves them. */
class CompletionsTest extends SharedLab {
    static final List<String> FACES = List.of(Lab.COMPLETIONS, Lab.ROUTER_COMPLETIONS);
    private static final String CHUNK =
            "data: {\"id\":\"cmpl-1\",\"object\":\"text_completion\",\"created\":1789000001,\"choices\":[CHOICE],"
                    + "\"model\":\"gpt-test-1\"}\n\n";
    private static final String FIRST =
            chunk("{\"text\":\"Hello\",\"index\":0,\"logprobs\":null,\"finish_reason\":null}");
    private static final String SECOND =
            chunk("{\"text\":\" there\",\"index\":0,\"logprobs\":null,\"finish_reason\":\"length\"}");
    private static final String USAGE = chunk("").replace("}\n\n", ",\"usage\":USED}\n\n");
    private static final String USED = "{\"prompt_tokens\":9,\"completion_tokens\":3,\"total_tokens\":12}";
    private static final String DONE = "data: [DONE]\n\n";
    private static final String PLAIN = "{\"id\":\"cmpl-1\",\"object\":\"text_completion\",\"created\":1789000001,"
            + "\"model\":\"gpt-test-1\",\"choices\":[{\"text\":\"Hello there\",\"index\":0,\"logprobs\":null,"
            + "\"finish_reason\":\"length\"}],\"usage\":" + USED + "}";

    private static String chunk(String choice) {
        return CHUNK.replace("CHOICE", choice);
    }

    private static byte[] stream() {
        return (FIRST + SECOND + USAGE.replace("USED", USED) + DONE).getBytes(StandardCharsets.UTF_8);
    }

    private static String body(String more) {
        return "{\"model\":\"lab/gpt-test\",\"prompt\":\"Say\",\"max_tokens\":16" + more + "}";
    }

    private static void assertSettled(Reply reply) {
        assertThat(lab.end(reply.id()).amountNanos()).isEqualTo(Lab.cost(new Usage(9, 0, 0, 0, 3, 0, false)));
        assertThat(lab.end(reply.id()).estimated()).isFalse();
        assertThat(lab.row(reply.id()).finishReason()).isEqualTo("length");
        assertThat(lab.row(reply.id()).outcome()).isEqualTo(Outcome.COMPLETED);
    }

    @Test
    void aStreamComesAsItWasAndItsUsageOnlyWhenAskedFor() {
        lab.provider().always(call -> call.pieces(Answer.stream(stream(), 50), 70));
        Reply reply = lab.ask(Lab.post(Lab.COMPLETIONS, body(",\"stream\":true")));
        assertThat(reply.text()).isEqualTo(FIRST + SECOND + DONE);
        assertSettled(reply);
        assertThat(lab.provider().take())
                .satisfies(sent -> assertThat(sent.head()).startsWith("POST /v1/completions HTTP/1.1"))
                .satisfies(sent -> assertThat(sent.text())
                        .isEqualTo(body(",\"stream\":true,\"stream_options\":{\"include_usage\":true}")
                                .replace("lab/gpt-test", "gpt-test-1")));
        reply = lab.ask(
                Lab.post(Lab.COMPLETIONS, body(",\"stream\":true,\"stream_options\":{\"include_usage\":true}")));
        assertThat(reply.body()).isEqualTo(stream());
        assertSettled(reply);
    }

    @Test
    void aPlainAnswerComesAsItWas() {
        lab.provider().always(call -> call.send(Answer.json(200, PLAIN)));
        Reply reply = lab.ask(Lab.post(Lab.COMPLETIONS, body("")));
        assertThat(reply.text()).isEqualTo(PLAIN);
        assertSettled(reply);
    }

    @Test
    void theOpenRouterFaceShowsItsIdModelAndCost() {
        lab.provider().next(call -> call.send(Answer.stream(stream())));
        Reply reply = lab.ask(Lab.post(Lab.ROUTER_COMPLETIONS, body(",\"stream\":true")));
        assertThat(reply.text())
                .startsWith("data: {\"id\":\"" + reply.id() + "\",\"object\":\"text_completion\",\"created\":")
                .contains("\"model\":\"lab/gpt-test\",\"provider\":\"lab\"")
                .contains("\"text\":\" there\"")
                .contains("\"finish_reason\":\"length\",\"native_finish_reason\":\"length\"")
                .contains("\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3,")
                .contains("\"cost\":0.000015")
                .endsWith(DONE)
                .doesNotContain("chat.completion")
                .doesNotContain("cmpl-1");
        assertSettled(reply);
        lab.provider().next(call -> call.send(Answer.json(200, PLAIN)));
        reply = lab.ask(Lab.post(Lab.ROUTER_COMPLETIONS, body("")));
        assertThat(reply.text())
                .startsWith("{\"id\":\"" + reply.id() + "\",\"object\":\"text_completion\",\"created\":")
                .contains("\"text\":\"Hello there\"")
                .contains("\"cost\":0.000015");
        assertSettled(reply);
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void aCutStreamIsPaidForAsFarAsItCame(String path) {
        lab.provider()
                .next(call ->
                        call.send(Answer.streamHead()).send(Answer.chunk(FIRST)).close());
        Reply reply = lab.ask(Lab.post(path, body(",\"stream\":true")));
        assertThat(reply.end()).isIn(RawClient.End.TRUNCATED, RawClient.End.RESET);
        assertThat(reply.text()).contains("upstream service error").doesNotContain("[DONE]");
        assertThat(lab.end(reply.id()).kind()).isEqualTo(EntryKind.SETTLEMENT);
        assertThat(lab.end(reply.id()).estimated()).isTrue();
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void whereTheProviderHasOnlyChatThePromptIsWhatTheUserSays(String path) {
        lab.provider().next(call -> call.send(Answer.json(200, """
                        {"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":\
                        {"role":"assistant","content":"Hello there"},"finish_reason":"length"}],\
                        "usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}""")));
        Reply reply = lab.ask(Lab.post(path, body("").replace("lab/gpt-test", "openai/gpt-4o")));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.text())
                .contains("\"object\":\"text_completion\"", "\"text\":\"Hello there\"", "\"finish_reason\":\"length\"")
                .contains("\"prompt_tokens\":9,\"completion_tokens\":3,\"total_tokens\":12")
                .doesNotContain("chat.completion", "message");
        Received asked = lab.provider().take();
        assertThat(asked.line()).isEqualTo("POST /v1/chat/completions HTTP/1.1");
        assertThat(asked.text()).contains("\"messages\":[{\"role\":\"user\",\"content\":\"Say\"}]");
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void aProviderOfMessagesStreamsThemToo(String path) {
        lab.provider()
                .next(call ->
                        call.send(Answer.stream(Golden.of("anthropic", "text").upstream())));
        Reply reply = lab.ask(Lab.post(
                path,
                body(",\"stream\":true,\"stream_options\":{\"include_usage\":true}")
                        .replace("lab/gpt-test", "wordy/claude-test")));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.text())
                .contains("\"object\":\"text_completion\"", "\"text\":\"", "\"finish_reason\":\"stop\"", "\"usage\":{")
                .endsWith(DONE)
                .doesNotContain("content_block", "chat.completion");
        assertThat(lab.end(reply.id()).kind()).isEqualTo(EntryKind.SETTLEMENT);
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void withoutAPromptItIsRefused(String path) {
        Reply reply = lab.ask(Lab.post(path, Lab.body(Lab.CHAT, false)));
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.text()).contains("prompt must be a string or an array");
    }
}
