package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.config.LimitsConfig;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.store.EntryKind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Silence: of the provider, which the client is told of, and of the client, which is not waited for. */
@Execution(ExecutionMode.CONCURRENT)
class TimeTest {
    static final List<String> FACES = Lab.FACES;
    private static final Duration SHORT = Duration.ofMillis(150);

    private Lab lab = null;

    @AfterEach
    void stop() {
        if (lab != null) {
            lab.nothingHeld();
            lab.close();
        }
    }

    private Lab lab(UnaryOperator<LimitsConfig.Builder> limits) {
        lab = Lab.with(limits);
        return lab;
    }

    private static String events(String path) {
        return new String(Lab.stream(path).upstream(), StandardCharsets.UTF_8);
    }

    private static String begin(String path) {
        String events = events(path);
        return events.substring(0, events.indexOf("\n\n", events.indexOf("Hello")) + 2);
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void aStreamThatDoesNotBeginEndsAtFirstByte(String path) {
        lab(limits -> limits.firstByte(SHORT));
        for (byte[] sent :
                List.of(new byte[0], Answer.streamHead(), Answer.join(Answer.streamHead(), Answer.chunk(": hi\n\n")))) {
            lab.provider().next(call -> call.send(sent).stall());
            Reply reply = lab.ask(Lab.post(path, Lab.body(path, true)));
            assertThat(reply.status()).isEqualTo(504);
            assertThat(reply.text()).contains("request timeout");
            assertThat(lab.end(reply.id()).kind()).isEqualTo(EntryKind.RELEASE);
            Await.until("the provider to be left", () -> lab.provider().open() == 0);
        }
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void aStreamThatFallsSilentEndsAtIdle(String path) {
        lab(limits -> limits.idle(SHORT));
        lab.provider()
                .next(call -> call.send(Answer.streamHead())
                        .send(Answer.chunk(begin(path)))
                        .stall());
        Reply reply = lab.ask(Lab.post(path, Lab.body(path, true)));
        assertThat(reply.end()).isEqualTo(RawClient.End.TRUNCATED);
        assertThat(reply.text()).contains("request timeout").doesNotContain(Lab.terminator(path));
        assertThat(lab.end(reply.id()).kind()).isEqualTo(EntryKind.SETTLEMENT);
        Await.until("the provider to be left", () -> lab.provider().open() == 0);
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void everythingEndsAtTotal(String path) {
        lab(limits -> limits.total(Duration.ofMillis(1_500))); // long enough for a busy machine to begin the stream
        lab.provider().next(call -> call.stall());
        assertThat(lab.ask(Lab.post(path, Lab.body(path, false))).status()).isEqualTo(504);
        lab.provider().next(call -> {
            call.send(Answer.streamHead()).send(Answer.chunk(begin(path)));
            while (true) {
                call.send(Answer.chunk(": alive\n\n"));
                Thread.sleep(20);
            }
        });
        Reply reply = lab.ask(Lab.post(path, Lab.body(path, true)));
        assertThat(reply.end()).isIn(RawClient.End.TRUNCATED, RawClient.End.RESET);
        assertThat(reply.text()).contains("request timeout");
        lab.end(reply.id());
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void aSilentProviderIsCoveredByKeepalives(String path) throws Exception {
        lab(limits -> limits.keepalive(SHORT));
        String alive = path.endsWith("messages")
                ? "event: ping\ndata: {\"type\": \"ping\"}\n\n"
                : path.startsWith("/openai") ? ": keep-alive\n\n" : ": OPENROUTER PROCESSING\n\n";
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch second = new CountDownLatch(1);
        String begin = begin(path);
        lab.provider()
                .next(call -> call.pause(first)
                        .send(Answer.streamHead())
                        .send(Answer.chunk(begin))
                        .pause(second)
                        .send(Answer.chunk(events(path).substring(begin.length())))
                        .send(Answer.lastChunk()));
        try (RawClient client = lab.client()) {
            client.send(Lab.post(
                    path,
                    Lab.body(path, true)
                            .replace(
                                    "\"stream\":true",
                                    "\"stream\":true"
                                            + (path.equals(Lab.CHAT)
                                                    ? ",\"stream_options\":{\"include_usage\":true}"
                                                    : ""))));
            Reply head = client.readHead();
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("content-type")).startsWith("text/event-stream");
            StringBuilder got = new StringBuilder();
            client.readUntil(got, alive, 2);
            first.countDown();
            client.readUntil(got, "Hello", 1);
            client.readUntil(got, alive, 4);
            second.countDown();
            Reply rest = client.readBody(head);
            assertThat(rest.end()).isEqualTo(RawClient.End.CLEAN);
            String text = got + rest.text();
            if (!path.startsWith("/api")) {
                assertThat(text.replace(alive, "")).isEqualTo(events(path));
            }
        }
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void aFailureBehindAKeepaliveIsAnErrorEvent(String path) {
        lab(limits -> limits.keepalive(SHORT));
        failsBehindAKeepalive(lab, Lab.post(path, Lab.body(path, true)));
    }

    static void failsBehindAKeepalive(Lab lab, byte[] request) {
        CountDownLatch gate = new CountDownLatch(1);
        lab.provider().next(call -> call.pause(gate).send(Answer.json(500, "{\"error\":{\"message\":\"boom\"}}")));
        try (RawClient client = lab.client()) {
            Reply head = client.send(request).readHead();
            gate.countDown();
            Reply reply = client.readBody(head);
            assertThat(reply.end()).isEqualTo(RawClient.End.TRUNCATED);
            assertThat(reply.text()).contains("upstream service error").contains("boom");
            assertThat(lab.end(head.id()).kind()).isEqualTo(EntryKind.RELEASE);
        }
    }

    @Test
    void aKeyMayAskForKeepalivesThatAreData() throws Exception {
        lab(limits -> limits.keepalive(SHORT));
        for (String path : List.of(Lab.CHAT, Lab.ROUTER_CHAT)) {
            lab.provider().next(call -> call.stall());
            String request = new String(Lab.post(path, Lab.body(path, true)), StandardCharsets.UTF_8);
            try (RawClient client = lab.client()) {
                client.send(request.replace(Lab.KEY, Lab.DATA_KEY));
                client.readHead();
                assertThat(new String(client.readChunk(), StandardCharsets.UTF_8))
                        .startsWith("data: {\"id\":\"" + (path.equals(Lab.CHAT) ? "chatcmpl-" : "gen-"))
                        .contains("\"object\":\"chat.completion.chunk\"")
                        .contains("\"delta\":{}");
            }
        }
    }

    @Test
    void aPlainRequestGetsNoKeepalive() {
        lab(limits -> limits.keepalive(SHORT).total(Duration.ofMillis(800)));
        lab.provider().next(call -> call.stall());
        assertThat(lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false))).status())
                .isEqualTo(504);
    }

    @Test
    void aSlowHeadIsNotWaitedFor() {
        lab(limits -> limits.head(SHORT));
        try (RawClient client = lab.client()) {
            client.send("POST /openai/v1/chat/completions HTTP/1.1\r\nHost: loc");
            Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(408);
            assertThat(reply.text()).contains("failed to read request body");
            assertThat(client.ended()).isTrue();
        }
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void aSlowBodyIsNotWaitedFor(String path) {
        lab(limits -> limits.request(SHORT));
        for (String framing : List.of("Content-Length: 100", "Transfer-Encoding: chunked")) {
            try (RawClient client = lab.client()) {
                client.send(Lab.postHead(path, framing)).send("2\r\n{");
                Reply reply = client.read();
                assertThat(reply.status()).isEqualTo(408);
                assertThat(reply.text()).contains("failed to read request body");
                assertThat(client.ended()).isTrue();
            }
        }
        assertThat(lab.provider().received()).isEmpty();
    }

    @Test
    void aStreamThatOutlivesTheDrainEndsWithAnErrorEvent() throws Exception {
        lab(limits -> limits);
        lab.provider()
                .next(call -> call.send(Answer.streamHead())
                        .send(Answer.chunk(begin(Lab.CHAT)))
                        .stall());
        try (RawClient client = lab.client()) {
            client.send(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
            Reply head = client.readHead();
            client.readChunk();
            Thread closing = new Thread(lab.gateway()::close);
            closing.start();
            Reply reply = client.readBody(head);
            closing.join();
            assertThat(reply.end()).isEqualTo(RawClient.End.TRUNCATED);
            assertThat(reply.text()).contains("shutting down").doesNotContain("[DONE]");
        }
        lab.provider().close();
        lab = null;
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void aProviderThatSendsOnlyCommentsBeforeItsAnswerDoesNotSilenceTheKeepAlives(String path) {
        lab(limits -> limits.keepalive(SHORT));
        lab.provider().next(call -> {
            call.send(Answer.streamHead());
            for (int i = 0; i < 30; i++) {
                call.send(Answer.chunk(": PROCESSING\n\n"));
                Thread.sleep(50);
            }
            call.send(Answer.chunk(events(path))).send(Answer.lastChunk());
        });
        Reply reply = lab.ask(Lab.post(path, Lab.body(path, true)));
        assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
        String beforeTheAnswer = reply.text().substring(0, reply.text().indexOf(": PROCESSING"));
        assertThat(beforeTheAnswer.split("\n\n")).hasSizeGreaterThan(3);
    }
}
