package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.config.ModelConfig;
import io.penstock.server.config.ProviderConfig;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.FreshLab;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Received;
import io.penstock.server.testkit.Reply;
import io.penstock.server.testkit.ScriptedProvider;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code count_tokens}: of every model, by its provider or by ourselves. */
class CountTokensTest extends FreshLab {
    static final List<String> PATHS = List.of("/anthropic/v1/messages/count_tokens", "/api/v1/messages/count_tokens");

    private static final String COUNT = PATHS.get(0);

    private static String body(String model, String text) {
        return "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}";
    }

    /** Takes long to count: words of 256 bytes that no token has whole. */
    private static byte[] slow(int bytes) {
        return Lab.post(COUNT, body("chatty/gpt-test", "\u0e01".repeat(bytes / 3)));
    }

    @ParameterizedTest
    @FieldSource("PATHS")
    void everyModelIsCountedWhateverItsProviderSpeaks(String path) {
        assertCountedAtLast(); // with the tokenizer's table read
        for (String model : List.of("lab/claude-test", "lab/gpt-test", "wordy/claude-test", "chatty/gpt-test")) {
            Reply reply = lab.ask(Lab.post(path, body(model, "Hello, world!")));
            assertThat(reply.status()).as(model).isEqualTo(200);
            assertThat(reply.text()).as(model).isEqualTo("{\"input_tokens\":11}"); // four, and seven around them
            assertThat(reply.header("x-penstock-estimate")).as(model).isEqualTo("true");
            assertThat(reply.header("content-type")).isEqualTo("application/json");
            RequestLogEntry row = lab.row(reply.id());
            assertThat(row.outcome()).isEqualTo(Outcome.COMPLETED);
            assertThat(row.costNanos()).isZero();
            assertThat(lab.entries(reply.id())).isEmpty();
        }
        assertThat(lab.provider().received())
                .as("once of each that speaks messages")
                .hasSize(2);
    }

    @ParameterizedTest
    @FieldSource("PATHS")
    void everyProviderThatSpeaksMessagesIsAsked(String path) {
        for (String model : List.of("anthropic/claude-sonnet-4.6", "lab/claude-test", "wordy/gpt-test")) {
            for (int i = 0; i < 2; i++) {
                lab.provider().next(call -> call.send(Answer.json(200, "{\"input_tokens\":2095}")));
                Reply reply = lab.ask(Lab.post(path, body(model, "Hello, world!")));
                assertThat(reply.text()).isEqualTo("{\"input_tokens\":2095}");
                assertThat(reply.header("x-penstock-estimate")).isNull();
                Received asked = lab.provider().take();
                assertThat(asked.line()).isEqualTo("POST /v1/messages/count_tokens HTTP/1.1");
            }
        }
        assertThat(lab.ask(Lab.post(path, body("chatty/gpt-test", "Hello, world!")))
                        .header("x-penstock-estimate"))
                .isEqualTo("true");
    }

