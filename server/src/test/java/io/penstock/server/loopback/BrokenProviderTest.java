package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.Usage;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.Call;
import io.penstock.server.testkit.FreshLab;
import io.penstock.server.testkit.Golden;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.OpenResponses;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.server.testkit.ScriptedProvider;
import io.penstock.store.EntryKind;
import io.penstock.store.LedgerEntry;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A provider that fails, dies or lies: the client sees a failure as such, and pays for no more than it got. */
@Execution(ExecutionMode.CONCURRENT)
class BrokenProviderTest extends FreshLab {
    static final List<String> FACES = Lab.FACES;
    private static final int CUTS = 20;
    private static final int MIB = 1024 * 1024;

    // ---- cut in the middle

    static Stream<Arguments> cuts() {
        return FACES.stream().flatMap(path -> Stream.of(true, false).map(reset -> Arguments.of(path, reset)));
    }

    @ParameterizedTest
    @MethodSource("cuts")
    void aCutStreamNeverLooksComplete(String path, boolean reset) throws Exception {
        byte[] request = Lab.post(path, Lab.body(path, true));
        int cuts = cut(
                lab,
                request,
                Lab.stream(path).upstream(),
                Lab.terminator(path),
                reset,
                (reply, how) -> assertCut(path, reply, how));
        assertThat(cuts).isEqualTo(CUTS);
    }

    /** What must hold of the reply to a stream that was cut somewhere. */
    @FunctionalInterface
    interface CutCheck {
        void check(Reply reply, String how) throws Exception;
    }

    /** Asks again and again, the answer cut at places all over it; how often. Behind {@code end} it would be complete. */
    static int cut(Lab lab, byte[] request, byte[] events, String end, boolean reset, CutCheck check) throws Exception {
        byte[] framed = Answer.chunks(events, 40);
        int until = new String(events, StandardCharsets.UTF_8).indexOf(end);
        assertThat(until).isPositive();
        int untilFramed = Answer.chunks(Arrays.copyOf(events, until), 40).length;
        for (int i = 1; i <= CUTS; i++) {
            int cut = (int) ((long) untilFramed * i / (CUTS + 1));
            lab.provider().next(call -> {
                call.send(Answer.join(Answer.streamHead(), Arrays.copyOf(framed, cut)));
                end(call, reset);
            });
            check.check(lab.ask(request), "cut at " + cut);
        }
        return CUTS;
    }

    private static void end(Call call, boolean reset) throws Exception {
        if (reset) {
            Thread.sleep(
                    5); // a RST overtakes bytes that were not read yet; both ways are right, this one is the longer
            call.reset();
        } else {
            call.close();
        }
    }

    private void assertCut(String path, Reply reply, String how) {
        LedgerEntry end = lab.end(reply.id());
        if (reply.status() != 200) { // nothing of an answer had come
            assertThat(reply.status()).as(how).isEqualTo(502);
            assertThat(end.kind()).as(how).isEqualTo(EntryKind.RELEASE);
            return;
        }
        assertErrorEvent(path, reply, how);
        if (path.endsWith("responses")) {
            OpenResponses.broken(reply.text());
        }
        assertThat(lab.row(reply.id()).outcome()).as(how).isEqualTo(Outcome.CUT);
        boolean delivered = reply.text().contains("Hello");
        assertThat(end.kind()).as(how).isEqualTo(delivered ? EntryKind.SETTLEMENT : EntryKind.RELEASE);
        if (delivered) {
            assertThat(end.estimated()).as(how).isTrue();
            assertThat(end.amountNanos())
                    .as(how)
                    .isPositive()
                    .isLessThanOrEqualTo(lab.hold(reply.id()).amountNanos());
        }
    }

