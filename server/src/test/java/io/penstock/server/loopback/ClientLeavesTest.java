package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.Call;
import io.penstock.server.testkit.FreshLab;
import io.penstock.server.testkit.Golden;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.Link;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.store.EntryKind;
import io.penstock.store.LedgerEntry;
import io.penstock.store.Outcome;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients that leave, and clients that do not read. */
@Execution(ExecutionMode.CONCURRENT)
class ClientLeavesTest extends FreshLab {
    static final List<String> FACES = Lab.FACES;

    static Stream<Arguments> ways() {
        return FACES.stream().flatMap(path -> Stream.of(true, false).map(reset -> Arguments.of(path, reset)));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void inTheMiddleOfItsRequestAndNobodyHearsOfIt(String path, boolean reset) {
        byte[] whole = Lab.post(path, Lab.body(path, true));
        for (int length : new int[] {1, 30, whole.length - 60, whole.length - 1}) {
            RawClient client = lab.client();
            client.send(Arrays.copyOf(whole, length));
            Leaving.leave(client, reset);
        }
        lab.provider().always(call -> call.send(Answer.stream(Lab.stream(path).upstream())));
        assertThat(lab.ask(whole).status()).isEqualTo(200);
        assertThat(lab.provider().received()).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void beforeTheFirstByteAndTheProviderIsCancelled(String path, boolean reset) {
        for (boolean stream : new boolean[] {true, false}) {
            Leaving.beforeTheAnswer(lab, Lab.post(path, Lab.body(path, stream)), reset);
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void inTheMiddleOfTheStreamAndPaysForWhatItGot(String path, boolean reset) throws Exception {
        String events = new String(Lab.stream(path).upstream(), StandardCharsets.UTF_8);
        int until = events.indexOf("\n\n", events.indexOf("Hello")) + 2;
        byte[] request = Lab.post(path, Lab.body(path, true));
        Leaving.inTheStream(lab, request, events.substring(0, until), "Hello", reset);
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void behindMorePipelinedBytesThanAreKeptAndTheProviderIsCancelled(String path) throws Exception {
        lab.provider().next(call -> call.stall());
        byte[] request = Lab.post(path, Lab.body(path, true));
        byte[] more = new byte[64 * 1024];
        AtomicLong sent = new AtomicLong();
        RawClient client = lab.client();
        client.send(request);
        Link link = lab.provider().take().link();
        Thread sending = new Thread(() -> {
            while (sent.get() < 24 * 1024 * 1024 && client.offer(more)) { // more than the sockets' buffers take
                sent.addAndGet(more.length);
            }
        });
        sending.start();
        Await.until("more to be pipelined than is kept", () -> sent.get() > 512 * 1024);
        long left = System.nanoTime();
        client.close();
        sending.join();
        Leaving.assertCancelled(link, left);
        assertThat(lab.lastRow().outcome()).isEqualTo(Outcome.LEFT);
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void aClientThatPipelinesMoreThanIsKeptGetsItsAnswerAndThenTheEnd(String path) {
        byte[] request = Lab.post(path, Lab.body(path, false));
        byte[] next = Lab.post(path, Lab.body(path, false), "X: " + "x".repeat(10_000));
        byte[] plain = Lab.plain(path).upstream();
        CountDownLatch gate = new CountDownLatch(1);
        lab.provider().next(call -> call.pause(gate).send(Answer.json(200, plain)));
        try (RawClient client = lab.client()) {
            client.send(request);
            for (int i = 0; i < 10; i++) {
                client.send(next);
            }
            client.send(new byte[8 * 1024 * 1024]); // returns when enough of it has been read
            gate.countDown();
            Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.header("connection")).isEqualTo("close");
            assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
            assertThat(client.ended()).isTrue();
        }
        assertThat(lab.provider().received()).hasSize(1);
    }

    @Test
    void aClientThatPipelinesLessIsServedInTurn() {
        byte[] plain = Golden.of("openai", "plain").upstream();
        byte[] request = Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false), "X: " + "x".repeat(10_000));
        CountDownLatch gate = new CountDownLatch(1);
        lab.provider()
                .next(call -> call.pause(gate).send(Answer.json(200, plain)))
                .next(call -> call.send(Answer.json(200, plain)));
        try (RawClient client = lab.client()) {
            client.send(request);
            lab.provider().take();
            client.send(request).send(request);
            lab.provider().next(call -> call.send(Answer.json(200, plain)));
            gate.countDown();
            for (int i = 0; i < 3; i++) {
                assertThat(client.read().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void hundredsAtOnceAndNothingIsLeftBehind() {
        String begin = "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n";
        Leaving.many(lab, 300, Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)), begin);
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void aReaderThatDoesNotReadStopsTheProvider(String path) throws Exception {
        String text = "x".repeat(4_000);
        int events = 8_000; // 32 MB
        String golden = new String(Lab.stream(path).upstream(), StandardCharsets.UTF_8);
        int middle = golden.indexOf(
                path.endsWith("messages")
                        ? "event: content_block_stop"
                        : path.endsWith("responses") ? "event: response.output_text.done" : "data: {\"id\"",
                10);
        String all = Leaving.notReading(
                        lab,
                        Lab.post(path, Lab.body(path, true)),
                        golden.substring(0, middle),
                        delta(path, text),
                        events,
                        golden.substring(middle))
                .text();
        int count = 0;
        for (int i = all.indexOf(text); i >= 0; i = all.indexOf(text, i + text.length())) {
            count++;
        }
        assertThat(count).isEqualTo(events);
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void aReaderThatTakesNothingForLongHasLeft(String path) {
        lab.close();
        lab = Lab.with(limits -> limits.idle(Duration.ofMillis(300)));
        lab.provider().next(call -> endless(path, call));
        try (RawClient client = new RawClient(lab.origin(), 8 * 1024)) {
            client.send(Lab.post(path, Lab.body(path, true)));
            Reply head = client.readHead();
            Link link = lab.provider().take().link();
            Await.until("the provider's connection to end", () -> link.closedNanos() != 0);
            LedgerEntry end = lab.end(head.id());
            assertThat(end.kind()).isEqualTo(EntryKind.SETTLEMENT);
            assertThat(end.estimated()).isTrue();
            assertThat(lab.row(head.id()).outcome()).isEqualTo(Outcome.LEFT);
            assertThat(client.readBody(head).end()).isIn(RawClient.End.TRUNCATED, RawClient.End.RESET);
        }
    }

    @Test
    void aReaderThatTakesALittleNowAndThenHasNotLeft() throws Exception {
        lab.close();
        lab = Lab.with(limits -> limits.idle(Duration.ofSeconds(4)).keepalive(Duration.ofMillis(250)));
        lab.provider().next(call -> endless(Lab.CHAT, call)).next(Call::stall);
        try (RawClient client = new RawClient(lab.origin(), 8 * 1024);
                RawClient clock = lab.client()) {
            client.send(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
            Reply head = client.readHead();
            clock.send(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
            clock.readHead();
            for (int tick = 0; tick < 30; tick++) { // 7.5 s of keep-alives, nearly twice the limit
                clock.readChunk();
                for (int i = 0; i < 300; i++) { // 1.2 MB: a socket tells that it has room when a third of it is free
                    assertThat(client.readChunk()).isNotEmpty();
                }
            }
            assertThat(lab.entries(head.id())).hasSize(1); // its hold
        }
    }

    private static void endless(String path, Call call) throws Exception {
        String events = new String(Lab.stream(path).upstream(), StandardCharsets.UTF_8);
        call.send(Answer.streamHead())
                .send(Answer.chunk(events.substring(0, events.indexOf("\n\n", events.indexOf("Hello")) + 2)));
        byte[] event = delta(path, "x".repeat(4_000));
        while (true) {
            call.send(event);
        }
    }

    private static byte[] delta(String path, String text) {
        return Answer.chunk(
                path.endsWith("messages")
                        ? "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\""
                                + text + "\"}}\n\n"
                        : path.endsWith("responses")
                                ? "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\""
                                        + text + "\"}\n\n"
                                : "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + text + "\"}}]}\n\n");
    }

    @Test
    void anAnswerThatIsNotReadCountsAmongTheBodiesInMemory() {
        lab.close();
        lab = Lab.with(limits -> limits.bodies(24 * 1024 * 1024).body(1024 * 1024));
        lab.provider().always(call -> call.send(largeAnswer()));
        byte[] request = Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false));
        try (RawClient client = new RawClient(lab.origin(), 8 * 1024)) {
            assertThat(client.send(request).readHead().status()).isEqualTo(200);
            Reply refused = lab.ask(request);
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.text()).contains("gateway busy").contains("limits.bodies");
        }
        Await.until("room again", () -> lab.ask(request).status() == 200);
    }

    @Test
    void aSlowReaderGetsTheWholeAnswerThoughTheConnectionEndsBehindIt() throws Exception {
        lab.provider().next(call -> call.send(largeAnswer()));
        try (RawClient client = new RawClient(lab.origin(), 8 * 1024)) {
            client.send(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false), "Connection: close"));
            Reply head = client.readHead();
            TimeUnit.MILLISECONDS.sleep(6_000); // longer than an answered connection lingers
            Reply reply = client.readBody(head);
            assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
            assertThat(lab.end(head.id()).kind()).isEqualTo(EntryKind.SETTLEMENT);
        }
    }

    private static byte[] largeAnswer() {
        return Answer.json(
                200,
                "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""
                        + "slow ".repeat(3_000_000)
                        + "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1,"
                        + "\"total_tokens\":4}}");
    }
}