    static Stream<ScriptedProvider.Script> failures() {
        Stream<ScriptedProvider.Script> statuses = IntStream.of(
                        400, 401, 402, 403, 404, 405, 408, 413, 422, 429, 500, 501, 503, 529)
                .mapToObj(status -> call -> call.send(Answer.json(status, "{\"error\":{\"message\":\"no\"}}")));
        return Stream.concat(
                statuses,
                Stream.of(
                        call -> call.send(Answer.json(404, "")),
                        call -> call.send(Answer.json(200, "{\"error\":\"Unexpected endpoint or method.\"}")),
                        call -> call.send(Answer.json(200, "{\"input_tokens\":\"11\"}")),
                        call -> call.send(Answer.json(200, "{\"a\":{\"input_tokens\":11}}")),
                        call -> call.send(Answer.json(200, "{\"input_tokens\":11")),
                        call -> call.send(Answer.json(200, "<html>")),
                        call -> call.send(Answer.json(200, "")),
                        call -> call.send(Answer.json(200, " ".repeat(100_000))),
                        call -> call.send("HTTP/1.1 204 No Content\r\n\r\n"),
                        call -> call.send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{")
                                .close(),
                        call -> call.send("nonsense").close(),
                        call -> call.send(Answer.stream("data: {}\n\n".getBytes(StandardCharsets.UTF_8))),
                        call -> call.reset(),
                        call -> call.stall()));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void whereAProviderDoesNotCountWeDoAndItIsNotAskedAgain(ScriptedProvider.Script failure) {
        lab.provider().always(failure);
        for (int i = 0; i < 3; i++) {
            Reply reply = countedHere(lab, body("lab/claude-test", "Hello, world!"));
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.text()).isEqualTo("{\"input_tokens\":11}");
            assertThat(reply.header("x-penstock-estimate")).isEqualTo("true");
            assertThat(lab.row(reply.id()).outcome()).isEqualTo(Outcome.COMPLETED);
        }
        assertThat(lab.provider().received()).hasSize(1);
        assertThat(lab.ask(Lab.get("/metrics")).text()).doesNotContain("outcome=\"failed\"");
        assertThat(lab.bytesInMemory()).isZero();
    }

    /** Asks until there is a count: on a busy machine a guess comes first, as it shall behind a second. */
    private static Reply countedHere(Lab lab, String body) {
        return Await.value("a count of our own", () -> {
            Reply reply = lab.ask(Lab.post(COUNT, body));
            return reply.text().equals("{\"input_tokens\":8}") ? null : reply;
        });
    }

    @Test
    void aProviderThatCannotBeReachedIsCountedFor() throws IOException {
        int nobody;
        try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = gone.getLocalPort();
        }
        try (Lab away = Lab.also((builder, provider) -> builder.provider(ProviderConfig.builder("away")
                .anthropic("http://127.0.0.1:" + nobody)
                .apiKey(Lab.PROVIDER_KEY)
                .model(ModelConfig.builder("claude-test").build())
                .build()))) {
            for (int i = 0; i < 5; i++) {
                Reply reply = countedHere(away, body("away/claude-test", "Hello, world!"));
                assertThat(reply.text()).isEqualTo("{\"input_tokens\":11}");
                assertThat(reply.header("x-penstock-estimate")).isEqualTo("true");
            }
        }
    }

    @Test
    void aProviderThatIsKnownToCountMayRefuseARequestButNotFailIt() {
        lab.provider().next(call -> call.send(Answer.json(200, "{\"input_tokens\":2095}")));
        String request = body("lab/claude-test", "Hello, world!");
        assertThat(lab.ask(Lab.post(COUNT, request)).text()).isEqualTo("{\"input_tokens\":2095}");
        for (int status : new int[] {400, 413, 422}) {
            lab.provider()
                    .next(call -> call.send(Answer.json(status, "{\"error\":{\"message\":\"messages: wrong\"}}")));
            Reply reply = lab.ask(Lab.post(COUNT, request));
            assertThat(reply.status()).isEqualTo(status);
            assertThat(reply.text()).contains("messages: wrong");
        }
        for (int status : new int[] {404, 429}) {
            lab.provider().next(call -> call.send(Answer.json(status, "{\"error\":{\"message\":\"no\"}}")));
            Reply reply = lab.ask(Lab.post(COUNT, request));
            assertThat(reply.text()).as("%d", status).isEqualTo("{\"input_tokens\":11}");
        }
    }

    @Test
    void whatIsWrongIsRefusedAsEver() {
        assertThat(lab.ask(Lab.post(COUNT, body("lab/no-such-model", "x"))).status())
                .isEqualTo(404);
        assertThat(lab.ask(Lab.post(COUNT, body("", "x"))).status()).isEqualTo(400);
        for (String broken :
                List.of("{\"model\":\"lab/gpt-test\",\"messages\":[}", "", "[]", "{\"model\":\"lab/gpt-test\"")) {
            Reply reply = lab.ask(Lab.post(COUNT, broken));
            assertThat(reply.status()).as(broken).isEqualTo(400);
            assertThat(reply.text()).as(broken).contains("invalid JSON body");
        }
        String image =
                "{\"model\":\"chatty/gpt-test\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\","
                        + "\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"iVBORw0KGgo=\"}}]}]}";
        assertThat(lab.ask(Lab.post(COUNT, image)).text()).contains("images are not supported by this model");
    }