    private static void assertErrorEvent(String path, Reply reply, String how) {
        assertThat(reply.end()).as(how).isIn(RawClient.End.TRUNCATED, RawClient.End.RESET);
        assertThat(reply.text()).as(how).doesNotContain(Lab.terminator(path));
        String last = reply.text().substring(reply.text().stripTrailing().lastIndexOf("\n\n") + 2);
        if (path.endsWith("messages")) {
            assertThat(last).as(how).startsWith("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":");
        } else if (path.endsWith("responses")) {
            assertThat(last)
                    .as(how)
                    .startsWith("event: response.failed\ndata: {\"type\":\"response.failed\",\"sequence_number\":")
                    .contains(
                            "\"status\":\"failed\",\"error\":{\"code\":\"server_error\",\"message\":\"upstream service");
        } else if (path.equals(Lab.CHAT)) {
            assertThat(last).as(how).startsWith("data: {\"error\":{\"message\":\"upstream service error");
        } else {
            assertThat(last).as(how).startsWith("data: {\"id\":\"gen-").contains("\"finish_reason\":\"error\"");
        }
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void aStreamUntilTheEndOfTheConnectionIsCutToo(String path) {
        byte[] events = Lab.stream(path).upstream();
        lab.provider()
                .next(call -> call.send(Answer.head(200, "text/event-stream"))
                        .send(Arrays.copyOf(events, events.length * 2 / 3))
                        .close());
        Reply reply = lab.ask(Lab.post(path, Lab.body(path, true)));
        assertErrorEvent(path, reply, "close-delimited");
        lab.end(reply.id());
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void aCutPlainAnswerIsAnError(String path) {
        for (boolean reset : new boolean[] {true, false}) {
            lab.provider().next(call -> {
                byte[] whole = Answer.json(200, plain(path).upstream());
                call.send(Arrays.copyOf(whole, whole.length - 10));
                end(call, reset);
            });
            Reply reply = lab.ask(Lab.post(path, Lab.body(path, false)));
            assertThat(reply.status()).isEqualTo(502);
            assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
            assertThat(lab.end(reply.id()).kind()).isEqualTo(EntryKind.RELEASE);
        }
    }

    private static Golden plain(String path) {
        return Lab.plain(path);
    }

    // ---- errors inside a 200

    @ParameterizedTest
    @FieldSource("FACES")
    void anErrorAsTheFirstEventIsATrueHttpError(String path) {
        String event = path.endsWith("messages")
                ? "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"
                : path.endsWith("responses")
                        ? Lab.errorEvent(path, "Overloaded")
                        : "data: {\"error\":{\"message\":\"Overloaded\",\"type\":\"server_error\"}}\n\n";
        lab.provider()
                .next(call -> call.send(
                        Answer.stream((": hello\n\n" + event + "data: [DONE]\n\n").getBytes(StandardCharsets.UTF_8))));
        Reply reply = lab.ask(Lab.post(path, Lab.body(path, true)));
        assertThat(reply.status()).isEqualTo(path.equals(Lab.MESSAGES) || path.equals(Lab.ROUTER_MESSAGES) ? 529 : 502);
        assertThat(reply.header("content-type")).isEqualTo("application/json");
        assertThat(reply.text()).contains("Overloaded");
        assertThat(lab.end(reply.id()).kind()).isEqualTo(EntryKind.RELEASE);
        assertThat(lab.row(reply.id()).outcome()).isEqualTo(Outcome.FAILED);
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void aStreamOfNothingButItsEndIsAFailureThatCostsNothing(String path) {
        if (path.endsWith("responses")) {
            return; // its last event holds the whole answer
        }
        String end = path.endsWith("messages")
                ? "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
                : "data: [DONE]\n\n";
        lab.provider().next(call -> call.send(Answer.stream(end.getBytes(StandardCharsets.UTF_8))));
        Reply reply = lab.ask(Lab.post(path, Lab.body(path, true)));
        assertThat(reply.status()).isEqualTo(502);
        assertThat(reply.text()).contains("an empty stream");
        assertThat(lab.end(reply.id()).kind()).isEqualTo(EntryKind.RELEASE);
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void anErrorInTheMiddleEndsTheStreamAbnormally(String path) {
        byte[] events = Lab.stream(path).upstream();
        String text = new String(events, StandardCharsets.UTF_8);
        int until = text.indexOf("\n\n", text.indexOf("Hello")) + 2;
        String event = Lab.errorEvent(path, "upstream service error");
        byte[] all = (text.substring(0, until) + event + text.substring(until)).getBytes(StandardCharsets.UTF_8);
        lab.provider().next(call -> call.send(Answer.stream(all)));
        Reply reply = lab.ask(Lab.post(path, Lab.body(path, true)));
        assertErrorEvent(path, reply, "error event");
        assertThat(lab.end(reply.id()).kind()).isEqualTo(EntryKind.SETTLEMENT);
        assertThat(lab.row(reply.id()).outcome()).isEqualTo(Outcome.CUT);
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void anErrorInsideA200IsAnError(String path) {
        for (String body : List.of(
                "{\"error\":{\"message\":\"no credits left\",\"code\":402}}",
                "{\"error\":\"no credits left\"}",
                "{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"no credits left\"}}")) {
            for (boolean stream : new boolean[] {false, true}) {
                lab.provider().next(call -> call.send(Answer.json(200, body)));
                Reply reply = lab.ask(Lab.post(path, Lab.body(path, stream)));
                assertThat(reply.status()).as(body).isEqualTo(502);
                assertThat(reply.text())
                        .as(body)
                        .contains("upstream service error")
                        .contains("no credits left");
                assertThat(lab.end(reply.id()).kind()).isEqualTo(EntryKind.RELEASE);
            }
        }
    }

    // ---- what its statuses become

    @ParameterizedTest
    @FieldSource("FACES")
    void itsStatusesBecomeOurs(String path) {
        boolean anthropic = path.endsWith("messages");
        int[][] expected = {
            {400, 400},
            {408, 408},
            {413, 413},
            {422, 422},
            {429, 429},
            {401, 502},
            {402, 502},
            {403, 502},
            {404, 502},
            {500, 502},
            {502, 502},
            {503, 502},
            {529, anthropic ? 529 : 503},
            {504, 504},
            {301, 502},
            {302, 502},
            {307, 502},
            {409, 502},
            {418, 502},
            {204, 502}
        };
        for (int[] pair : expected) {
            String words = pair[0] == 401 ? "Incorrect API key provided: " + Lab.PROVIDER_KEY : "their own words";
            byte[] answer = pair[0] == 204
                    ? Answer.ascii("HTTP/1.1 204 No Content\r\n\r\n")
                    : Answer.json(
                            pair[0],
                            anthropic
                                    ? "{\"type\":\"error\",\"error\":{\"type\":\"their_type\",\"message\":\"" + words
                                            + "\"}}"
                                    : "{\"error\":{\"message\":\"" + words + "\",\"type\":\"their_type\"}}",
                            "Retry-After: 7",
                            "Location: " + lab.provider().url("/elsewhere"));
            lab.provider().forget();
            lab.provider().next(call -> call.send(answer));

            Reply reply = lab.ask(Lab.post(path, Lab.body(path, pair[0] % 2 == 0)));

            String how = path + " " + pair[0];
            assertThat(reply.status()).as(how).isEqualTo(pair[1]);
            assertThat(reply.text()).as(how).doesNotContain(Lab.PROVIDER_KEY);
            assertThat(lab.provider().received()).as(how).hasSize(1);
            assertThat(reply.header("location")).as(how).isNull();
            if (List.of(400, 408, 413, 422, 429).contains(pair[0])) {
                assertThat(reply.text()).as(how).contains("their own words");
                assertThat(reply.header("retry-after")).as(how).isEqualTo("7");
            }
            if (pair[0] >= 500 && pair[0] != 504) {
                assertThat(reply.text()).as(how).contains("their own words");
            }
            if (List.of(401, 402, 403, 500, 503).contains(pair[0])) {
                assertThat(reply.text()).as(how).contains("upstream service error");
            }
            assertThat(lab.end(reply.id()).kind()).as(how).isEqualTo(EntryKind.RELEASE);
            assertThat(lab.row(reply.id()).status()).as(how).isEqualTo(pair[1]);
        }
    }

    static Stream<Arguments> dates() {
        return Stream.of(
                Arguments.of("Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:30 GMT", "30"),
                Arguments.of("Wed, 21 Oct 2015 07:28:00 GMT", "Wednesday, 21-Oct-15 07:29:00 GMT", "60"),
                Arguments.of("Sun, 06 Nov 1994 08:49:00 GMT", "Sun Nov  6 08:49:37 1994", "37"),
                Arguments.of("Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:27:00 GMT", "0"),
                Arguments.of("yesterday", "Wed, 21 Oct 2015 07:28:30 GMT", "0"),
                Arguments.of("Wed, 21 Oct 2015 07:28:00 GMT", "tomorrow", null),
                Arguments.of("Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 41 Oct 2015 07:28:30 GMT", null),
                Arguments.of("Wed, 21 Oct 2015 07:28:00 GMT", "", null),
                Arguments.of("Wed, 21 Oct 2015 07:28:00 GMT", "-1", null),
                Arguments.of("Wed, 21 Oct 2015 07:28:00 GMT", "x".repeat(5_000), null));
    }

    @ParameterizedTest
    @MethodSource("dates")
    void aDateToRetryAfterReachesTheClientInSeconds(String date, String retryAfter, @Nullable String seconds) {
        for (String path : FACES) {
            for (int status : new int[] {429, 529}) {
                lab.provider()
                        .next(call -> call.send(Answer.json(
                                status,
                                "{\"error\":{\"message\":\"slow\"}}",
                                "Retry-After: " + retryAfter,
                                "Date: " + date)));
                Reply reply = lab.ask(Lab.post(path, Lab.body(path, false)));
                assertThat(reply.header("retry-after")).as(path + " " + status).isEqualTo(seconds);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "86400, 86400",
        "86401, 86400",
        "31536000, 86400",
        "9223372036854775807, 86400",
        "99999999999999999999999999, 86400",
        "'Wed, 21 Oct 2099 07:28:00 GMT', 86400",
        "'Fri, 31 Dec 9999 23:59:59 GMT', 86400",
        "0, 0",
        "1.2, 2",
        "99999999999999999999.5, 86400",
        "-5,",
        "-99999999999999999999,",
        "1e9,",
        "1.,",
        "+7,",
        "NaN,"
    })
    void aTimeToRetryAfterIsADayAtMost(String retryAfter, @Nullable String seconds) {
        lab.provider()
                .next(call -> call.send(
                        Answer.json(429, "{\"error\":{\"message\":\"slow\"}}", "Retry-After: " + retryAfter)));
        assertThat(lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false))).header("retry-after"))
                .isEqualTo(seconds);
    }

    @Test
    void aDateToRetryAfterCountsFromOurClockWhereTheProviderShowsNone() {
        Instant until = Instant.now().truncatedTo(ChronoUnit.SECONDS).plus(Duration.ofHours(1));
        String date = DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
                .format(until.atOffset(ZoneOffset.UTC));
        lab.provider().next(call -> call.send(Answer.json(429, "{}", "Retry-After: " + date)));
        Instant before = Instant.now();
        Reply reply = lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false)));
        Instant after = Instant.now();
        assertThat(Long.parseLong(reply.header("retry-after")))
                .isBetween(
                        Duration.between(after, until).toSeconds(),
                        Duration.between(before, until).toSeconds() + 1);
    }

    @Test
    void aRefusalOfModerationStaysOne() {
        lab.provider()
                .next(call -> call.send(Answer.json(
                        403,
                        "{\"error\":{\"message\":\"flagged by moderation\",\"code\":\"content_policy_violation\"}}")));
        assertThat(lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false))).status())
                .isEqualTo(403);
    }

    @Test
    void anErrorPageIsNotPassedOn() {
        lab.provider()
                .next(call -> call.send(Answer.join(
                        Answer.head(400, "text/html", "Content-Length: 21"), Answer.ascii("<html>nginx 400</html"))));
        Reply reply = lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false)));
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.header("content-type")).isEqualTo("application/json");
        assertThat(reply.text()).startsWith("{\"error\":{\"message\":\"status 400\"");
    }

    // ---- lies about framing

    static Stream<String> lies() {
        return Stream.of(
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n123456789\r\n{}\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}xx\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
                "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/1.1 99 OK\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/1.1 abc OK\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX: " + "x".repeat(70_000) + "\r\nContent-Length: 2\r\n\r\n{}",
                "SSH-2.0-OpenSSH_9.6\r\n",
                "\r\n",
                "HTTP/1.1 200 OK\r\n",
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]",
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1",
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: only a comment\n\n",
                "");
    }

    @ParameterizedTest
    @MethodSource("lies")
    void anAnswerThatCannotBeTrustedIsABadGateway(String answer) {
        lab.provider().always(call -> call.send(answer).close());
        for (String path : List.of(Lab.CHAT, Lab.MESSAGES)) {
            Reply reply = lab.ask(Lab.post(path, Lab.body(path, true)));
            assertThat(reply.status()).isEqualTo(502);
            assertThat(lab.end(reply.id()).kind()).isEqualTo(EntryKind.RELEASE);
        }
    }

    @Test
    void malformedChunksInTheMiddleCutTheStream() {
        String text = new String(Lab.stream(Lab.CHAT).upstream(), StandardCharsets.UTF_8);
        int until = text.indexOf("\n\n", text.indexOf("Hello")) + 2;
        lab.provider()
                .next(call -> call.send(Answer.streamHead())
                        .send(Answer.chunk(text.substring(0, until)))
                        .send("zz\r\n")
                        .stall());
        Reply reply = lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
        assertErrorEvent(Lab.CHAT, reply, "malformed chunk");
    }

    // ---- an answer belongs to its request

    @Test
    void bytesBehindAnAnswerReachNobody() {
        byte[] poison = Answer.json(200, "{\"id\":\"poison\",\"choices\":[{\"finish_reason\":\"stop\"}]}");
        byte[] good = Answer.json(200, Golden.of("openai", "plain").upstream());
        byte[] stream = Answer.stream(Lab.stream(Lab.CHAT).upstream(), 50);
        List<ScriptedProvider.Script> scripts = List.of(
                call -> call.send(Answer.join(good, poison)),
                call -> call.send(Answer.join(stream, poison)),
                call -> {
                    call.send(good);
                    Thread.sleep(20); // the answer has been taken, the connection is idle
                    call.send(poison);
                },
                call -> {
                    call.send(stream);
                    Thread.sleep(20);
                    call.send(poison);
                });
        for (ScriptedProvider.Script script : scripts) {
            lab.provider().next(script).next(call -> call.send(good)).next(call -> call.send(good));
            boolean streamed =
                    lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true))).text().contains("data:");
            Await.until("the connection is given up", () -> lab.provider().open() == 0);
            for (int i = 0; i < 2; i++) {
                Reply reply = lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false)));
                assertThat(reply.text()).as("%s", streamed).doesNotContain("poison");
                if (i == 1) {
                    assertThat(reply.status()).isEqualTo(200);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Lab.CHAT, Lab.MESSAGES})
    void nothingOfAnAttemptIsLeftToTheNextOneOfItsConnection(String path) {
        byte[] whole = Answer.json(200, plain(path).upstream());
        byte[] cut = Arrays.copyOf(whole, whole.length - 10);
        byte[] request = Lab.post(path, Lab.body(path, false));
        byte[] streamed = Lab.post(path, Lab.body(path, true));
        lab.provider()
                .next(call -> call.pieces(whole, 40))
                .next(call -> call.pieces(cut, 40).close())
                .next(call -> call.pieces(Answer.json(400, "{\"error\":{\"message\":\"no such thing\"}}"), 40))
                .next(call -> call.send(Answer.stream(Lab.stream(path).upstream(), 50)))
                .next(call -> call.send(cut).close())
                .next(call -> call.send(whole))
                .next(call -> call.pieces(whole, 40));
        try (RawClient client = lab.client()) {
            good(path, client.send(request).read());
            broken(client.send(request).read());
            assertThat(client.send(request).read().status()).isEqualTo(400);
            Reply stream = client.send(streamed).read();
            assertThat(stream.end()).isEqualTo(RawClient.End.CLEAN);
            assertThat(lab.row(stream.id()).firstByteMicros()).isNotNegative();
            broken(client.send(request).read());
            client.send(Answer.join(request, request));
            good(path, client.read());
            good(path, client.read());
        }
        assertThat(lab.ask(Lab.get("/metrics")).text())
                .as("time of ours in what came to its end, two were cut")
                .contains("penstock_overhead_seconds_count 5\n");
    }

    private void good(String path, Reply reply) {
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body()).isEqualTo(plain(path).upstream());
        RequestLogEntry row = lab.row(reply.id());
        assertThat(row.usage()).isEqualTo(plain(path).usage());
        assertThat(row.firstByteMicros()).isBetween(0L, row.durationMicros());
    }

    private void broken(Reply reply) {
        assertThat(reply.status()).isEqualTo(502);
        RequestLogEntry row = lab.row(reply.id());
        assertThat(row.usage()).isEqualTo(Usage.NONE);
        assertThat(row.firstByteMicros()).as("it never began").isEqualTo(-1);
        assertThat(row.finishReason()).isNull();
    }

    @Test
    void eventsBehindTheTerminatorReachNobody() {
        byte[] events = Answer.join(Lab.stream(Lab.CHAT).upstream(), Answer.ascii("data: {\"poison\":1}\n\n"));
        lab.provider().always(call -> call.send(Answer.stream(events, 30)));
        Reply reply = lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
        assertThat(reply.text()).endsWith("data: [DONE]\n\n").doesNotContain("poison");
        assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
    }

    @Test
    void interimAnswersArePassedOver() {
        lab.provider()
                .next(call -> call.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
                        .send(Answer.json(200, Golden.of("openai", "plain").upstream())));
        assertThat(lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false))).status())
                .isEqualTo(200);
    }

    @Test
    void aConnectionThatTheProviderClosedMeanwhileCostsNobodyAnAnswer() {
        byte[] good = Answer.json(200, Golden.of("openai", "plain").upstream());
        lab.provider().always(call -> call.send(good).close());
        for (int i = 0; i < 20; i++) {
            int before = i;
            assertThat(lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false))).status())
                    .isEqualTo(200);
            Await.until(
                    "closed",
                    () -> lab.provider().links().size() > before
                            && lab.provider().open() == 0);
        }
    }

    @Test
    void nobodyListeningIsABadGateway() {
        lab.provider().close();
        for (String path : FACES) {
            Reply reply = lab.ask(Lab.post(path, Lab.body(path, true)));
            assertThat(reply.status()).isEqualTo(502);
            assertThat(reply.text()).contains("bad gateway");
            assertThat(lab.end(reply.id()).kind()).isEqualTo(EntryKind.RELEASE);
        }
    }

    @Test
    void usageThatCannotBeBelievedIsEstimated() {
        for (String usage : List.of(
                "{\"prompt_tokens\":-5,\"completion_tokens\":3}",
                "{\"prompt_tokens\":5,\"completion_tokens\":99999999999}",
                "{\"prompt_tokens\":1.5,\"completion_tokens\":3}",
                "{\"prompt_tokens\":\"5\",\"completion_tokens\":3}",
                "{}")) {
            lab.provider()
                    .next(call -> call.send(Answer.json(
                            200,
                            "{\"choices\":[{\"message\":{\"content\":\"Hello\"},\"finish_reason\":\"stop\"}],\"usage\":"
                                    + usage + "}")));
            Reply reply = lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false)));
            assertThat(reply.status()).isEqualTo(200);
            LedgerEntry end = lab.end(reply.id());
            assertThat(end.estimated()).as(usage).isTrue();
            assertThat(end.amountNanos())
                    .as(usage)
                    .isPositive()
                    .isLessThanOrEqualTo(lab.hold(reply.id()).amountNanos());
        }
    }

    @Test
    void realUsageAboveTheHoldIsSettledInFull() {
        lab.provider()
                .next(call -> call.send(Answer.json(
                        200,
                        "{\"choices\":[{\"message\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}],"
                                + "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":5000}}")));
        Reply reply = lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false)));
        LedgerEntry end = lab.end(reply.id());
        assertThat(end.overHold()).isTrue();
        assertThat(end.amountNanos()).isEqualTo(5 * 1_000 + 5_000 * 2_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {Lab.MESSAGES, Lab.ROUTER_MESSAGES})
    void anAnswerWhoseOutputIsCountedOnlyAtItsBeginningIsEstimated(String path) {
        String events = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\","
                + "\"type\":\"message\",\"role\":\"assistant\",\"content\":[],\"model\":\"m\",\"usage\":"
                + "{\"input_tokens\":10,\"output_tokens\":1}}}\n\n"
                + "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
                + "{\"type\":\"text_delta\",\"text\":\"" + "many words ".repeat(20) + "\"}}\n\n"
                + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n"
                + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
        lab.provider().next(call -> call.send(Answer.stream(events.getBytes(StandardCharsets.UTF_8))));
        Reply reply = lab.ask(Lab.post(path, Lab.body(path, true)));
        assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
        LedgerEntry end = lab.end(reply.id());
        assertThat(end.kind()).isEqualTo(EntryKind.SETTLEMENT);
        assertThat(end.estimated()).isTrue();
        assertThat(lab.row(reply.id()).usage().output()).isGreaterThan(30);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"audio\":{\"id\":\"audio_1\",\"data\":\"UklGRg==\"}} | SETTLEMENT",
                "{\"audio\":{\"transcript\":\"Hello\"}} | SETTLEMENT",
                "{\"audio\":\"UklGRg==\"} | SETTLEMENT",
                "{\"role\":\"assistant\",\"content\":\"\",\"audio\":{\"data\":\"UklGRg==\"}} | SETTLEMENT",
                "{\"audio\":{\"id\":\"audio_1\",\"data\":\"\",\"transcript\":\"\",\"expires_at\":1}} | RELEASE",
                "{\"audio\":{\"id\":\"audio_1\"},\"x\":{\"data\":\"y\"}} | RELEASE",
            })
    void aCutStreamOfSoundAloneIsPaidForOnceSomeOfItWasDelivered(String delta, EntryKind expected) {
        for (String path : List.of(Lab.CHAT, Lab.ROUTER_CHAT)) {
            lab.provider()
                    .next(call -> call.send(Answer.streamHead())
                            .send(Answer.chunk("data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,"
                                    + "\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":" + delta
                                    + ",\"finish_reason\":null}]}\n\n"))
                            .close());
            Reply reply = lab.ask(Lab.post(path, Lab.body(path, true)));
            assertThat(lab.end(reply.id()).kind()).as(path).isEqualTo(expected);
            assertThat(lab.row(reply.id()).outcome()).as(path).isEqualTo(Outcome.CUT);
        }
    }

    static Stream<Arguments> withheld() {
        return FACES.stream().flatMap(path -> Stream.of(true, false).map(begun -> Arguments.of(path, begun)));
    }

    @ParameterizedTest
    @MethodSource("withheld")
    void whatAStreamMakesUsHoldCountsAmongTheBodiesInMemory(String path, boolean begun) throws Exception {
        lab.close();
        lab = Lab.with(limits -> limits.bodies(8 * MIB).body(MIB));
        String events = new String(Lab.stream(path).upstream(), StandardCharsets.UTF_8);
        int middle = events.indexOf("\n\n", events.indexOf("Hello")) + 2;
        String first = begun ? events.substring(0, middle) : "";
        String padding = ": " + "x".repeat(5 * MIB); // a comment: a cut event, or what comes before the answer
        CountDownLatch gate = new CountDownLatch(1);
        ScriptedProvider.Script holding = call -> call.send(Answer.streamHead())
                .send(Answer.chunk(first + padding + (begun ? "" : "\n\n")))
                .pause(gate)
                .send(Answer.chunk((begun ? "\n\n" : "") + events.substring(first.length())))
                .send(Answer.lastChunk());
        byte[] request = Lab.post(path, Lab.body(path, true));
        lab.provider().always(holding);
        try (RawClient client = lab.client()) {
            client.send(request);
            Await.until("the stream to be held", () -> lab.bytesInMemory() >= padding.length());

            Reply refused = lab.ask(request);

            assertThat(refused.status()).isEqualTo(begun ? 200 : 503);
            assertThat(refused.end() == RawClient.End.CLEAN).isEqualTo(!begun);
            assertThat(refused.text())
                    .contains("gateway busy")
                    .contains("limits.bodies")
                    .doesNotContain("xxx");
            assertThat(lab.end(refused.id()).kind()).isEqualTo(begun ? EntryKind.SETTLEMENT : EntryKind.RELEASE);
            assertThat(lab.row(refused.id()).outcome()).isEqualTo(begun ? Outcome.CUT : Outcome.FAILED);
            gate.countDown();
            Reply reply = client.read();
            assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
            assertThat(reply.text()).contains("Hello");
        }
        Await.until("nothing to be held", () -> lab.bytesInMemory() == 0);
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void whatAStreamMadeUsHoldIsFreeAgainHoweverItEnds(String path) throws Exception {
        String events = new String(Lab.stream(path).upstream(), StandardCharsets.UTF_8);
        String first = events.substring(0, events.indexOf("\n\n", events.indexOf("Hello")) + 2);
        String cut = "data: {\"x\":\"" + "x".repeat(MIB);
        for (String way : List.of("close", "leave")) {
            CountDownLatch gate = new CountDownLatch(1);
            lab.provider()
                    .next(call -> call.send(Answer.streamHead())
                            .send(Answer.chunk(first + cut))
                            .pause(gate)
                            .close());
            try (RawClient client = lab.client()) {
                client.send(Lab.post(path, Lab.body(path, true)));
                Await.until("the event to be held", () -> lab.bytesInMemory() >= cut.length());
                if (way.equals("leave")) {
                    client.close();
                } else {
                    gate.countDown();
                    assertErrorEvent(path, client.read(), way);
                }
            }
            Await.until("nothing to be held after " + way, () -> lab.bytesInMemory() == 0);
            gate.countDown();
        }
    }

    @Test
    void aLargeEventThatIsNotReadCountsAmongTheBodiesInMemory() {
        int bytes = 15 * MIB; // more than the sockets' buffers take
        String event = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + "x".repeat(bytes) + "\"}}]}\n\n";
        CountDownLatch gate = new CountDownLatch(1);
        lab.provider()
                .next(call ->
                        call.send(Answer.streamHead()).send(Answer.chunk(event)).pause(gate));
        try (RawClient client = new RawClient(lab.origin(), 8 * 1024)) {
            client.send(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
            assertThat(client.readHead().status()).isEqualTo(200); // goes out with the event
            assertThat(lab.bytesInMemory()).isGreaterThan(bytes);
        }
        Await.until("nothing to be held", () -> lab.bytesInMemory() == 0);
        gate.countDown();
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void nothingOfAnEventThatIsTooLongReachesTheClient(String path) {
        String events = new String(Lab.stream(path).upstream(), StandardCharsets.UTF_8);
        String begin = events.substring(0, events.indexOf("\n\n", events.indexOf("Hello")) + 2);
        String almost = "data: {\"x\":\"" + "x".repeat(16 * 1024 * 1024 - 100);
        lab.provider()
                .next(call -> call.send(Answer.streamHead())
                        .send(Answer.chunk(begin))
                        .send(Answer.chunk(almost))
                        .send(Answer.chunk("x".repeat(200) + "\"}\n\n"))
                        .stall());
        Reply reply = lab.ask(Lab.post(path, Lab.body(path, true)));
        assertThat(reply.end()).isNotEqualTo(RawClient.End.CLEAN);
        assertThat(reply.text()).hasSizeLessThan(64 * 1024).contains("response too large: an event of more than");
    }
}
