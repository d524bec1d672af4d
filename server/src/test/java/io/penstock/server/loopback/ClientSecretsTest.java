package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.config.KeyConfig;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.Logged;
import io.penstock.server.testkit.Reply;
import io.penstock.store.RequestLogEntry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client puts in the wrong place: its key, or what would forge a line or hide in one. */
class ClientSecretsTest {
    private static final String ODD_KEY = "correct/horse.battery+staple"; // a declared key may have any shape
    private static final String OTHER = "sk-or-v1-" + "0123456789abcdef".repeat(4); // of somebody else

    private Lab lab;
    private Logged log;

    @BeforeEach
    void start() {
        lab = Lab.also((builder, provider) -> builder.key(new KeyConfig("odd", ODD_KEY)));
        log = Logged.of("penstock.access");
    }

    @AfterEach
    void stop() {
        log.close();
        lab.close();
    }

    static Stream<Arguments> places() {
        return Stream.of(ODD_KEY, Lab.KEY, OTHER)
                .flatMap(text -> Stream.of("model", "X-Request-Id", "X-Title", "HTTP-Referer")
                        .flatMap(place -> Stream.of(text, "https://a.example/?key=" + text, "x".repeat(110) + text)
                                .map(told -> Arguments.of(place, text, told))));
    }

    @ParameterizedTest
    @MethodSource("places")
    void aKeyInTheWrongPlaceIsNeitherStoredNorLogged(String place, String secret, String told) {
        String shown = secret.equals(OTHER) ? ODD_KEY : secret;
        boolean model = place.equals("model");
        String body = Lab.body(Lab.CHAT, model ? told : "lab/gpt-test", false);
        lab.provider()
                .always(call -> call.send(Answer.json(200, Lab.plain(Lab.CHAT).upstream())));
        for (String header : List.of("Authorization: Bearer ", "x-api-key: ")) {
            String head = "POST " + Lab.CHAT + " HTTP/1.1\r\nHost: localhost\r\n" + header + shown + "\r\n"
                    + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n"
                    + (model ? "" : place + ": " + told + "\r\n") + "\r\n";
            Reply reply = lab.ask(Answer.ascii(head + body));
            assertThat(reply.status()).as(reply.text()).isIn(model ? List.of(400, 404) : List.of(200));
            RequestLogEntry row = lab.row(reply.id());
            assertThat(row.toString()).doesNotContain(secret).doesNotContain(secret.substring(9));
            assertThat(log.telling(reply.id())).doesNotContain(secret);
            assertThat(row.toString()).contains("***");
        }
    }

    @Test
    void aRefusalThatRepeatsAKeyIsLoggedWithoutIt() {
        Reply reply = lab.ask(Answer.ascii("GET /nowhere/" + ODD_KEY.replace("/", "%2F")
                + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + ODD_KEY + "\r\n\r\n"));
        assertThat(reply.status()).isEqualTo(404);
        assertThat(log.telling(reply.id())).doesNotContain("battery");
        reply = lab.ask(Answer.ascii("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nx-api-key: " + OTHER
                + "\r\nContent-Length: 0\r\n\r\n"));
        assertThat(reply.status()).isEqualTo(404);
        assertThat(log.telling(reply.id())).doesNotContain("0123456789abcdef");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u2028", "\u2029", "\u202e", "\u200b", "\u0085", "\u009b", "\ufeff", "\udb40\udc41"})
    void whatWouldForgeALineIsEscaped(String evil) {
        String body = Lab.body(Lab.CHAT, "gpt" + evil + "status=200", false);
        Reply reply = lab.ask(Lab.post(Lab.CHAT, body, "X-Request-Id: a" + evil.length()));
        assertThat(reply.status()).isEqualTo(404);
        String line = log.telling(reply.id());
        assertThat(line).doesNotContain(evil).contains("gpt\\u");
        assertThat(lab.row(reply.id()).requestedModel()).doesNotContain(evil).contains("gpt\\u");
    }

    @Test
    void headersAreStoredPrintable() {
        lab.provider()
                .always(call -> call.send(Answer.json(200, Lab.plain(Lab.CHAT).upstream())));
        byte[] body = Lab.body(Lab.CHAT, false).getBytes(StandardCharsets.UTF_8);
        String head = "POST " + Lab.CHAT + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + Lab.KEY
                + "\r\nX-Title: Größe \u202e\u2028\"\r\nContent-Length: " + body.length + "\r\n\r\n";
        Reply reply = lab.ask(Answer.join(head.getBytes(StandardCharsets.UTF_8), body));
        assertThat(lab.row(reply.id()).app()).isEqualTo("Größe \\u202e\\u2028\\u0022");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFinishReasonIsBounded(boolean stream) {
        String reason = "stop\u202e" + "x".repeat(1_000_000);
        String choice = "{\"id\":\"1\",\"choices\":[{\"index\":0,\"finish_reason\":\"" + reason + "\",\""
                + (stream ? "delta" : "message") + "\":{\"role\":\"assistant\",\"content\":\"a\"}}],"
                + "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}";
        lab.provider()
                .always(call -> call.send(
                        stream
                                ? Answer.stream(
                                        ("data: " + choice + "\n\ndata: [DONE]\n\n").getBytes(StandardCharsets.UTF_8))
                                : Answer.json(200, choice)));
        Reply reply = lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, stream)));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(lab.row(reply.id()).finishReason())
                .startsWith("stop")
                .hasSizeLessThanOrEqualTo(500)
                .doesNotContain("\u202e");
    }
}
