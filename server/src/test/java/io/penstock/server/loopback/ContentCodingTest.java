package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.FreshLab;
import io.penstock.server.testkit.Golden;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.store.EntryKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a provider packs although it was asked not to. */
class ContentCodingTest extends FreshLab {
    private interface Packing {
        OutputStream on(OutputStream out) throws IOException;
    }

    private static byte[] packed(String coding, byte[] plain) {
        Packing packing = switch (coding) {
            case "gzip", "x-gzip", "GZip" -> GZIPOutputStream::new;
            case "deflate" -> DeflaterOutputStream::new;
            case "br" -> Stored::new;
            default -> out -> new DeflaterOutputStream(out, new Deflater(9, true));
        };
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream in = packing.on(out)) {
            in.write(plain);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return out.toByteArray();
    }

    /** Brotli that packs nothing: parts of 64 KiB as they are (RFC 7932 section 9). */
    private static final class Stored extends OutputStream {
        private static final int PART_BYTES = 1 << 16;

        private final OutputStream out;
        private final ByteArrayOutputStream all = new ByteArrayOutputStream();

        Stored(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) {
            all.write(b);
        }

        @Override
        public void close() throws IOException {
            byte[] bytes = all.toByteArray();
            for (int from = 0; from < bytes.length; from += PART_BYTES) {
                int size = Math.min(PART_BYTES, bytes.length - from);
                int head = (size - 1) << 3 | 1 << 19; // not the last, four nibbles of length, stored
                head = from == 0 ? head << 1 : head; // behind one bit: a window of 64 KiB
                out.write(new byte[] {(byte) head, (byte) (head >> 8), (byte) (head >> 16)});
                out.write(bytes, from, size);
            }
            out.write(3); // the last one, and it is empty
        }
    }

    private static String named(String coding) {
        return "Content-Encoding: " + (coding.equals("bare") ? "deflate" : coding);
    }

    static Stream<Arguments> codings() {
        return Stream.of("gzip", "x-gzip", "GZip", "deflate", "bare", "br")
                .flatMap(coding -> Lab.FACES.stream().map(path -> Arguments.of(coding, path)));
    }

    private Reply ask(String path, boolean stream) {
        return lab.ask(Lab.post(path, Lab.body(path, stream)));
    }

    /** What it costs, and the answer without its ids. */
    private String told(Reply reply) {
        return reply.status() + " " + reply.text().replace(reply.id(), "ID").replaceAll("\"created[_at]*\":[0-9]+", "");
    }

