package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.Usage;
import io.penstock.protocol.UsageCounter;
import io.penstock.provider.Masks;
import io.penstock.server.attempt.Rewriters;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.relay.JsonProbe;
import io.penstock.server.relay.RelayListener;
import io.penstock.server.relay.RelayResources;
import io.penstock.server.relay.RelayTask;
import io.penstock.server.relay.StreamRelay;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.AnswerScript;
import io.penstock.server.testkit.ClientView;
import io.penstock.server.testkit.Crossing;
import io.penstock.server.testkit.Finish;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.Reply;
import io.penstock.server.testkit.TranscriptPart;
import io.penstock.server.wire.MemoryBudget;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** However a provider's stream is cut, also inside a character or a line's end: its translation is the same, and so is the usage. */
class TranslatedSplitTest {
    private static final Usage USAGE = new Usage(8, 11, 0, 0, 15, 6, false);
    private static final AnswerScript SPEECH = new AnswerScript(
            List.of(
                    TranscriptPart.thinking("Hm é", "c2ln"),
                    TranscriptPart.text("你 👋\"\n"),
                    TranscriptPart.call("call_1", "get", "{\"a\":\"👋\"}"),
                    TranscriptPart.call("call_2", "ping", "{}")),
            Finish.CALLS,
            USAGE);

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
    private final MemoryBudget inMemory = new MemoryBudget(Long.MAX_VALUE);
    private final MemoryBudget heap = new MemoryBudget(Long.MAX_VALUE);
    private final JsonProbe probe = new JsonProbe();

    static Stream<Arguments> streams() {
        return Crossing.all().flatMap(crossing -> Stream.of("\n", "\r\n").map(end -> Arguments.of(crossing, end)));
    }

    /** Without OpenRouter's dialect, which is given whole events. */
    static Stream<Crossing> protocols() {
        return Crossing.all().filter(crossing -> !crossing.path().startsWith("/api"));
    }

    static Stream<Crossing> crossings() {
        return Crossing.all();
    }

    @AfterEach
    void everyBufferIsReleased() {
        assertThat(allocator.metric().usedDirectMemory()).isZero();
        assertThat(inMemory.taken()).isZero();
        assertThat(heap.taken()).isZero();
    }

