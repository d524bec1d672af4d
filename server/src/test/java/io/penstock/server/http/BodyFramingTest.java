package io.penstock.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies framed at random in every way that RFC 9112 has, cut anywhere; and framing that is none. */
class BodyFramingTest extends MadeAtRandom {
    private static final int ROUNDS = 2_000;
    private static final String NEXT = "HTTP/1.1 200 OK\r\n"; // what stands behind a body

    private final BodyFraming framing = new BodyFraming();

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The payload of what is shown in pieces; stops where the body ends or is malformed. */
    private byte[] payload(byte[] framed, int pieceMax) {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        for (int from = 0; from < framed.length && !framing.done() && framing.problem() == null; ) {
            int to = Math.min(framed.length, from + 1 + random.nextInt(pieceMax));
            from = read(framed, from, to, payload);
        }
        return payload.toByteArray();
    }

    /** Reads one piece, which lies somewhere in a buffer; how far the body has taken it. */
    private int read(byte[] framed, int from, int to, ByteArrayOutputStream payload) {
        int before = random.nextInt(4);
        ByteBuf in = Unpooled.buffer().writeZero(before).writeBytes(framed, from, to - from);
        int i = before;
        while (framing.next(in, i, in.writerIndex())) {
            assertThat(framing.payloadStart()).isBetween(i, framing.payloadEnd() - 1);
            for (int at = framing.payloadStart(); at < framing.payloadEnd(); at++) {
                payload.write(in.getByte(at));
            }
            if (framing.chunkWhole()) {
                String chunk = in.toString(
                        framing.chunkStart(), framing.chunkEnd() - framing.chunkStart(), StandardCharsets.ISO_8859_1);
                String size = chunk.substring(0, chunk.indexOf("\r\n"));
                assertThat(size).matches("[0-9a-fA-F]+");
                assertThat(chunk).endsWith("\r\n");
                assertThat(chunk.length() - size.length() - 4).isEqualTo(Integer.parseInt(size, 16));
                if (random.nextBoolean()) {
                    framing.skipChunkEnd();
                    i = framing.index();
                    continue;
                }
            }
            i = framing.payloadEnd();
        }
        int taken = framing.index() - before;
        in.release();
        return from + taken;
    }

    @Test
    void thePayloadOfChunksIsFoundHoweverTheyAreCut() {
        for (int round = 0; round < ROUNDS; round++) {
            byte[] body = new byte[random.nextInt(random.nextInt(10) == 0 ? 5_000 : 60)];
            random.nextBytes(body);
            ByteArrayOutputStream framed = new ByteArrayOutputStream();
            for (int i = 0; i < body.length; ) {
                int size = Math.min(body.length - i, 1 + random.nextInt(40));
                framed.writeBytes(ascii(any("", "0", "000") + any("%x", "%X").formatted(size)
                        + any("", "", ";a=b", " ; q=\"x\"", "\t") + "\r\n"));
                framed.write(body, i, size);
                framed.writeBytes(ascii("\r\n"));
                i += size;
            }
            framed.writeBytes(ascii(any("0", "0000") + any("", ";last") + "\r\n"));
            framed.writeBytes(ascii(any("", "", "X: y\r\n", "A: b\r\nC: d\r\n") + "\r\n"));
            int length = framed.size();
            framed.writeBytes(ascii(NEXT));

            framing.beginChunked();
            int pieceMax = any("1", "3", "50", "9999").length() == 4 ? 9_999 : 1 + random.nextInt(60);
            ByteArrayOutputStream payload = new ByteArrayOutputStream();
            int at = 0;
            while (!framing.done()) {
                assertThat(framing.problem()).isNull();
                at = read(framed.toByteArray(), at, Math.min(framed.size(), at + pieceMax), payload);
            }
            assertThat(payload.toByteArray()).isEqualTo(body);
            assertThat(at).as("nothing is taken of what comes behind").isEqualTo(length);
        }
    }

    @Test
    void aBodyByLengthEndsThereAndOneWithoutAtTheEndOfTheConnection() {
        byte[] body = ascii("x".repeat(100) + NEXT);
        framing.beginLength(100);
        assertThat(framing.untilClose()).isFalse();
        assertThat(payload(body, 7)).isEqualTo(Arrays.copyOf(body, 100));
        assertThat(framing.done()).isTrue();

        framing.beginLength(0);
        assertThat(framing.done()).isTrue();
        assertThat(payload(body, 7)).isEmpty();

        framing.beginUntilClose();
        assertThat(payload(body, 7)).isEqualTo(body);
        assertThat(framing.done()).isFalse();
        assertThat(framing.untilClose()).isTrue();
    }