    @Test
    void aBodyThatIsTooLargeToCountIsGuessed() {
        Reply reply = lab.ask(slow(6_000_000));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.text()).isEqualTo("{\"input_tokens\":1500005}");
        assertThat(reply.header("x-penstock-estimate")).isEqualTo("true");
    }

    @Test
    void countingDoesNotHoldUpItsLoopOrItsConnection() {
        try (RawClient counting = lab.client()) {
            counting.send(slow(4_000_000));
            for (int i = 0; i < 20; i++) { // the first would wait for the count
                assertThat(lab.ask(Lab.get("/healthz")).status()).isEqualTo(200);
            }
            counting.send(Lab.post(COUNT, body("lab/gpt-test", "Hello, world!"))); // pipelined
            assertThat(counting.read().text()).matches("\\{\"input_tokens\":1[0-9]{6}}");
            assertThat(counting.read().text()).matches("\\{\"input_tokens\":[0-9]+}"); // a guess, should it wait
        }
        assertCountedAtLast();
    }

    /** A count that waits longer than a second is a guess, as on a machine with much else to do. */
    private void assertCountedAtLast() {
        Await.until(
                "a count",
                () -> lab.ask(Lab.post(COUNT, body("lab/gpt-test", "Hello, world!")))
                        .text()
                        .equals("{\"input_tokens\":11}"));
    }

    @Test
    void whoeverWaitsTooLongForACountGetsAGuess() {
        List<RawClient> clients =
                java.util.stream.Stream.generate(lab::client).limit(12).toList();
        clients.forEach(client -> client.send(slow(4_000_000)));
        for (RawClient client : clients) {
            Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.header("x-penstock-estimate")).isEqualTo("true");
            assertThat(reply.text()).matches("\\{\"input_tokens\":1[0-9]{6}}");
            client.close();
        }
        assertCountedAtLast();
    }

    @Test
    void aClientThatLeavesMeanwhileLeavesNothingBehind() {
        for (int i = 0; i < 12; i++) {
            RawClient client = lab.client();
            client.send(slow(2_000_000));
            if (i % 2 == 0) {
                client.reset();
            } else {
                client.close();
            }
        }
        Await.until("no bytes of bodies", () -> lab.bytesInMemory() == 0);
        assertThat(lab.lastRow().outcome()).isEqualTo(Outcome.LEFT);
        assertCountedAtLast();
    }

    @Test
    void aGatewayThatClosesMeanwhileAnswersOrRefuses() {
        for (long drainMillis : new long[] {0, 10_000}) {
            try (Lab closing = Lab.with(limits -> limits.drain(java.time.Duration.ofMillis(drainMillis)))) {
                List<RawClient> clients = java.util.stream.Stream.generate(closing::client)
                        .limit(6)
                        .toList();
                clients.forEach(client -> client.send(slow(1_000_000)));
                Await.until("all bodies", () -> closing.bytesInMemory() > 1_000_000);
                closing.gateway().close();
                for (RawClient client : clients) {
                    Reply reply = client.offer(new byte[0]) ? answer(client) : null;
                    if (reply != null) {
                        assertThat(reply.status()).isIn(200, 503);
                    }
                    client.close();
                }
                assertThat(closing.bytesInMemory()).isZero();
            }
        }
    }

    /** The answer, or null where the connection ended before its request was whole. */
    private static Reply answer(RawClient client) {
        try {
            return client.read();
        } catch (AssertionError noAnswer) {
            return null;
        }
    }
}
