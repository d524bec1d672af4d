package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Golden;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Received;
import io.penstock.server.testkit.Reply;
import io.penstock.server.testkit.SharedLab;
import io.penstock.store.EntryKind;
import io.penstock.store.LedgerEntry;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A good answer on the faces that promise the provider's bytes: those bytes, its usage, one settlement of the right amount. */
class RelayTest extends SharedLab {
    static Stream<Golden> goldens() {
        return Golden.all();
    }

    static Stream<Golden> streams() {
        return Golden.streams();
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void theClientGetsTheProvidersBytesAndPaysForItsUsage(Golden golden) {
        byte[] answer = golden.name().equals("plain")
                ? Answer.json(200, golden.upstream())
                : Answer.stream(golden.upstream(), 150);
        lab.provider().always(call -> call.send(answer));

        Reply reply = lab.ask(Lab.post(Lab.path(golden), golden.request()));

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.text()).isEqualTo(new String(golden.client(), StandardCharsets.UTF_8));
        assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
        assertThat(reply.header("x-penstock-model")).startsWith("lab/");
        assertSettled(golden, reply.id());
    }

    private static void assertSettled(Golden golden, String id) {
        LedgerEntry end = lab.end(id);
        LedgerEntry hold = lab.hold(id);
        RequestLogEntry row = lab.row(id);
        assertThat(end.kind()).isEqualTo(EntryKind.SETTLEMENT);
        assertThat(row.outcome()).isEqualTo(Outcome.COMPLETED);
        assertThat(row.costNanos()).isEqualTo(end.amountNanos());
        assertThat(row.status()).isEqualTo(200);
        assertThat(row.attempts()).isEqualTo(1);
        if (golden.usage() == null) {
            assertThat(end.estimated()).isTrue();
            assertThat(end.amountNanos()).isPositive().isLessThanOrEqualTo(hold.amountNanos());
            return;
        }
        assertThat(end.estimated()).isFalse();
        assertThat(end.amountNanos()).isEqualTo(Lab.cost(golden.usage()));
        assertThat(row.usage().input()).isEqualTo(golden.usage().input());
        assertThat(row.usage().cacheRead()).isEqualTo(golden.usage().cacheRead());
        assertThat(row.usage().cacheWrite()).isEqualTo(golden.usage().cacheWrite());
        assertThat(row.usage().cacheWrite1h()).isEqualTo(golden.usage().cacheWrite1h());
        assertThat(row.usage().output()).isEqualTo(golden.usage().output());
        assertThat(row.usage().reasoning()).isEqualTo(golden.usage().reasoning());
    }

    @ParameterizedTest
    @CsvSource({
        "openai, multi-byte, 1, 7", "openai, usage-not-asked, 1, 1", "openai, crlf, 3, 5",
                "openai, parallel-tools, 50, 13",
        "anthropic, multi-byte, 1, 7", "anthropic, tools, 7, 11", "anthropic, crlf, 2, 3",
                "anthropic, thinking, 64, 1000"
    })
    void howTheNetworkCutsItDoesNotMatter(String provider, String name, int chunkBytes, int packetBytes) {
        Golden golden = Golden.of(provider, name);
        byte[] answer = Answer.stream(golden.upstream(), chunkBytes);
        lab.provider().always(call -> call.pieces(answer, packetBytes));

        Reply reply = lab.ask(Lab.post(Lab.path(golden), golden.request()));

        assertThat(reply.text()).isEqualTo(new String(golden.client(), StandardCharsets.UTF_8));
        assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
        assertSettled(golden, reply.id());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length", "Connection: close"})
    void howTheProviderFramesItDoesNotMatter(String framing) {
        Golden golden = Golden.of("anthropic", "text");
        lab.provider().always(call -> {
            if (framing.equals("Content-Length")) {
                call.send(Answer.head(200, "text/event-stream", "Content-Length: " + golden.upstream().length));
                call.send(golden.upstream());
            } else {
                call.send(Answer.head(200, "text/event-stream", framing))
                        .send(golden.upstream())
                        .close();
            }
        });

        Reply reply = lab.ask(Lab.post(Lab.MESSAGES, golden.request()));

        assertThat(reply.body()).isEqualTo(golden.client());
        assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
        assertSettled(golden, reply.id());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "none | ,\"stream_options\":{\"include_usage\":true}",
                "{} | {\"include_usage\":true}",
                "{ } | {\"include_usage\":true }",
                "null | {\"include_usage\":true}",
                "{\"include_usage\":false} | {\"include_usage\":true}",
                "{\"include_usage\": null } | {\"include_usage\": true }",
                "{\"include_obfuscation\":false} | {\"include_usage\":true,\"include_obfuscation\":false}",
                "{\"include_usage\":true} | {\"include_usage\":true}",
            })
    void usageIsAlwaysAskedForAndOnlyShownToWhomAsked(String asked, String sent) {
        Golden golden = Golden.of("openai", "usage-not-asked");
        lab.provider().always(call -> call.send(Answer.stream(golden.upstream())));
        String head = "{\"stream\":true,\"model\":\"lab/gpt-test\",\"messages\":[]";
        String body = head + (asked == null ? "}" : ",\"stream_options\":" + asked + "}");

        Reply reply = lab.ask(Lab.post(Lab.CHAT, body));

        boolean shown = asked != null && asked.contains("true");
        assertThat(reply.body()).isEqualTo(shown ? golden.upstream() : golden.client());
        String native1 = head.replace("lab/gpt-test", "gpt-test-1");
        assertThat(lab.provider().take().text())
                .isEqualTo(native1 + (asked == null ? sent + "}" : ",\"stream_options\":" + sent + "}"));
        assertSettled(golden, reply.id());
    }

