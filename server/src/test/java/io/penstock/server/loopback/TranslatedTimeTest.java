package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.Protocol;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.AnswerScript;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.ClientView;
import io.penstock.server.testkit.Crossing;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.store.EntryKind;
import io.penstock.store.LedgerEntry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Silence, clients that leave and clients that do not read, where the provider speaks another protocol. */
@Execution(ExecutionMode.CONCURRENT)
class TranslatedTimeTest {
    private static final Duration SHORT = Duration.ofMillis(100);

    private static final AnswerScript HELLO = AnswerScript.text("Hello, world!");

    private Lab lab = null;

    @AfterEach
    void stop() {
        if (lab != null) {
            lab.closeEmpty();
        }
    }

    static Stream<Crossing> crossings() {
        return Crossing.all();
    }

    static Stream<Arguments> ways() {
        return Crossing.all().flatMap(one -> Stream.of(true, false).map(reset -> Arguments.of(one, reset)));
    }

    /** Without OpenRouter's dialect, for what is about the relay alone. */
    static Stream<Crossing> protocols() {
        return Crossing.all().filter(crossing -> !crossing.path().startsWith("/api"));
    }

    /** The stream up to its first words, and the rest. */
    private static String[] halves(Crossing crossing) {
        List<String> events = HELLO.events(crossing.spoken());
        int first = 0;
        while (!events.get(first++).contains("\"Hel\"")) {
            // up to the first words
        }
        return new String[] {
            String.join("", events.subList(0, first)), String.join("", events.subList(first, events.size()))
        };
    }

    // ---- silence

    @ParameterizedTest
    @MethodSource("crossings")
    void pitfall18_silenceIsCoveredByWhatTheClientsProtocolHasForIt(Crossing crossing) throws Exception {
        String alive = ClientView.protocol(crossing.path()) == Protocol.ANTHROPIC
                ? "event: ping\ndata: {\"type\": \"ping\"}\n\n"
                : crossing.path().startsWith("/openai") ? ": keep-alive\n\n" : ": OPENROUTER PROCESSING\n\n";
        silence(crossing, Lab.KEY, alive);
    }

    static Stream<Crossing> chats() {
        return Crossing.all().filter(one -> ClientView.protocol(one.path()) == Protocol.OPENAI);
    }

    @ParameterizedTest
    @MethodSource("chats")
    void pitfall18_aKeyMayAskForKeepalivesThatAreDataOfTheSameAnswer(Crossing crossing) throws Exception {
        silence(crossing, Lab.DATA_KEY, "\"delta\":{},\"finish_reason\":null}]}\n\n");
    }