    @Test
    void aLengthOfManyGibibytesIsCountedDown() {
        framing.beginLength(5L << 30);
        ByteBuf some = Unpooled.wrappedBuffer(new byte[1 << 20]);
        for (int i = 0; i < 5 << 10; i++) {
            assertThat(framing.done()).isFalse();
            assertThat(framing.next(some, 0, some.writerIndex())).isTrue();
            assertThat(framing.payloadEnd() - framing.payloadStart()).isEqualTo(1 << 20);
        }
        assertThat(framing.done()).isTrue();
        assertThat(framing.next(some, 0, some.writerIndex())).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "000000001~x | a chunk size of more than 8 digits",
                "123456789~ | a chunk size of more than 8 digits",
                "~ | a chunk size without digits",
                ";a~ | a chunk size without digits",
                "-1~ | a chunk size without digits",
                "0x5~hello~ | a byte in a chunk size that may not stand there",
                "5,~hello~ | a byte in a chunk size that may not stand there",
                "5é~hello~ | a byte in a chunk size that may not stand there",
                "5<LF>hello~ | a byte in a chunk size that may not stand there",
                "5<CR>x | a chunk size line that does not end with CRLF",
                "5;a<LF>hello~ | a chunk extension that is malformed or too long",
                "5;a<NUL>~hello~ | a chunk extension that is malformed or too long",
                "5;a<CR>b~hello~ | a chunk size line that does not end with CRLF",
                "80000000~ | a chunk of more than 2 GiB",
                "ffffffff~ | a chunk of more than 2 GiB",
                "5~hello! | a chunk longer than its size",
                "5~hello<LF> | a chunk longer than its size",
                "5~hello<CR>! | a chunk longer than its size",
                "0~X: y<LF><LF> | a trailer that is malformed or too long",
                "0~X: <NUL>~~ | a trailer that is malformed or too long",
                "0~X: y<CR>z~~ | a trailer line that does not end with CRLF",
                "0~<CR>x | a body that does not end with CRLF",
                "5~hello~0~<CR><CR> | a body that does not end with CRLF"
            })
    void whatIsMalformedIsToldWhereverItIsCutAndNothingBehindItIsTaken(String framed, String problem) {
        byte[] bytes = ascii(framed.replace("~", "\r\n")
                .replace("<LF>", "\n")
                .replace("<CR>", "\r")
                .replace("<NUL>", "\0"));
        for (int piece = 1; piece <= bytes.length; piece++) {
            framing.beginChunked();
            byte[] payload = payload(bytes, piece);
            assertThat(framing.problem()).as(framed).isEqualTo(problem);
            assertThat(framing.done()).isFalse();
            assertThat(new String(payload, StandardCharsets.ISO_8859_1)).isIn("", "hello");
            ByteBuf more = Unpooled.wrappedBuffer(ascii("5\r\nhello\r\n"));
            assertThat(framing.next(more, 0, more.writerIndex())).isFalse();
            assertThat(framing.index()).isZero();
        }
        framing.beginChunked();
        assertThat(payload(ascii("1\r\nx\r\n0\r\n\r\n"), 9)).as("begun anew").isEqualTo(ascii("x"));
        assertThat(framing.problem()).isNull();
        assertThat(framing.done()).isTrue();
    }

    /** Extensions and trailers of one body have one bound together. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void extensionsAndTrailersHaveABound(boolean tooMuch) {
        String extensions = ("1;" + "e".repeat(100) + "\r\nx\r\n").repeat(40);
        int left = 8 * 1024 - 40 * 100;
        byte[] framed = ascii(extensions + "0\r\n" + "T".repeat(left + (tooMuch ? 1 : 0)) + "\r\n\r\n");
        framing.beginChunked();
        byte[] payload = payload(framed, 500);
        assertThat(payload).isEqualTo(ascii("x".repeat(40)));
        assertThat(framing.done()).isEqualTo(!tooMuch);
        assertThat(framing.problem()).isEqualTo(tooMuch ? "a trailer that is malformed or too long" : null);
        framing.beginChunked();
        assertThat(payload(ascii("1;" + "e".repeat(8 * 1024 + 1) + "\r\n"), 500))
                .isEmpty();
        assertThat(framing.problem()).isEqualTo("a chunk extension that is malformed or too long");
    }
}
