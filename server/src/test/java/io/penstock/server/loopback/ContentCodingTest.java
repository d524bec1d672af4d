package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Golden;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.store.ledger.EntryKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a provider packs although it was asked not to. */
class ContentCodingTest {
    private Lab lab;

    @BeforeEach
    void start() {
        lab = Lab.start();
    }

    @AfterEach
    void stop() {
        assertThat(lab.bytesInMemory()).isZero();
        lab.close();
    }

    private interface Packing {
        OutputStream on(OutputStream out) throws IOException;
    }

    private static byte[] packed(String coding, byte[] plain) {
        Packing packing = switch (coding) {
            case "gzip", "x-gzip", "GZip" -> GZIPOutputStream::new;
            case "deflate" -> DeflaterOutputStream::new;
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

    private static String named(String coding) {
        return "Content-Encoding: " + (coding.equals("bare") ? "deflate" : coding);
    }

    static Stream<Arguments> codings() {
        return Stream.of("gzip", "x-gzip", "GZip", "deflate", "bare")
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

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate", "bare"})
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
        String text = java.util.Base64.getEncoder().encodeToString(bytes);
        byte[] body = ("{\"id\":\"" + text + "\"}").getBytes(StandardCharsets.UTF_8);
        assertThat(packed("gzip", body)).hasSizeLessThan(64 * 1024);
        lab.provider().next(call -> call.send(Answer.json(200, packed("gzip", body), named("gzip"))));
        Reply reply = ask(Lab.CHAT, false);
        assertThat(reply.status()).isEqualTo(502);
    }

    @Test
    void aSlowClientHoldsUpThePackedStreamAndGetsAllOfIt() {
        StringBuilder events = new StringBuilder();
        for (int i = 0; i < 60_000; i++) {
            events.append("data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word ")
                    .append(i * 7919L)
                    .append("\"}}]}\n\n");
        }
        String stop = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
        String last = stop.concat("data: [DONE]\n\n");
        byte[] packed = packed("gzip", (events + last).getBytes(StandardCharsets.UTF_8));
        lab.provider().next(call -> call.send(Answer.stream(packed, 4_096, named("gzip"))));
        try (RawClient client = lab.client()) {
            client.send(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
            io.penstock.server.testkit.Await.until(
                    "the answer begins", () -> lab.provider().received().size() == 1);
            Reply reply = client.read();
            assertThat(reply.text()).isEqualTo(events + last);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"br", "zstd", "compress", "gzip, gzip", "nonsense"})
    void aCodingThatCannotBeReadIsTheProvidersFaultAndSaidSo(String coding) {
        lab.provider().next(call -> call.send(Answer.json(200, "{}", "Content-Encoding: " + coding)));
        Reply reply = ask(Lab.CHAT, false);
        assertThat(reply.status()).isEqualTo(502);
        assertThat(reply.text()).contains("a content encoding that was not asked for");
    }
}
