package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Golden;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.server.testkit.SharedLab;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that two readers could understand in two ways, or that pass a bound: refused, the connection ended, nothing sent on. */
class BadHttpTest extends SharedLab {
    private static final String AUTH = "Authorization: Bearer " + Lab.KEY + "\r\n";

    static Stream<Arguments> malformed() {
        String body = Lab.body(Lab.CHAT, false);
        String line = "POST " + Lab.CHAT + " HTTP/1.1\r\n";
        String length = "Content-Length: " + body.length() + "\r\n";
        String head = line + "Host: localhost\r\n" + AUTH;
        String chunked = Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n";
        return Stream.of(
                Arguments.of(400, head + length + "Transfer-Encoding: chunked\r\n\r\n" + chunked),
                Arguments.of(400, head + length + length + "\r\n" + body),
                Arguments.of(400, head + "Content-Length: 5, 5\r\n\r\n" + body),
                Arguments.of(400, head + "Content-Length: +5\r\n\r\n" + body),
                Arguments.of(400, head + "Content-Length: -5\r\n\r\n" + body),
                Arguments.of(400, head + "Content-Length: 0x5\r\n\r\n" + body),
                Arguments.of(400, head + "Content-Length: 99999999999999999999\r\n\r\n" + body),
                Arguments.of(400, head + "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunked),
                Arguments.of(400, head + "Transfer-Encoding: chunked, chunked\r\n\r\n" + chunked),
                Arguments.of(400, head + "Transfer-Encoding: xchunked\r\n\r\n" + chunked),
                Arguments.of(400, head + "Transfer-Encoding: identity\r\n\r\n" + body),
                Arguments.of(400, head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked),
                Arguments.of(400, head + "Transfer-Encoding : chunked\r\n\r\n" + chunked),
                Arguments.of(400, head + "Transfer-Encoding: chunked\r\n\r\n" + chunked.replace("\r\n", "\n")),
                Arguments.of(400, head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
                Arguments.of(400, head + "Transfer-Encoding: chunked\r\n\r\n-1\r\n"),
                Arguments.of(400, head + "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n"),
                Arguments.of(400, head + "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n"),
                Arguments.of(400, (head + length + "\r\n").replace("\r\n", "\n") + body),
                Arguments.of(400, line + "Host: localhost\n" + AUTH + length + "\r\n" + body),
                Arguments.of(400, head + "X: a\r\n folded\r\n" + length + "\r\n" + body),
                Arguments.of(400, head + "X: a\rb\r\n" + length + "\r\n" + body),
                Arguments.of(400, head + "X: a\0b\r\n" + length + "\r\n" + body),
                Arguments.of(400, head + "X\0Y: a\r\n" + length + "\r\n" + body),
                Arguments.of(400, head + "X Y: a\r\n" + length + "\r\n" + body),
                Arguments.of(400, head + ": a\r\n" + length + "\r\n" + body),
                Arguments.of(400, head + "no colon\r\n" + length + "\r\n" + body),
                Arguments.of(400, head + "Host: localhost\r\n" + length + "\r\n" + body),
                Arguments.of(400, head + AUTH + length + "\r\n" + body),
                Arguments.of(400, line + AUTH + length + "\r\n" + body),
                Arguments.of(505, head.replace(" HTTP/1.1", "  HTTP/1.1") + length + "\r\n" + body),
                Arguments.of(400, head.replace("POST ", "POST  ") + length + "\r\n" + body),
                Arguments.of(400, head.replace("POST", "PO(ST") + length + "\r\n" + body),
                Arguments.of(400, head.replace(Lab.CHAT, "ftp://localhost" + Lab.CHAT) + length + "\r\n" + body),
                Arguments.of(400, head.replace(Lab.CHAT, "localhost" + Lab.CHAT) + length + "\r\n" + body),
                Arguments.of(400, head.replace(Lab.CHAT, "http://" + Lab.CHAT) + length + "\r\n" + body),
                Arguments.of(400, head.replace(Lab.CHAT, "http://a@localhost" + Lab.CHAT) + length + "\r\n" + body),
                Arguments.of(400, head.replace(Lab.CHAT, "*") + length + "\r\n" + body),
                Arguments.of(400, head.replace(Lab.CHAT, "/\u0001") + length + "\r\n" + body),
                Arguments.of(400, head.replace(" HTTP/1.1", "") + length + "\r\n" + body),
                Arguments.of(400, "\r\n".repeat(5) + head + length + "\r\n" + body),
                Arguments.of(400, "\n" + head + length + "\r\n" + body),
                Arguments.of(400, " \r\n" + head + length + "\r\n" + body),
                Arguments.of(505, head.replace("HTTP/1.1", "HTTP/2.0") + length + "\r\n" + body),
                Arguments.of(505, head.replace("HTTP/1.1", "HTTP/1.2") + length + "\r\n" + body),
                Arguments.of(505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".replace("*", "/")),
                Arguments.of(
                        400, head.replace("HTTP/1.1", "HTTP/1.0") + "Transfer-Encoding: chunked\r\n\r\n" + chunked),
                Arguments.of(431, head.replace(Lab.CHAT, Lab.CHAT + "?" + "x".repeat(8_192)) + length + "\r\n" + body),
                Arguments.of(431, head + "X: " + "x".repeat(41_000) + "\r\n" + length + "\r\n" + body),
                Arguments.of(431, head + "X: y\r\n".repeat(101) + length + "\r\n" + body),
                Arguments.of(431, "POST /" + "x".repeat(50_000)),
                Arguments.of(417, head + "Expect: 200-ok\r\n" + length + "\r\n"),
                Arguments.of(400, "\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n"),
                Arguments.of(400, "GET\r\n\r\n"));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void whatIsAmbiguousIsRefusedAndTheConnectionEnds(int status, String request) {
        try (RawClient client = lab.client()) {
            client.offer(request.getBytes(StandardCharsets.ISO_8859_1));
            Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(status);
            assertThat(reply.text()).startsWith("{\"error\":{\"message\":\"");
            assertThat(client.ended()).isTrue();
        }
        assertThat(lab.provider().received()).isEmpty();
    }

    @Test
    void aRefusedBodyIsNotReadAsTheNextRequest() {
        String inner = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
        try (RawClient client = lab.client()) {
            client.send("POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + inner.length() + "\r\n\r\n"
                    + inner);
            assertThat(client.read().status()).isEqualTo(404);
            client.send(Lab.get("/openai/v1/models/nope"));
            assertThat(client.read().status()).isEqualTo(404);
        }
    }

    @Test
    void whatIsOnTheEdgeIsTaken() {
        lab.provider()
                .next(call ->
                        call.send(Answer.json(200, Golden.of("openai", "plain").upstream())));
        String query = "?" + "x".repeat(8_000);
        Reply reply = lab.ask(Lab.post(Lab.CHAT + query, Lab.body(Lab.CHAT, false), "X: " + "y".repeat(30_000)));
        assertThat(reply.status()).isEqualTo(200);
        lab.provider().forget();
    }

    /** RFC 9112 2.2: some clients of old end a body with a line end that does not belong to it. */
    @Test
    void emptyLinesBeforeARequestArePassedOver() {
        byte[] plain = Golden.of("openai", "plain").upstream();
        lab.provider()
                .next(call -> call.send(Answer.json(200, plain)))
                .next(call -> call.send(Answer.json(200, plain)));
        String request = new String(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false)), StandardCharsets.UTF_8);
        try (RawClient client = lab.client()) {
            client.send("\r\n" + request + "\r\n");
            assertThat(client.read().status()).isEqualTo(200);
            for (String cut : List.of("\r", "\n\r\n", request.substring(0, 7), request.substring(7))) {
                client.send(cut);
            }
            assertThat(client.read().status()).isEqualTo(200);
            client.send("\r\n\r\n\r\n\r\n" + new String(Lab.get("/healthz"), StandardCharsets.UTF_8));
            assertThat(client.read().status()).isEqualTo(200);
        }
        lab.provider().forget();
    }

    @Test
    void anEmptyLineBehindARequestBeginsNoOther() {
        try (Lab hasty = Lab.with(limits -> limits.head(Duration.ofMillis(100)));
                RawClient client = hasty.client()) {
            client.send(new String(Lab.get("/healthz"), StandardCharsets.UTF_8) + "\r\n");
            assertThat(client.read().status()).isEqualTo(200);
            for (int i = 0; i < 4; i++) { // each more than a head may take
                hasty.provider().next(call -> {
                    Thread.sleep(150);
                    call.send(Answer.json(200, Golden.of("openai", "plain").upstream()));
                });
                hasty.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false)));
            }
            assertThat(client.send(Lab.get("/healthz")).read().status()).isEqualTo(200);
        }
    }

    /** RFC 9112 3.2.2; proxies and clients that think we are one send it. */
    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:4680", "HTTPS://127.0.0.1", "http://[::1]:9"})
    void aTargetMayBeAWholeUrl(String origin) {
        lab.provider()
                .next(call ->
                        call.send(Answer.json(200, Golden.of("openai", "plain").upstream())));
        assertThat(lab.ask(Lab.post(origin + Lab.CHAT + "?x=y", Lab.body(Lab.CHAT, false)))
                        .status())
                .isEqualTo(200);
        assertThat(lab.ask(Lab.get(origin + "/openai/v1/models/lab%2Fgpt-test")).status())
                .isEqualTo(200);
        Reply unknown = lab.ask(Lab.get(origin));
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.text()).contains("http://" + origin.substring(origin.indexOf("//") + 2) + "/openai/v1");
        lab.provider().forget();
    }

    @Test
    void theHostOfAWholeUrlMustBeOursAsMuchAsTheHeader() {
        for (String target : List.of("http://evil.example/healthz", "http://localhost.evil.example/healthz")) {
            assertThat(lab.ask(Lab.get(target)).status()).as(target).isEqualTo(403);
        }
        assertThat(lab.ask(Answer.ascii("GET http://localhost/healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n"))
                        .status())
                .isEqualTo(403);
        assertThat(lab.ask(Answer.ascii("GET http://localhost/healthz HTTP/1.1\r\n\r\n"))
                        .status())
                .isEqualTo(400);
    }

    @Test
    void aHeadThatComesByteByByteIsUnderstood() {
        lab.provider()
                .next(call ->
                        call.send(Answer.json(200, Golden.of("openai", "plain").upstream())));
        byte[] request = Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false));
        try (RawClient client = lab.client()) {
            for (byte b : request) {
                client.send(new byte[] {b});
            }
            assertThat(client.read().status()).isEqualTo(200);
        }
        lab.provider().forget();
    }

    @Test
    void tooManyConnectionsAreTurnedAway() {
        try (Lab small = Lab.with(limits -> limits.connections(2));
                RawClient first = small.client();
                RawClient second = small.client()) {
            assertThat(first.send(Lab.get("/healthz")).read().status()).isEqualTo(200);
            assertThat(second.send(Lab.get("/healthz")).read().status()).isEqualTo(200);
            try (RawClient third = small.client()) {
                assertThat(third.read().status()).isEqualTo(503);
            }
            first.close();
            io.penstock.server.testkit.Await.until("room", () -> {
                try (RawClient next = small.client()) {
                    return next.send(Lab.get("/healthz")).read().status() == 200;
                } catch (AssertionError | IllegalStateException turnedAway) {
                    return false;
                }
            });
        }
    }
}