    private static byte[] upstream(Crossing crossing, String lineEnd) {
        String events = new String(SPEECH.stream(crossing.spoken()), StandardCharsets.UTF_8);
        return events.replace("\n", lineEnd).getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void pitfall17_everyCutOfTheBytesReadGivesTheSame(Crossing crossing) {
        byte[] bytes = upstream(crossing, "\n");
        byte[] framed = Answer.join(Answer.chunk(bytes), Answer.lastChunk());
        String whole = whole(crossing, framed);
        for (int cut = 1; cut < framed.length; cut++) {
            assertSame(run(crossing, framed, cut), whole, "read cut at " + cut);
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void pitfall17_everyCutIntoTwoChunksThatComeOneByOneGivesTheSame(Crossing crossing) {
        byte[] bytes = upstream(crossing, "\r\n");
        String whole = whole(crossing, Answer.join(Answer.chunk(bytes), Answer.lastChunk()));
        for (int cut = 1; cut < bytes.length; cut++) {
            byte[] first = Answer.chunk(Arrays.copyOf(bytes, cut));
            byte[] framed =
                    Answer.join(first, Answer.chunk(Arrays.copyOfRange(bytes, cut, bytes.length)), Answer.lastChunk());
            assertSame(run(crossing, framed, first.length), whole, "chunk and read cut at " + cut);
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void pitfall17_byteByByteGivesTheSame(Crossing crossing, String lineEnd) {
        byte[] bytes = upstream(crossing, lineEnd);
        String whole = whole(crossing, Answer.join(Answer.chunk(bytes), Answer.lastChunk()));
        for (int size : new int[] {1, 2, 3, 7}) {
            byte[] framed = Answer.join(Answer.chunks(bytes, size), Answer.lastChunk());
            int[] each = new int[framed.length];
            Arrays.setAll(each, i -> i);
            assertSame(run(crossing, framed, each), whole, "chunks of " + size + ", byte by byte");
        }
    }

    private String whole(Crossing crossing, byte[] framed) {
        Recorder heard = run(crossing, framed);
        assertThat(heard.failure).isNull();
        String text = heard.out.toString(StandardCharsets.UTF_8);
        ClientView told = crossing.told(text, true);
        assertThat(told.open())
                .isEqualTo(SPEECH.said().stream().map(TranscriptPart::open).toList());
        return text;
    }

    private static void assertSame(Recorder heard, String whole, String how) {
        assertThat(heard.failure).as(how).isNull();
        assertThat(heard.completes).as(how).isEqualTo(1);
        assertThat(heard.usage).as(how).isEqualTo(USAGE);
        assertThat(heard.out.toString(StandardCharsets.UTF_8)).as(how).isEqualTo(whole);
    }

    private Recorder run(Crossing crossing, byte[] framed, int... cuts) {
        Recorder heard = new Recorder();
        UsageCounter usage = new UsageCounter(512_000);
        BodyFraming framing = new BodyFraming();
        framing.beginChunked();
        Protocol client = ClientView.protocol(crossing.path());
        try (StreamRelay relay = new StreamRelay(
                heard,
                framing,
                usage,
                new ScriptCounter(),
                new RelayTask(
                        crossing.spoken(),
                        false,
                        false,
                        Rewriters.translating(
                                client, crossing.spoken(), crossing.path().startsWith("/api"), USAGE),
                        Masks.NONE,
                        null),
                new RelayResources(allocator, probe, inMemory, heap))) {
            int from = 0;
            for (int cut : cuts) {
                feed(relay, framed, from, cut);
                from = Math.max(from, cut);
            }
            feed(relay, framed, from, framed.length);
            if (heard.completes > 0) {
                heard.relayed(relay.releaseEnd());
            }
        }
        heard.usage = usage.usage();
        return heard;
    }

    private void feed(StreamRelay relay, byte[] framed, int from, int to) {
        if (to > from) {
            relay.onBytes(allocator.directBuffer(to - from).writeBytes(framed, from, to - from));
        }
    }

    private static final class Recorder implements RelayListener {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private Usage usage = new Usage(0, 0, 0, 0, 0, 0, true);
        private int completes;
        private String failure;

        @Override
        public void answerBegins() {}

        @Override
        public void relayed(ByteBuf bytes) {
            byte[] copy = new byte[bytes.readableBytes()];
            bytes.readBytes(copy);
            bytes.release();
            out.writeBytes(copy);
        }

        @Override
        public void answerComplete() {
            completes++;
        }

        @Override
        public void errorEvent(boolean begun, String type, String message) {
            failure = type + ": " + message;
        }

        @Override
        public void relayFailed(String why) {
            failure = why;
        }

        @Override
        public void tooLarge(String why) {
            failure = "too large: " + why;
        }

        @Override
        public void broken(Throwable bug) {
            failure = bug.toString();
        }

        @Override
        public void noRoom() {
            failure = "no room";
        }
    }

    // ---- the same on sockets

    @ParameterizedTest
    @MethodSource("crossings")
    void pitfall17_smallChunksInSmallPacketsAreToldAsOne(Crossing crossing) {
        try (Lab lab = Lab.start()) {
            AnswerScript speech = AnswerScript.rich();
            for (String lineEnd : List.of("\n", "\r\n")) {
                String events = new String(speech.stream(crossing.spoken()), StandardCharsets.UTF_8);
                byte[] bytes = events.replace("\n", lineEnd).getBytes(StandardCharsets.UTF_8);
                lab.provider().next(call -> call.pieces(Answer.stream(bytes, 29), 17));
                Reply reply = lab.ask(crossing.request(true));
                assertThat(crossing.told(reply.text(), true).open())
                        .isEqualTo(
                                speech.said().stream().map(TranscriptPart::open).toList());
                assertThat(lab.end(reply.id()).amountNanos()).isEqualTo(Lab.cost(speech.usage()));
            }
        }
    }
}