    @ParameterizedTest
    @MethodSource("codings")
    void aPackedAnswerIsTheAnswerThatWasPacked(String coding, String path) {
        byte[] plain = Lab.plain(path).upstream();
        lab.provider().next(call -> call.send(Answer.json(200, plain)));
        lab.provider().next(call -> call.send(Answer.json(200, packed(coding, plain), named(coding))));
        Reply asIs = ask(path, false);
        Reply unpacked = ask(path, false);
        assertThat(told(unpacked)).isEqualTo(told(asIs));
        assertThat(unpacked.header("content-encoding")).isNull();
        assertThat(lab.end(unpacked.id()).amountNanos())
                .isEqualTo(lab.end(asIs.id()).amountNanos());
        assertThat(lab.provider().links()).as("one connection for all").hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("codings")
    void aPackedStreamIsTheStreamThatWasPacked(String coding, String path) {
        Golden golden = Lab.stream(path);
        lab.provider().next(call -> call.send(Answer.stream(golden.upstream())));
        Reply asIs = ask(path, true);
        byte[] packed = packed(coding, golden.upstream());
        for (int size : new int[] {1, 2, 7, 100, packed.length}) {
            lab.provider().next(call -> call.send(Answer.stream(packed, size, named(coding))));
            Reply unpacked = ask(path, true);
            assertThat(told(unpacked)).as("chunks of %d", size).isEqualTo(told(asIs));
            assertThat(lab.end(unpacked.id()).amountNanos())
                    .isEqualTo(lab.end(asIs.id()).amountNanos());
        }
        lab.provider()
                .next(call -> call.send(Answer.head(200, "text/event-stream", named(coding), "Connection: close"))
                        .send(packed)
                        .close());
        assertThat(told(ask(path, true))).as("up to the end of the connection").isEqualTo(told(asIs));
    }

    @Test
    void aPackedRefusalIsRead() {
        byte[] body = "{\"error\":{\"message\":\"temperature: too hot\",\"type\":\"invalid_request_error\"}}"
                .getBytes(StandardCharsets.UTF_8);
        lab.provider().next(call -> call.send(Answer.json(400, packed("gzip", body), named("gzip"))));
        Reply reply = ask(Lab.CHAT, false);
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.text()).contains("temperature: too hot");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate", "bare"})
    void anEventPassesAtOnce(String coding) throws IOException {
        String first = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"first\"}}]}\n\n";
        String last =
                "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"last\"},\"finish_reason\":"
                        + "\"stop\"}]}\n\ndata: [DONE]\n\n";
        CountDownLatch gate = new CountDownLatch(1);
        lab.provider().next(call -> {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            OutputStream packing = switch (coding) {
                case "gzip" -> new GZIPOutputStream(out, true);
                case "deflate" -> new DeflaterOutputStream(out, true);
                default -> new DeflaterOutputStream(out, new Deflater(9, true), true);
            };
            packing.write(first.getBytes(StandardCharsets.UTF_8));
            packing.flush();
            call.send(Answer.streamHead(named(coding))).send(Answer.chunk(out.toByteArray()));
            out.reset();
            call.pause(gate);
            packing.write(last.getBytes(StandardCharsets.UTF_8));
            packing.close();
            call.send(Answer.chunk(out.toByteArray())).send(Answer.lastChunk());
        });
        try (RawClient client = lab.client()) {
            client.send(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
            client.readHead();
            assertThat(new String(client.readChunk(), StandardCharsets.UTF_8)).isEqualTo(first);
            gate.countDown();
            assertThat(new String(client.readChunk(), StandardCharsets.UTF_8)).contains("last");
        }
    }

    @Test
    void theHeadOfGzipMayHaveAllItsPartsAndTheBodySeveralMembers() throws IOException {
        byte[] plain = Lab.plain(Lab.CHAT).upstream();
        int half = plain.length / 2;
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : List.of(Arrays.copyOf(plain, half), Arrays.copyOfRange(plain, half, plain.length))) {
            all.write(new byte[] {0x1F, (byte) 0x8B, 8, 0x1F, 1, 2, 3, 4, 0, 3}); // all flags
            all.write(new byte[] {3, 0, 'a', 0, 'b'});
            all.writeBytes("name.json\0a comment\0".getBytes(StandardCharsets.ISO_8859_1));
            all.write(new byte[] {9, 9});
            all.write(packed("bare", part));
            CRC32 crc = new CRC32();
            crc.update(part);
            for (long number : new long[] {crc.getValue(), part.length}) {
                for (int i = 0; i < 4; i++) {
                    all.write((int) (number >> (8 * i)));
                }
            }
        }
        for (int size : new int[] {1, 3, 10_000}) {
            lab.provider()
                    .next(call -> call.send(Answer.head(
                                    200, "application/json", "Transfer-Encoding: chunked", "Content-Encoding: gzip"))
                            .send(Answer.chunks(all.toByteArray(), size))
                            .send(Answer.lastChunk()));
            assertThat(ask(Lab.CHAT, false).text()).isEqualTo(new String(plain, StandardCharsets.UTF_8));
        }
    }

    @Test
    void brotliThatPacksIsUnpacked() {
        byte[] packed = Base64.getDecoder().decode(BROTLI_ANSWER);
        for (int size : new int[] {1, 7, packed.length}) {
            lab.provider()
                    .next(call -> call.send(Answer.head(
                                    200, "application/json", "Transfer-Encoding: chunked", "Content-Encoding: br"))
                            .send(Answer.chunks(packed, size))
                            .send(Answer.lastChunk()));
            Reply reply = ask(Lab.CHAT, false);
            assertThat(reply.text())
                    .hasSize(696) // of which one letter is two bytes' escape, and one a pair of surrogates
                    .contains("the quick brown fox jumps over the lazy dog, and then again the other way round. "
                            .repeat(6))
                    .endsWith("\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7,\"total_tokens\":18}}");
            assertThat(lab.end(reply.id()).amountNanos()).isPositive();
        }
    }

    @Test
    void moreBrotliThanIsHeldIsRefused() {
        byte[] plain = new byte[5 * 1024 * 1024];
        Arrays.fill(plain, (byte) ' ');
        lab.provider().next(call -> call.send(Answer.json(200, packed("br", plain), named("br"))));
        Reply reply = ask(Lab.CHAT, false);
        assertThat(reply.status()).isEqualTo(502);
        assertThat(reply.text()).contains("a body of more than 4194304 bytes packed by brotli");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBombOfBrotliIsRefusedAndHoldsNoMemory(boolean stream) {
        byte[] bomb = Base64.getDecoder().decode(BROTLI_BOMB);
        byte[] answer = stream ? Answer.stream(bomb, named("br")) : Answer.json(200, bomb, named("br"));
        lab.provider().next(call -> call.send(answer));
        Reply reply = ask(Lab.CHAT, stream);
        assertThat(reply.status()).isEqualTo(502);
        assertThat(reply.text()).contains("unpacks to more than 200 times its size");
    }

    /** An answer of chat as zlib.brotliCompressSync of Node packs it. */
    private static final String BROTLI_ANSWER =
            "G7kCYByHsfMkLJQ3iiYsOQgC25bq7zKaIHVxbyvMT3it01fG0nKXaSDW1X4H5W3/9ltYkkmEzQPG7JqTsVmh/nAtubwuihhEjE3nceTB/CMEzElQ"
                    + "JjLrwv6EJqHFcYEIRAk2hMRAMOa8pFFJvJ52uwCqT+IYlzo4DxF32RuV2t5omFdtC46+jv6TxkFX1M0avK6J8yeJ1NO8OFFQSG/lSCyOs/"
                    + "dj1/SzF81xgq7T88g3Q8LthYOFahY=";

    /** 64 MiB of zeros. */
    private static final String BROTLI_BOMB =
            "y///PwAkAOKxQHLv//j//weABEAcFoDu/R////8AkACIwwLQvf/j//8fABIAcVgAuvd//P//A0ACIA4LQPf+j///fwBIAMRhAeje//H//w8ACYA4"
                    + "LADd+7/8//8DIAEQhwWge/8H";

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate", "bare", "br"})
    void aPackedAnswerThatIsCutIsNoAnswer(String coding) {
        byte[] whole = packed(coding, Lab.plain(Lab.CHAT).upstream());
        for (int length : new int[] {1, 2, 5, 10, 11, whole.length / 2, whole.length - 9, whole.length - 1}) {
            byte[] cut = Arrays.copyOf(whole, length);
            lab.provider().next(call -> call.send(Answer.json(200, cut, named(coding))));
            Reply reply = ask(Lab.CHAT, false);
            assertThat(reply.status()).as("%d of %d", length, whole.length).isEqualTo(502);
            assertThat(reply.text()).contains("a packed body that is");
            assertThat(lab.end(reply.id()).kind()).isEqualTo(EntryKind.RELEASE);
        }
    }

    @Test
    void aPackedAnswerThatIsDamagedIsNeverTakenForAnother() {
        byte[] plain = Lab.plain(Lab.CHAT).upstream();
        byte[] whole = packed("gzip", plain);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 60; i++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            lab.provider().next(call -> call.send(Answer.json(200, damaged, named("gzip"))));
            Reply reply = ask(Lab.CHAT, false);
            if (reply.status() == 200) { // a flag of the head, or the time
                assertThat(reply.text()).as("seed %d", seed).isEqualTo(new String(plain, StandardCharsets.UTF_8));
            } else {
                assertThat(reply.status()).as("seed %d", seed).isEqualTo(502);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"gzip, false", "gzip, true", "deflate, false", "bare, true"})
    void aBombIsRefusedAndHoldsNoMemory(String coding, boolean stream) {
        byte[] bomb = packed(coding, new byte[256 * 1024 * 1024]);
        byte[] answer = stream ? Answer.stream(bomb, named(coding)) : Answer.json(200, bomb, named(coding));
        lab.provider().next(call -> call.send(answer));
        Reply reply = ask(Lab.CHAT, stream);
        assertThat(reply.status()).isEqualTo(502);
        assertThat(reply.text()).contains("unpacks to more than 200 times its size");
    }

    @Test
    void whatAnAnswerUnpacksToCountsAgainstItsBound() {
        lab.close();
        lab = Lab.with(limits -> limits.response(64 * 1024));
        byte[] bytes = new byte[60_000];
        new Random(1).nextBytes(bytes);
        String text = Base64.getEncoder().encodeToString(bytes);
        byte[] body = ("{\"id\":\"" + text + "\"}").getBytes(StandardCharsets.UTF_8);
        assertThat(packed("gzip", body)).hasSizeLessThan(64 * 1024);
        lab.provider().next(call -> call.send(Answer.json(200, packed("gzip", body), named("gzip"))));
        Reply reply = ask(Lab.CHAT, false);
        assertThat(reply.status()).isEqualTo(502);
    }

    @ParameterizedTest
    @CsvSource({"gzip, 60000", "br, 40000"})
    void aSlowClientHoldsUpThePackedStreamAndGetsAllOfIt(String coding, int count) {
        StringBuilder events = new StringBuilder();
        for (int i = 0; i < count; i++) {
            events.append("data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word ")
                    .append(i * 7919L)
                    .append("\"}}]}\n\n");
        }
        String stop = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
        String last = stop.concat("data: [DONE]\n\n");
        byte[] packed = packed(coding, (events + last).getBytes(StandardCharsets.UTF_8));
        lab.provider().next(call -> call.send(Answer.stream(packed, 4_096, named(coding))));
        try (RawClient client = lab.client()) {
            client.send(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
            Await.until("the answer begins", () -> lab.provider().received().size() == 1);
            Reply reply = client.read();
            assertThat(reply.text()).isEqualTo(events + last);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"zstd", "compress", "gzip, gzip", "nonsense"})
    void aCodingThatCannotBeReadIsTheProvidersFaultAndSaidSo(String coding) {
        lab.provider().next(call -> call.send(Answer.json(200, "{}", "Content-Encoding: " + coding)));
        Reply reply = ask(Lab.CHAT, false);
        assertThat(reply.status()).isEqualTo(502);
        assertThat(reply.text()).contains("a content encoding that was not asked for");
    }
}
