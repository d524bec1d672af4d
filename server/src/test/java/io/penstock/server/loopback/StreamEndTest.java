package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.Usage;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.AnswerScript;
import io.penstock.server.testkit.Finish;
import io.penstock.server.testkit.Golden;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.store.LedgerEntry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The odd ways in which providers end their streams. */
@Execution(ExecutionMode.CONCURRENT)
class StreamEndTest {
    private static final String HELLO = AnswerScript.chatDelta("\"role\":\"assistant\",\"content\":\"\"")
            + AnswerScript.chatDelta("\"content\":\"Hello\"");
    private static final String GPUSTACK =
            "error: {\"error\":{\"code\":503,\"message\":\"no GPU left, by {sk}\",\"type\":\"ServiceUnavailable\"}}\n\n"
                    .replace("{sk}", Lab.PROVIDER_KEY);
    private static final String LLAMA_CPP =
            "error: {\"code\":500,\"message\":\"no GPU left\",\"type\":\"server_error\"}\n\n";

    private Lab lab = null;

    @BeforeEach
    void start() {
        lab = Lab.with(limits -> limits.idle(Duration.ofMillis(400)));
    }

    @AfterEach
    void stop() {
        lab.nothingHeld();
        lab.close();
    }

    @ParameterizedTest
    @CsvSource({
        "/openai/v1/chat/completions, 'data: {\"error\":{\"'",
        "/anthropic/v1/messages, 'event: error\ndata: {\"type\":\"error\"'",
        "/openai/v1/responses, response.failed",
        "/api/v1/chat/completions, '\"error\":{\"'",
        "/api/v1/messages, 'event: error\ndata: {\"type\":\"error\"'",
        "/api/v1/responses, response.failed",
    })
    void aBareErrorLineIsThatStreamsErrorToldOnceAndOnlyInTheClientsOwnForm(String path, String form) {
        for (String line : new String[] {GPUSTACK, LLAMA_CPP, LLAMA_CPP.strip()}) {
            for (int size : new int[] {1, 7, 100_000}) {
                byte[] events = (HELLO + line).getBytes(StandardCharsets.UTF_8);
                lab.provider().next(call -> call.send(Answer.stream(events, size)));
                Reply reply = lab.ask(Lab.post(path, Lab.body(path, "chatty/gpt-test", true)));
                assertThat(reply.end()).isEqualTo(RawClient.End.TRUNCATED);
                assertThat(reply.text().lines().filter(told -> told.contains("no GPU left")))
                        .as("told once: %s", reply.text())
                        .hasSize(1);
                assertThat(reply.text()).contains("Hello").contains(form).doesNotContain("error: {", Lab.PROVIDER_KEY);
                assertThat(lab.end(reply.id()).estimated()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Lab.CHAT, Lab.MESSAGES, Lab.RESPONSES, Lab.ROUTER_CHAT})
    void aBareErrorLineBeforeTheAnswerIsAnHttpError(String path) {
        lab.provider().next(call -> call.send(Answer.stream(GPUSTACK.getBytes(StandardCharsets.UTF_8))));
        Reply reply = lab.ask(Lab.post(path, Lab.body(path, "chatty/gpt-test", true)));
        assertThat(reply.status()).isEqualTo(502);
        assertThat(reply.text()).contains("no GPU left").doesNotContain(Lab.PROVIDER_KEY);
    }

    @Test
    void aFinishThatWaitsForWhatFollowsItGoesOutBeforeTheStreamBreaks() {
        String finish = HELLO + AnswerScript.chatFinish(Finish.STOP, ",\"usage\":null");
        lab.provider()
                .next(call -> call.send(Answer.streamHead())
                        .send(Answer.chunk(finish))
                        .stall());
        Reply silent = lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
        assertThat(silent.text()).containsSubsequence("Hello", "\"finish_reason\":\"stop\"", "request timeout");
        assertThat(silent.text()).doesNotContain("usage");

        lab.provider()
                .next(call -> call.send(Answer.streamHead())
                        .send(Answer.chunk(finish))
                        .close());
        Reply cut = lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
        assertThat(cut.text()).containsSubsequence("Hello", "\"finish_reason\":\"stop\"");

        lab.provider()
                .next(call -> call.send(Answer.streamHead())
                        .send(Answer.chunk(finish + "data: {\"error\":{\"message\":\"no luck\"}}\n\n")));
        Reply error = lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
        assertThat(error.text()).containsSubsequence("Hello", "\"finish_reason\":\"stop\"", "no luck");
    }

    @ParameterizedTest
    @ValueSource(strings = {Lab.RESPONSES, Lab.ROUTER_RESPONSES})
    void theDoneOfAResponsesStreamIsPassedOnBehindItsSettlement(String path) {
        String events = new String(Golden.of("responses", "done-behind").upstream(), StandardCharsets.UTF_8);
        for (int cut = events.indexOf("data: [DONE]") - 3; cut < events.length(); cut++) {
            String first = events.substring(0, cut);
            String second = events.substring(cut);
            lab.provider()
                    .next(call -> call.send(Answer.streamHead())
                            .send(Answer.chunk(first))
                            .send(Answer.chunk(second))
                            .send(Answer.lastChunk()));
            Reply reply = lab.ask(Lab.post(path, Lab.body(path, true)));
            assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
            assertThat(reply.text()).contains("event: response.completed").endsWith("}\n\ndata: [DONE]\n\n");
            assertThat(lab.end(reply.id()).amountNanos()).isEqualTo(Lab.cost(new Usage(19, 0, 0, 0, 4, 0, false)));
        }
    }

    /** Nobody waits for a server that leaves its connection open, or breaks it off, behind an answer's last event. */
    @ParameterizedTest
    @ValueSource(strings = {Lab.RESPONSES, Lab.ROUTER_RESPONSES, Lab.CHAT})
    void aResponsesStreamIsCompleteThoughItsBodyIsNot(String path) {
        byte[] events = Golden.of("responses", "text").upstream();
        Usage usage = Golden.of("responses", "text").usage();
        for (boolean closed : new boolean[] {true, false}) {
            lab.provider().next(call -> {
                call.send(Answer.streamHead()).send(Answer.chunk(events));
                if (closed) {
                    call.close();
                } else {
                    call.stall();
                }
            });
            Reply reply = lab.ask(Lab.post(path, Lab.body(path, "terse/gpt-test", true)));
            assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
            assertThat(reply.text()).contains(Lab.terminator(path));
            LedgerEntry end = lab.end(reply.id());
            assertThat(end.estimated()).isFalse();
            assertThat(end.amountNanos()).isEqualTo(Lab.cost(usage));
        }
    }
}