    private void answersPlainly() {
        byte[] plain = Golden.of("openai", "plain").upstream();
        lab.provider().always(call -> call.send(Answer.json(200, plain)));
    }

    @Test
    void plainRequestsAreNotAskedForStreamUsage() {
        answersPlainly();
        lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false)));
        assertThat(lab.provider().take().text()).doesNotContain("stream_options");
    }

    @ParameterizedTest
    @ValueSource(strings = {Lab.CHAT, Lab.MESSAGES})
    void thePromptsPrefixKeepsItsBytesFromTurnToTurn(String path) throws Exception {
        lab.provider().always(call -> call.send(Answer.stream(Lab.stream(path).upstream())));
        String model = path.equals(Lab.CHAT) ? "lab/gpt-test" : "lab/claude-test";
        String prefix = "{ \"model\" : \"" + model
                + "\",\n\t\"max_tokens\":100,\"temperature\":1E0, \"unknown\":{\"b\":1.0,\"a\":1e5,\"a\":2},"
                + "\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"\\u4f60 é \\/ 👋\"}";
        String first = prefix + "]}";
        String second =
                prefix + ",{\"role\":\"assistant\",\"content\":\"x\"},{\"content\":\"more\",\"role\":\"user\"}]}";
        String repeated = first;

        String[] sent = new String[3];
        int i = 0;
        for (String body : new String[] {first, second, repeated}) {
            assertThat(lab.ask(Lab.post(path, body)).status()).isEqualTo(200);
            sent[i++] = lab.provider().take().text();
        }

        String shared = prefix.replace(model, model.replace("lab/", "") + "-1");
        assertThat(sent[2]).isEqualTo(sent[0]);
        assertThat(sent).allSatisfy(text -> assertThat(text).startsWith(shared));
        int length = shared.getBytes(StandardCharsets.UTF_8).length;
        assertThat(sha256(sent[0], length)).isEqualTo(sha256(sent[1], length));
    }

    private static String sha256(String text, int length) throws Exception {
        byte[] bytes = Arrays.copyOf(text.getBytes(StandardCharsets.UTF_8), length);
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    @ParameterizedTest
    @ValueSource(strings = {Lab.CHAT, Lab.MESSAGES, Lab.ROUTER_CHAT, Lab.ROUTER_MESSAGES})
    void onlyHeadersThatMayTravelDo(String path) {
        lab.provider()
                .always(call -> call.send(Answer.stream(
                        Lab.stream(path).upstream(),
                        "Set-Cookie: a=b",
                        "Server: secret-server",
                        "x-request-id: theirs",
                        "request-id: theirs",
                        "openai-organization: org",
                        "anthropic-organization-id: org",
                        "Authorization: Bearer " + Lab.PROVIDER_KEY,
                        "x-api-key: " + Lab.PROVIDER_KEY,
                        "Strict-Transport-Security: max-age=1",
                        "Access-Control-Allow-Origin: *",
                        "Alt-Svc: h3",
                        "Keep-Alive: timeout=5",
                        "Location: http://169.254.169.254/")));

        Reply reply = lab.ask(Lab.post(
                path,
                Lab.body(path, true),
                "x-api-key: " + Lab.KEY,
                "Cookie: c=d",
                "anthropic-beta: one,two",
                "anthropic-beta: three",
                "anthropic-version: 2023-01-01",
                "OpenAI-Organization: org",
                "X-Stainless-Lang: java",
                "X-Forwarded-For: 10.0.0.1",
                "Accept-Encoding: gzip",
                "User-Agent: me",
                "Origin: null",
                "Connection: keep-alive, x-hop",
                "x-hop: 1"));

        Received sent = lab.provider().take();
        boolean anthropic = path.endsWith("messages");
        assertThat(Set.copyOf(sent.names()))
                .isEqualTo(
                        anthropic
                                ? Set.of(
                                        "host",
                                        "user-agent",
                                        "accept",
                                        "accept-encoding",
                                        "content-type",
                                        "x-extra",
                                        "x-api-key",
                                        "anthropic-version",
                                        "anthropic-beta",
                                        "content-length")
                                : Set.of(
                                        "host",
                                        "user-agent",
                                        "accept",
                                        "accept-encoding",
                                        "content-type",
                                        "x-extra",
                                        "authorization",
                                        "content-length"));
        assertThat(sent.header(anthropic ? "x-api-key" : "authorization")).endsWith(Lab.PROVIDER_KEY);
        assertThat(sent.head()).doesNotContain(Lab.KEY);
        assertThat(sent.header("accept-encoding")).isEqualTo("identity");
        assertThat(sent.header("x-extra")).isEqualTo("from-the-config");
        if (anthropic) {
            assertThat(sent.header("anthropic-version")).isEqualTo("2023-01-01");
            assertThat(sent.header("anthropic-beta").replace(" ", "")).isEqualTo("one,two,three");
        }
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.head()).doesNotContain(Lab.PROVIDER_KEY).doesNotContain("theirs");
        assertThat(reply.head()
                        .lines()
                        .skip(1)
                        .filter(line -> !line.isEmpty())
                        .map(line -> line.substring(0, line.indexOf(':')).toLowerCase(java.util.Locale.ROOT)))
                .isSubsetOf(
                        "date",
                        "content-type",
                        "x-request-id",
                        "request-id",
                        "x-penstock-model",
                        "x-penstock-route",
                        "cache-control",
                        "x-accel-buffering",
                        "transfer-encoding");
        assertThat(reply.id()).matches("gen-[0-9]{10}-[0-9A-Za-z]{26}");
    }

    @Test
    void eventsLeaveAtOnce() throws Exception {
        byte[] first = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n"
                .getBytes(StandardCharsets.UTF_8);
        java.util.concurrent.CountDownLatch gate = new java.util.concurrent.CountDownLatch(1);
        lab.provider()
                .next(call -> call.send(Answer.streamHead())
                        .send(Answer.chunk(first))
                        .pause(gate)
                        .send(Answer.chunk("data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"))
                        .send(Answer.lastChunk()));
        try (RawClient client = lab.client()) {
            client.send(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
            Reply head = client.readHead();
            assertThat(client.readChunk()).isEqualTo(first);
            gate.countDown();
            assertThat(client.readBody(head).text()).endsWith("data: [DONE]\n\n");
        }
    }

    @Test
    void theEndLeavesOnlyAfterItsSettlement() throws Exception {
        Golden golden = Golden.of("anthropic", "text");
        lab.provider().always(call -> call.send(Answer.stream(golden.upstream())));
        for (int i = 0; i < 20; i++) {
            Reply reply = lab.ask(Lab.post(Lab.MESSAGES, golden.request()));
            assertThat(lab.entries(reply.id())).hasSize(2); // no waiting: it must be there
        }
    }

    @Test
    void requestsOnOneConnectionAreServedInTurn() {
        lab.provider().always(call -> {
            boolean stream = call.request().text().contains("\"stream\":true");
            call.send(
                    stream
                            ? Answer.stream(Lab.stream(Lab.CHAT).upstream(), 33)
                            : Answer.json(200, Golden.of("openai", "plain").upstream()));
        });
        byte[] plain = Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false));
        byte[] stream =
                Lab.post(Lab.CHAT, Golden.of("openai", "usage-in-own-chunk").request());
        try (RawClient client = lab.client()) {
            client.send(Answer.join(plain, stream, Lab.get("/openai/v1/models/lab%2Fgpt-test"), stream, plain));
            assertThat(client.read().body())
                    .isEqualTo(Golden.of("openai", "plain").client());
            assertThat(client.read().body()).isEqualTo(Lab.stream(Lab.CHAT).client());
            assertThat(client.read().text()).contains("\"id\":\"lab/gpt-test\"");
            assertThat(client.read().body()).isEqualTo(Lab.stream(Lab.CHAT).client());
            assertThat(client.read().body())
                    .isEqualTo(Golden.of("openai", "plain").client());
        }
    }

    @Test
    void connectionsToTheProviderAreKept() {
        lab.provider()
                .always(call -> call.send(Answer.stream(Lab.stream(Lab.CHAT).upstream())));
        lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
        int before = lab.provider().links().size();
        for (int i = 0; i < 10; i++) {
            lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
        }
        assertThat(lab.provider().links()).hasSize(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"close", "keep-alive"})
    void aClientOfHttp10GetsAllBytesUpToTheEndOfTheConnection(String connection) {
        Golden golden = Golden.of("openai", "multi-byte");
        lab.provider().always(call -> call.send(Answer.stream(golden.upstream(), 40)));
        String request = "POST " + Lab.CHAT + " HTTP/1.0\r\nAuthorization: Bearer " + Lab.KEY + "\r\nConnection: "
                + connection + "\r\nContent-Length: " + golden.request().length + "\r\n\r\n";

        Reply reply = lab.ask(Answer.join(Answer.ascii(request), golden.request()));

        assertThat(reply.header("transfer-encoding")).isNull();
        assertThat(reply.end()).isEqualTo(RawClient.End.CLOSED);
        assertThat(reply.body()).isEqualTo(golden.client());
        assertSettled(golden, reply.id());
    }

    @Test
    void aBodyInChunksArrivesWithALength() {
        answersPlainly();
        byte[] body = Golden.of("openai", "plain").request();
        Reply reply = lab.ask(Answer.join(
                Lab.postHead(Lab.CHAT, "Transfer-Encoding: chunked"), Answer.chunks(body, 5), Answer.lastChunk()));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(lab.provider().take().text())
                .isEqualTo(new String(body, StandardCharsets.UTF_8).replace("lab/gpt-test", "gpt-test-1"));
    }

    @Test
    void a100ContinueIsSentToWhomAsksForIt() {
        answersPlainly();
        byte[] body = Golden.of("openai", "plain").request();
        try (RawClient client = lab.client()) {
            client.send(Lab.postHead(Lab.CHAT, "Content-Length: " + body.length, "Expect: 100-continue"));
            assertThat(client.readHead().status()).isEqualTo(100);
            assertThat(client.send(body).read().status()).isEqualTo(200);
        }
    }

    @Test
    void aLargeBodyTravelsByteForByte() {
        answersPlainly();
        String text = "0123456789 é 👋 ".repeat(200_000);
        String body = "{\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}],\"model\":\"lab/gpt-test\"}";
        assertThat(lab.ask(Lab.post(Lab.CHAT, body)).status()).isEqualTo(200);
        assertThat(lab.provider().take().text().equals(body.replace("lab/gpt-test", "gpt-test-1")))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"max_tokens\":7", "\"max_tokens\"   \n\t :  7", "\"\\u006dax_\\u0074okens\":7"})
    void theOlderNameOfTheOutputLimitIsTranslatedForModelsThatNeedIt(String field) {
        answersPlainly();
        String padded = field.replace("   ", " ".repeat(200));
        Reply reply = lab.ask(Lab.post(Lab.CHAT, "{\"model\":\"openai/gpt-5.2\"," + padded + ",\"messages\":[]}"));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(lab.provider().take().text().replaceAll("\\s", ""))
                .contains("\"max_completion_tokens\":7,")
                .doesNotContain("max_tokens\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {Lab.ROUTER_CHAT, Lab.ROUTER_MESSAGES})
    void dataInSeveralLinesIsOneEventOnTheFaceThatWritesEventsAnew(String path) {
        Golden golden = Lab.stream(path);
        String wrapped = new String(golden.upstream(), StandardCharsets.UTF_8)
                .replaceFirst("\"index\":0,", "\"index\":0,\ndata: ");
        lab.provider().always(call -> call.send(Answer.stream(golden.upstream())));
        Reply expected = lab.ask(Lab.post(path, Lab.body(path, true)));
        lab.provider().always(call -> call.send(Answer.stream(wrapped.getBytes(StandardCharsets.UTF_8))));
        Reply reply = lab.ask(Lab.post(path, Lab.body(path, true)));
        assertThat(anonymous(reply)).isEqualTo(anonymous(expected));
    }

    private static String anonymous(Reply reply) {
        return reply.text()
                .replace(reply.id(), "ID")
                .replaceAll("\"created\":\\s*\\d+", "T")
                .replaceAll("\\s", "");
    }
}
