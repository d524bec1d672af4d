package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.UsageCounter;
import io.penstock.provider.Masks;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.relay.RelayTask;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Golden;
import io.penstock.server.testkit.RelayTranscript;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The relay alone, without sockets: however a golden stream is cut, the client gets the same bytes and the ledger the same usage. */
class StreamRelaySplitTest extends RelayWithoutSockets {
    private static final int RANDOM_ROUNDS = 200;

    static java.util.stream.Stream<Golden> streams() {
        return Golden.streams();
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
            check(golden, byLength, true, "by length, cut at " + cut, bytes, cut);
            BodyFraming untilClose = new BodyFraming();
            untilClose.beginUntilClose();
            check(golden, untilClose, true, "until close, cut at " + cut, bytes, cut);
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void aClientWithoutChunksGetsTheSame(Golden golden) {
        byte[] framed = Answer.join(Answer.chunks(golden.upstream(), 100), Answer.lastChunk());
        for (int cut = 0; cut <= framed.length; cut++) {
            check(golden, chunked(), false, "cut at " + cut, framed, cut);
        }
    }

    private void check(Golden golden, byte[] framed, String how, int... cuts) {
        check(golden, chunked(), true, how, framed, cuts);
    }

    private static void check(Golden golden, Relayed answer, byte[] payload, String how) {
        RelayTranscript heard = answer.heard();
        UsageCounter usage = answer.usage();
        if (!heard.failures().isEmpty()
                || heard.noRooms() != 0
                || heard.begins() != 1
                || heard.completes() != 1
                || !answer.delivered()
                || !Arrays.equals(payload, golden.client())
                || usage.reported() != (golden.usage() != null)
                || golden.usage() != null && !usage.usage().equals(golden.usage())) {
            assertThat(heard.failures()).as("%s: failures", how).isEmpty();
            assertThat(heard.noRooms()).as("%s: no room", how).isZero();
            assertThat(heard.begins()).as("%s: begins", how).isEqualTo(1);
            assertThat(heard.completes()).as("%s: completes", how).isEqualTo(1);
            assertThat(answer.delivered()).as("%s: delivered", how).isTrue();
            assertThat(new String(payload, StandardCharsets.UTF_8))
                    .as("%s: bytes", how)
                    .isEqualTo(new String(golden.client(), StandardCharsets.UTF_8));
            assertThat(usage.usage()).as("%s: usage", how).isEqualTo(golden.usage());
            throw new AssertionError(how);
        }
    }

    private void check(
            Golden golden, BodyFraming framing, boolean clientChunked, String how, byte[] framed, int... cuts) {
        RelayTask task = new RelayTask(
                golden.protocol(),
                golden.openai() && !golden.requestText().contains("include_usage"),
                clientChunked,
                null,
                Masks.NONE,
                null);
        Relayed answer = relay(task, framing, framed, cuts);
        byte[] out = answer.heard().bytes();
        check(golden, answer, clientChunked ? unframed(out) : out, how);
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
}
