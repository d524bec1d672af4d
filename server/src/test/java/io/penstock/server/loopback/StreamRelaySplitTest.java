package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.UsageCounter;
import io.penstock.provider.Masks;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.relay.JsonProbe;
import io.penstock.server.relay.RelayListener;
import io.penstock.server.relay.RelayResources;
import io.penstock.server.relay.RelayTask;
import io.penstock.server.relay.StreamRelay;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Golden;
import io.penstock.server.wire.MemoryBudget;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The relay alone, without sockets: however a golden stream is cut, the client gets the same bytes and the ledger the same usage. */
class StreamRelaySplitTest {
    private static final long LIMIT = 512_000;
    private static final int RANDOM_ROUNDS = 200;

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
    private final MemoryBudget inMemory = new MemoryBudget(Long.MAX_VALUE);
    private final MemoryBudget heap = new MemoryBudget(Long.MAX_VALUE);
    private final JsonProbe probe = new JsonProbe();

    static java.util.stream.Stream<Golden> streams() {
        return Golden.streams();
    }

    @AfterEach
    void everyBufferIsReleased() {
        assertThat(allocator.metric().usedDirectMemory()).isZero();
        assertThat(inMemory.taken()).isZero();
        assertThat(heap.taken()).isZero();
    }

    @ParameterizedTest
    @MethodSource("streams")
    void everyCutOfTheBytesReadGivesTheSame(Golden golden) {
        byte[] framed = Answer.join(Answer.chunks(golden.upstream(), golden.upstream().length), Answer.lastChunk());
        for (int cut = 0; cut <= framed.length; cut++) {
            check(golden, framed, "read cut at " + cut, cut);
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void everyCutIntoTwoChunksGivesTheSame(Golden golden) {
        byte[] bytes = golden.upstream();
        for (int cut = 1; cut < bytes.length; cut++) {
            byte[] framed = Answer.join(
                    Answer.chunk(Arrays.copyOf(bytes, cut)),
                    Answer.chunk(Arrays.copyOfRange(bytes, cut, bytes.length)),
                    Answer.lastChunk());
            check(golden, framed, "chunk cut at " + cut);
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void everyCutIntoTwoChunksThatComeOneByOneGivesTheSame(Golden golden) {
        byte[] bytes = golden.upstream();
        for (int cut = 1; cut < bytes.length; cut++) {
            byte[] first = Answer.chunk(Arrays.copyOf(bytes, cut));
            byte[] framed =
                    Answer.join(first, Answer.chunk(Arrays.copyOfRange(bytes, cut, bytes.length)), Answer.lastChunk());
            check(golden, framed, "chunk and read cut at " + cut, first.length);
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void everyChunkSizeGivesTheSame(Golden golden) {
        for (int size = 1; size <= Math.min(300, golden.upstream().length); size++) {
            byte[] framed = Answer.join(Answer.chunks(golden.upstream(), size), Answer.lastChunk());
            check(golden, framed, "chunks of " + size);
            int[] each = new int[framed.length];
            Arrays.setAll(each, i -> i);
            if (size < 8 || size % 50 == 0) {
                check(golden, framed, "chunks of " + size + ", byte by byte", each);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void randomCutsOfBothKindsGiveTheSame(Golden golden) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < RANDOM_ROUNDS; round++) {
            ByteArrayOutputStream framed = new ByteArrayOutputStream();
            byte[] bytes = golden.upstream();
            for (int i = 0; i < bytes.length; ) {
                int size = Math.min(bytes.length - i, 1 + random.nextInt(random.nextBoolean() ? 20 : 600));
                framed.writeBytes(Answer.chunk(Arrays.copyOfRange(bytes, i, i + size)));
                i += size;
            }
            framed.writeBytes(Answer.lastChunk());
            int[] cuts =
                    random.ints(random.nextInt(30), 0, framed.size()).sorted().toArray();
            check(golden, framed.toByteArray(), "seed " + seed + " round " + round, cuts);
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void otherFramingsGiveTheSame(Golden golden) {
        byte[] bytes = golden.upstream();
        for (int cut = 0; cut < bytes.length; cut++) {
            BodyFraming byLength = new BodyFraming();
            byLength.beginLength(bytes.length);
            check(golden, run(golden, byLength, true, bytes, cut), "by length, cut at " + cut);
            BodyFraming untilClose = new BodyFraming();
            untilClose.beginUntilClose();
            check(golden, run(golden, untilClose, true, bytes, cut), "until close, cut at " + cut);
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void aClientWithoutChunksGetsTheSame(Golden golden) {
        byte[] framed = Answer.join(Answer.chunks(golden.upstream(), 100), Answer.lastChunk());
        for (int cut = 0; cut <= framed.length; cut++) {
            check(golden, run(golden, chunked(), false, framed, cut), "cut at " + cut);
        }
    }

    private void check(Golden golden, byte[] framed, String how, int... cuts) {
        check(golden, run(golden, chunked(), true, framed, cuts), how);
    }

    private static void check(Golden golden, Recorder heard, String how) {
        if (heard.failure != null
                || heard.begins != 1
                || heard.completes != 1
                || !heard.delivered
                || !Arrays.equals(heard.payload, golden.client())
                || heard.usage.reported() != (golden.usage() != null)
                || golden.usage() != null && !heard.usage.usage().equals(golden.usage())) {
            assertThat(heard.failure).as("%s: failure", how).isNull();
            assertThat(heard.begins).as("%s: begins", how).isEqualTo(1);
            assertThat(heard.completes).as("%s: completes", how).isEqualTo(1);
            assertThat(heard.delivered).as("%s: delivered", how).isTrue();
            assertThat(new String(heard.payload, StandardCharsets.UTF_8))
                    .as("%s: bytes", how)
                    .isEqualTo(new String(golden.client(), StandardCharsets.UTF_8));
            assertThat(heard.usage.usage()).as("%s: usage", how).isEqualTo(golden.usage());
            throw new AssertionError(how);
        }
    }

    private static BodyFraming chunked() {
        BodyFraming framing = new BodyFraming();
        framing.beginChunked();
        return framing;
    }

    private Recorder run(Golden golden, BodyFraming framing, boolean clientChunked, byte[] framed, int... cuts) {
        Recorder heard = new Recorder();
        UsageCounter usage = new UsageCounter(LIMIT);
        heard.usage = usage;
        try (StreamRelay relay = new StreamRelay(
                heard,
                framing,
                usage,
                new ScriptCounter(),
                new RelayTask(
                        golden.protocol(),
                        golden.openai() && !golden.requestText().contains("include_usage"),
                        clientChunked,
                        null,
                        Masks.NONE,
                        null),
                new RelayResources(allocator, probe, inMemory, heap))) {
            int from = 0;
            for (int cut : cuts) {
                feed(relay, framed, from, cut);
                from = Math.max(from, cut);
            }
            feed(relay, framed, from, framed.length);
            if (!framing.done()) {
                relay.onClose();
            }
            if (heard.completes > 0) {
                heard.relayed(relay.releaseEnd());
            }
            heard.delivered = relay.delivered();
        }
        heard.payload = clientChunked ? unframed(heard.out.toByteArray()) : heard.out.toByteArray();
        return heard;
    }

    private void feed(StreamRelay relay, byte[] framed, int from, int to) {
        if (to > from) {
            relay.onBytes(allocator.directBuffer(to - from).writeBytes(framed, from, to - from));
        }
    }

    /** The payload of a chunked body; fails unless it ends exactly with its last chunk. */
    private static byte[] unframed(byte[] body) {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        int i = 0;
        while (true) {
            int line = i;
            while (body[i] != '\r') {
                i++;
            }
            int size = Integer.parseInt(new String(body, line, i - line, StandardCharsets.US_ASCII), 16);
            i += 2;
            payload.write(body, i, size);
            i += size;
            if (body[i] != '\r' || body[i + 1] != '\n') {
                throw new AssertionError("a chunk that does not end at its size");
            }
            i += 2;
            if (size == 0) {
                if (i != body.length) {
                    throw new AssertionError("bytes behind the last chunk");
                }
                return payload.toByteArray();
            }
        }
    }

    private static final class Recorder implements RelayListener {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private byte[] payload = {};
        private UsageCounter usage = new UsageCounter(1);
        private int begins;
        private int completes;
        private boolean delivered;
        private String failure;

        @Override
        public void answerBegins() {
            begins++;
        }

        @Override
        public void relayed(ByteBuf bytes) {
            if (begins == 0) {
                failure = "bytes before the answer began";
            }
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
}