    private void silence(Crossing crossing, String key, String alive) throws Exception {
        lab = Lab.with(limits -> limits.keepalive(SHORT));
        CountDownLatch head = new CountDownLatch(1);
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch second = new CountDownLatch(1);
        String[] halves = halves(crossing);
        lab.provider()
                .next(call -> call.pause(head)
                        .send(Answer.streamHead())
                        .pause(first)
                        .send(Answer.chunk(halves[0]))
                        .pause(second)
                        .send(Answer.chunk(halves[1]))
                        .send(Answer.lastChunk()));
        String request = new String(crossing.request(true), StandardCharsets.UTF_8);
        try (RawClient client = lab.client()) {
            Reply begun = client.send(request.replace(Lab.KEY, key)).readHead();
            assertThat(begun.status()).isEqualTo(200);
            assertThat(begun.header("content-type")).startsWith("text/event-stream");
            assertThat(begun.header("x-penstock-model")).isEqualTo(crossing.model());
            StringBuilder got = new StringBuilder();
            client.readUntil(got, alive, 1);
            head.countDown();
            client.readUntil(got, alive, 3);
            first.countDown();
            client.readUntil(got, "Hel", 1);
            client.readUntil(got, alive, 5);
            second.countDown();
            Reply rest = client.readBody(begun);
            assertThat(rest.end()).isEqualTo(RawClient.End.CLEAN);
            ClientView told = crossing.told(got + rest.text(), true);
            assertThat(told.said()).isEqualTo(HELLO.said());
            assertThat(lab.end(begun.id()).amountNanos()).isEqualTo(Lab.cost(HELLO.usage()));
        }
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void pitfall18_aFailureBehindAKeepaliveIsAnErrorEvent(Crossing crossing) {
        lab = Lab.with(limits -> limits.keepalive(SHORT));
        TimeTest.failsBehindAKeepalive(lab, crossing.request(true));
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void pitfall19_aProviderThatFallsSilentIsLeftAtIdle(Crossing crossing) {
        lab = Lab.with(limits -> limits.idle(SHORT));
        lab.provider()
                .next(call -> call.send(Answer.streamHead())
                        .send(Answer.chunk(halves(crossing)[0]))
                        .stall());
        Reply reply = lab.ask(crossing.request(true));
        assertThat(reply.end()).isEqualTo(RawClient.End.TRUNCATED);
        assertThat(reply.text()).contains("Hel").contains("request timeout");
        LedgerEntry end = lab.end(reply.id());
        assertThat(end.kind()).isEqualTo(EntryKind.SETTLEMENT);
        assertThat(end.estimated()).isTrue();
        Await.until("the provider to be left", () -> lab.provider().open() == 0);
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void theProvidersOwnSignsOfLifeReachTheClientAsItsProtocolHasThem(Crossing crossing) {
        lab = Lab.start();
        List<String> events = HELLO.events(crossing.spoken());
        String ping = crossing.spoken() == Protocol.ANTHROPIC ? AnswerScript.event("ping", "") : ": alive\n\n";
        byte[] all = (ping + String.join(ping, events)).getBytes(StandardCharsets.UTF_8);
        lab.provider().next(call -> call.send(Answer.stream(all, 100)));
        Reply reply = lab.ask(crossing.request(true));
        assertThat(crossing.told(reply.text(), true).said()).isEqualTo(HELLO.said());
        assertThat(reply.text().split("(?m)^(: (alive|ping)|event: ping)$", -1)).hasSizeGreaterThan(events.size() / 2);
    }

    // ---- clients that leave

    @ParameterizedTest
    @MethodSource("ways")
    void pitfall20_aClientThatLeavesEndsTheProvidersWorkAndPaysForWhatItGot(Crossing crossing, boolean reset)
            throws Exception {
        lab = Lab.start();
        Leaving.inTheStream(lab, crossing.request(true), halves(crossing)[0], "Hel", reset);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void pitfall20_aClientThatLeavesBeforeTheAnswerPaysNothing(Crossing crossing, boolean reset) {
        lab = Lab.start();
        for (boolean stream : new boolean[] {true, false}) {
            Leaving.beforeTheAnswer(lab, crossing.request(stream), reset);
        }
    }

    // ---- clients that do not read

    @ParameterizedTest
    @MethodSource("protocols")
    void pitfall22_aReaderThatDoesNotReadStopsTheProvider(Crossing crossing) throws Exception {
        lab = Lab.start();
        String words = "x".repeat(4_000);
        // a Responses client is told its answer again at the end: of that, comments make the mass
        boolean comments = ClientView.protocol(crossing.path()) == Protocol.RESPONSES;
        byte[] event = Answer.chunk(comments ? ": " + words + "\n\n" : delta(crossing, words));
        int events = 8_000; // 32 MB
        String[] halves = halves(crossing);
        Reply reply = Leaving.notReading(lab, crossing.request(true), halves[0], event, events, halves[1]);
        String said = "Hel" + (comments ? "" : words.repeat(events)) + "lo, world!";
        if (crossing.spoken() != Protocol.RESPONSES || comments) {
            assertThat(crossing.told(reply.text(), true).text().equals(said)).isTrue();
        }
    }

    private static String delta(Crossing crossing, String words) {
        return switch (crossing.spoken()) {
            case OPENAI -> AnswerScript.chatDelta("\"content\":" + AnswerScript.quoted(words));
            case ANTHROPIC ->
                AnswerScript.event(
                        "content_block_delta",
                        "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":" + AnswerScript.quoted(words) + "}");
            case RESPONSES ->
                AnswerScript.event(
                        "response.output_text.delta",
                        "\"item_id\":\"msg_0\",\"output_index\":0,\"content_index\":0,\"delta\":"
                                + AnswerScript.quoted(words));
        };
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void pitfall22_whatMustBeKeptOfAnAnswerHasABound(Crossing crossing) {
        lab = Lab.start();
        String words = "x".repeat(1024 * 1024);
        int tooMany = 17; // of which sixteen may be kept
        lab.provider().next(call -> {
            call.send(Answer.streamHead()).send(Answer.chunk(halves(crossing)[0]));
            for (int i = 0; i < tooMany; i++) {
                call.send(Answer.chunk(delta(crossing, words)));
            }
            call.send(Answer.chunk(halves(crossing)[1])).send(Answer.lastChunk());
        });
        Reply reply = lab.ask(crossing.request(true));
        if (ClientView.protocol(crossing.path()) == Protocol.RESPONSES) {
            assertThat(reply.end()).isIn(RawClient.End.TRUNCATED, RawClient.End.RESET);
            assertThat(reply.text()).contains("must be kept");
            assertThat(lab.end(reply.id()).estimated()).isTrue();
        } else {
            assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
            assertThat(crossing.told(reply.text(), true).text()).hasSize(13 + tooMany * words.length());
            lab.end(reply.id());
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void pitfall21_manyThatLeaveLeaveNothingBehind(Crossing crossing) {
        lab = Lab.start();
        Leaving.many(lab, 50, crossing.request(true), halves(crossing)[0]);
    }
}
