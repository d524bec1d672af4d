package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.testkit.AccessLines;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Golden;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.server.testkit.SharedLab;
import io.penstock.store.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Requests that are refused, on every face: the exact words, the status, the face's own shape, and nothing sent to a provider. */
class BadInputTest extends SharedLab {
    static final List<String> FACES = Lab.FACES;
    static final List<String> RESPONSES = List.of(Lab.RESPONSES, Lab.ROUTER_RESPONSES);
    private static final Path CORPUS = Path.of("../core/src/test/resources/json-test-suite");

    @AfterEach
    void theProviderHeardNothing() {
        assertThat(lab.provider().received()).isEmpty();
        lab.nothingHeld();
    }

    /** Status, words, and the face's own names for the kind of error. */
    private static void assertRefused(String path, Reply reply, Refusal expected) {
        String how = path + ": " + reply.text();
        assertThat(reply.status()).as(how).isEqualTo(expected.status);
        assertThat(reply.header("content-type")).as(how).isEqualTo("application/json");
        assertThat(reply.end()).as(how).isEqualTo(RawClient.End.CLEAN);
        assertThat(reply.id()).as(how).startsWith("gen-");
        if (path.contains("messages") || path.startsWith("/anthropic")) {
            assertThat(reply.text())
                    .as(how)
                    .startsWith("{\"type\":\"error\",\"error\":{\"type\":\"" + expected.anthropic + "\",\"message\":\""
                            + expected.message)
                    .endsWith("},\"request_id\":\"" + reply.id() + "\"}");
            assertThat(reply.header("request-id")).as(how).isEqualTo(reply.id());
        } else if (path.startsWith("/api/")) {
            assertThat(reply.text())
                    .as(how)
                    .startsWith("{\"error\":{\"code\":" + expected.status + ",\"message\":\"" + expected.message);
        } else {
            assertThat(reply.text())
                    .as(how)
                    .startsWith("{\"error\":{\"message\":\"" + expected.message)
                    .contains("\",\"type\":\"" + expected.openai + "\",\"param\":")
                    .endsWith(",\"code\":" + (expected.code == null ? "null" : "\"" + expected.code + "\"") + "}}");
        }
    }

    private record Refusal(int status, String message, String openai, String code, String anthropic) {
        static Refusal bad(String message) {
            return new Refusal(400, message, "invalid_request_error", null, "invalid_request_error");
        }
    }

    private static final Refusal INVALID_JSON = Refusal.bad("invalid JSON body");
    private static final Refusal TOO_LARGE = new Refusal(
            413, "request body too large", "invalid_request_error", "request_too_large", "request_too_large");
    private static final Refusal BAD_KEY =
            new Refusal(401, "invalid api key", "invalid_request_error", "invalid_api_key", "authentication_error");
    private static final Refusal UNKNOWN_PATH =
            new Refusal(404, "unknown api path", "invalid_request_error", "unknown_path", "not_found_error");
    private static final Refusal UNKNOWN_MODEL = new Refusal(
            404, "no model config found for: ", "invalid_request_error", "model_not_found", "not_found_error");

    // ---- bodies

    @ParameterizedTest
    @FieldSource("FACES")
    void noInvalidJsonReachesAProvider(String path) {
        try (RawClient client = lab.client();
                Stream<Path> files = Files.list(CORPUS)) {
            List<Path> invalid = files.filter(
                            file -> file.getFileName().toString().startsWith("n_"))
                    .sorted()
                    .toList();
            assertThat(invalid).hasSizeGreaterThan(180);
            for (Path file : invalid) {
                byte[] json = Files.readAllBytes(file);
                Reply alone = client.send(Lab.post(path, json)).read();
                assertThat(alone.status()).as("%s", file).isEqualTo(400);
                byte[] inside = Answer.join(
                        Answer.ascii("{\"model\":\"lab/gpt-test\",\"messages\":[],\"x\":"), json, Answer.ascii("}"));
                assertRefused(path, client.send(Lab.post(path, inside)).read(), INVALID_JSON);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void aHundredThousandLevelsAreRefused(String path) {
        String deep = "[".repeat(100_000) + "]".repeat(100_000);
        String objects = "{\"a\":".repeat(100_000) + "1" + "}".repeat(100_000);
        for (String value : List.of(deep, objects)) {
            Reply reply = lab.ask(Lab.post(path, "{\"model\":\"lab/gpt-test\",\"messages\":" + value + "}"));
            assertRefused(path, reply, INVALID_JSON);
        }
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void fiftyMegabytesAreRefusedAndTheClientSeesWhy(String path) {
        byte[] body = new byte[50 * 1024 * 1024];
        java.util.Arrays.fill(body, (byte) ' ');
        try (RawClient client = lab.client()) {
            client.send(Lab.postHead(path, "Content-Length: " + body.length));
            client.offer(body);
            assertRefused(path, client.read(), TOO_LARGE);
        }
        try (RawClient client = lab.client()) {
            client.send(Lab.postHead(path, "Transfer-Encoding: chunked"));
            client.offer(Answer.chunk(body));
            assertRefused(path, client.read(), TOO_LARGE);
        }
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void compressedBodiesAreRefused(String path) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(Lab.body(path, false).getBytes(StandardCharsets.UTF_8));
        }
        for (String encoding : List.of("gzip", "br", "identity, gzip")) {
            Reply reply = lab.ask(Lab.post(path, bytes.toByteArray(), "Content-Encoding: " + encoding));
            assertRefused(
                    path,
                    reply,
                    new Refusal(
                            415,
                            "content encoding not supported",
                            "invalid_request_error",
                            null,
                            "invalid_request_error"));
        }
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void fieldsThatCannotBeAreRefused(String path) {
        String rest = ",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
        String image = "{\"model\":\"lab/gpt-test\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":["
                + (path.endsWith("messages")
                        ? "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"aaaa\"}}"
                        : "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,aaaa\"}}")
                + "]}]}";
        String audio = "{\"model\":\"lab/gpt-test\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":["
                + "{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"aaaa\",\"format\":\"wav\"}}]}]}";
        String[][] cases = {
            {"", "invalid JSON body"},
            {"[]", "invalid JSON body"},
            {"\"text\"", "invalid JSON body"},
            {"{} {}", "invalid JSON body"},
            {"\ufeff{}", "invalid JSON body"},
            {"{}", "model field is required"},
            {"{\"messages\":[]}", "model field is required"},
            {"{\"model\":\"\"" + rest, "invalid or empty requested model"},
            {"{\"model\":null" + rest, "invalid or empty requested model"},
            {"{\"model\":5" + rest, "invalid or empty requested model"},
            {"{\"model\":[\"lab/gpt-test\"]" + rest, "invalid or empty requested model"},
            {"{\"model\":\"" + "m".repeat(5_000) + "\"" + rest, "invalid or empty requested model"},
            {"{\"model\":\"lab/gpt-test\",\"model\":\"lab/gpt-test\"" + rest, "invalid JSON body"},
            {"{\"model\":\"lab/gpt-test\",\"mod\\u0065l\":\"openai/gpt-5\"" + rest, "invalid JSON body"},
            {"{\"model\":\"lab/gpt-test\",\"stream\":\"yes\"" + rest, "invalid JSON body: stream must be"},
            {"{\"model\":\"lab/gpt-test\",\"stream\":1" + rest, "invalid JSON body: stream must be"},
            {"{\"model\":\"lab/gpt-test\",\"messages\":\"x\"}", "invalid JSON body: messages must be"},
            {"{\"model\":\"lab/gpt-test\",\"max_tokens\":-1,\"messages\":[]}", "invalid JSON body: max_tokens must be"},
            {
                "{\"model\":\"lab/gpt-test\",\"max_tokens\":\"5\",\"messages\":[]}",
                "invalid JSON body: max_tokens must be"
            },
            {"{\"model\":\"lab/gpt-test\",\"n\":100000" + rest, "invalid JSON body: n must be"},
            {"{\"model\":\"deepseek/deepseek-v3.2\"" + rest, "provider routing is not configured: "},
            {"{\"model\":\"nowhere/gpt\"" + rest, "provider routing is not configured"},
            {image, "images are not supported by this model"},
            {audio, "audio is not supported by this model"},
        };
        for (String[] one : cases) {
            assertRefused(path, lab.ask(Lab.post(path, asFor(path, one[0]))), Refusal.bad(asFor(path, one[1])));
        }
    }

    /** The same with the names that Responses have for it. */
    private static String asFor(String path, String text) {
        return !path.endsWith("responses")
                ? text
                : text.replace("\"messages\":\"x\"", "\"input\":5")
                        .replace("messages must be", "input must be")
                        .replace("\"messages\"", "\"input\"")
                        .replace("max_tokens", "max_output_tokens")
                        .replace(
                                "\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,aaaa\"}",
                                "\"type\":\"input_image\",\"image_url\":\"data:image/png;base64,aaaa\"");
    }

    @ParameterizedTest
    @FieldSource("RESPONSES")
    void whatResponsesAloneCannotBeIsRefused(String path) {
        String[][] cases = {
            {"{\"model\":\"lab/gpt-test\"}", "invalid JSON body: input must be a string or an array"},
            {"{\"model\":\"lab/gpt-test\",\"messages\":[]}", "invalid JSON body: input must be a string or an array"},
            {"{\"model\":\"lab/gpt-test\",\"input\":{}}", "invalid JSON body: input must be a string or an array"},
            {"{\"model\":\"lab/gpt-test\",\"input\":true}", "invalid JSON body: input must be a string or an array"},
            {"{\"model\":\"lab/gpt-test\",\"input\":\"\",\"background\":true}", "invalid JSON body: background must be"
            },
        };
        for (String[] one : cases) {
            assertRefused(path, lab.ask(Lab.post(path, one[0])), Refusal.bad(one[1]));
        }
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void anUnknownModelIsToldWithItsNearest(String path) {
        Reply reply = lab.ask(Lab.post(path, Lab.body(path, "lab/gpt-tset", false)));
        assertRefused(path, reply, UNKNOWN_MODEL);
        assertThat(reply.text())
                .contains("no model config found for: lab/gpt-tset (nearest: ")
                .contains("lab/gpt-test");
        assertThat(lab.row(reply.id()).outcome()).isEqualTo(Outcome.REFUSED);
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void autoThatIsSwitchedOffIsSaidToBe(String path) {
        try (Lab off = Lab.withoutAuto()) {
            assertRefused(
                    path,
                    off.ask(Lab.post(path, Lab.body(path, "auto", false))),
                    Refusal.bad("auto routing is not enabled"));
        }
    }

    // ---- keys

    @ParameterizedTest
    @FieldSource("FACES")
    void withoutAKeyNothingIsDone(String path) {
        String body = Lab.body(path, false);
        List<RawClient> asked = new ArrayList<>(); // all before the first answer: wrong keys are answered slowly
        for (String line : List.of(
                "X: y",
                "Authorization: Bearer sk-or-v1-" + "0".repeat(64),
                "Authorization: Bearer " + Lab.KEY.toUpperCase(Locale.ROOT),
                "Authorization: Bearer " + Lab.KEY + "x",
                "Authorization: Bearer ",
                "Authorization: Basic " + Lab.KEY,
                "Authorization: " + Lab.KEY,
                "x-api-key: wrong",
                "x-api-key: " + Lab.PROVIDER_KEY,
                "Authorization: Bearer " + "k".repeat(1_000))) {
            asked.add(lab.client()
                    .send(Answer.ascii("POST " + path + " HTTP/1.1\r\nHost: localhost\r\n" + line
                            + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)));
        }
        for (RawClient client : asked) {
            try (client) {
                Reply reply = client.read();
                assertRefused(path, reply, BAD_KEY);
                assertThat(reply.text()).doesNotContain(Lab.KEY);
            }
        }
    }

    @Test
    void listingsNeedAKeyToo() {
        for (String path :
                List.of("/openai/v1/models", "/anthropic/v1/models", "/api/v1/models", "/openai/v1/models/x")) {
            Reply reply = lab.ask(Answer.ascii("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            assertRefused(path, reply, BAD_KEY);
        }
    }

    // ---- paths

    @Test
    void noSecondSpellingOfAPathExists() {
        for (String path : List.of(
                "/openai/v1/chat/completions/",
                "/openai/v1//chat/completions",
                "//openai/v1/chat/completions",
                "/openai/v1/chat%2Fcompletions",
                "/openai/v1/chat/%63ompletions",
                "/openai/v1/../v1/chat/completions",
                "/openai/./v1/chat/completions",
                "/openai/v1/chat/completions;a=b",
                "/openai\\v1\\chat\\completions",
                "/OpenAI/v1/chat/completions",
                "/openai/v1/chat/completions%00",
                "/v1/chat/completions",
                "/v1/messages",
                "/chat/completions",
                "/openai/v1/v1/chat/completions",
                "/openai/v1/responses/x",
                "/anthropic///v1/messages",
                "/anthropic/v1//messages",
                "/anthropic/v1/messages/",
                "/anthropic/v1/messages/batches",
                "/api/v1/messages/",
                "/api/v2/chat/completions",
                "/admin",
                "/.env",
                "/etc/passwd")) {
            Reply reply = lab.ask(Lab.post(path, Lab.body(Lab.CHAT, false)));
            assertRefused(
                    path.startsWith("/api/v1/") ? "/api/" : path.startsWith("/anthropic") ? path : "/",
                    reply,
                    UNKNOWN_PATH);
            assertThat(reply.text())
                    .contains("http://localhost/openai/v1", "http://localhost/anthropic", "http://localhost/api/v1");
        }
    }

    /** Whoever set a client up wrongly looks there. */
    @Test
    void theAccessLineOfAnUnknownPathTellsIt() {
        try (AccessLines lines = new AccessLines()) {
            Reply plain = lab.ask(Lab.get("/v1/chat/completions?api_key=sk-secret"));
            assertThat(lines.of(plain.id())).endsWith(" path=/v1/chat/completions");
            Reply odd = lab.ask(Lab.get("/x\"= y=\"".replace(' ', '<') + "y".repeat(5_000)));
            assertThat(lines.of(odd.id()))
                    .contains(" path=\"/x\\u0022=<y=\\u0022yyy")
                    .hasSizeLessThan(1_000);
            Reply known = lab.ask(Lab.get("/openai/v1/models/nope"));
            assertThat(known.status()).isEqualTo(404);
            assertThat(lines.all()).noneMatch(line -> line.contains("sk-secret") || line.contains("path=/openai"));
        }
    }

    @Test
    void aWrongMethodIsAnUnknownPath() {
        for (String method : List.of("GET", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "post")) {
            for (String path : FACES) {
                Reply reply = lab.ask(Answer.ascii(method + " " + path
                        + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + Lab.KEY + "\r\n\r\n"));
                assertThat(reply.status()).as(method + path).isEqualTo(404);
                assertThat(reply.text()).contains("unknown api path");
                assertThat(reply.header("access-control-allow-origin")).isNull();
            }
        }
    }

    @Test
    void modelIdsInPathsAreDecodedOnceAndOnlySo() {
        for (String id : List.of("lab/gpt-test", "lab%2Fgpt-test", "lab%2fgpt-test")) {
            assertThat(lab.ask(Lab.get("/openai/v1/models/" + id)).status()).isEqualTo(200);
            assertThat(lab.ask(Lab.get("/anthropic/v1/models/" + id)).status()).isEqualTo(200);
            assertThat(lab.ask(Lab.get("/anthropic//v1/models/" + id)).status()).isEqualTo(200);
        }
        for (String id : List.of(
                "lab%252Fgpt-test", "lab%2e%2e", "lab//gpt-test", "lab/../x", "lab/gpt;test", "%00", "lab\\gpt")) {
            assertThat(lab.ask(Lab.get("/openai/v1/models/" + id)).text()).contains("unknown api path");
        }
        assertRefused("/anthropic", lab.ask(Lab.get("/anthropic/v1/models/nope")), UNKNOWN_MODEL);
        assertRefused("/openai", lab.ask(Lab.get("/openai/v1/models/nope")), UNKNOWN_MODEL);
    }

    @Test
    void probesAreAnsweredWithoutAKey() {
        for (String path : List.of(
                "/openai/v1",
                "/openai/v1/",
                "/anthropic",
                "/anthropic/",
                "/anthropic/api/hello",
                "/api/v1",
                "/healthz",
                "/readyz")) {
            try (RawClient client = lab.client()) {
                client.send("HEAD " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertThat(client.readHeadOnly().status()).as(path).isEqualTo(200);
                client.send(Lab.get("/healthz"));
                assertThat(client.read().text()).as("behind " + path).isEqualTo("ok\n");
            }
        }
    }

    @Test
    void aRefusedHeadRequestGetsNoBody() {
        for (String path : List.of("/nowhere", "/openai/v1/models", "/anthropic/v1/messages", "/api/v1/models/x")) {
            try (RawClient client = lab.client()) {
                client.send("HEAD " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertThat(client.readHeadOnly().status()).as(path).isEqualTo(404);
                client.send(Lab.get("/healthz"));
                Reply next = client.read();
                assertThat(next.text()).as("behind " + path).isEqualTo("ok\n");
            }
        }
        try (RawClient client = lab.client()) {
            client.send("HEAD /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n");
            assertThat(client.readHeadOnly().status()).isEqualTo(403);
            client.send(Lab.get("/healthz"));
            assertThat(client.read().text()).isEqualTo("ok\n");
        }
    }

    @Test
    void aTrailingSlashOfTheBaseUrlAndABetaQueryWork() {
        lab.provider()
                .always(call -> call.send(
                        Answer.json(200, Golden.of("anthropic", "plain").upstream())));
        String body = Lab.body(Lab.MESSAGES, false);
        assertThat(lab.ask(Lab.post("/anthropic//v1/messages", body)).status()).isEqualTo(200);
        assertThat(lab.provider().take().line()).isEqualTo("POST /v1/messages HTTP/1.1");
        assertThat(lab.ask(Lab.post("/anthropic/v1/messages?beta=true", body)).status())
                .isEqualTo(200);
        assertThat(lab.provider().take().line()).isEqualTo("POST /v1/messages?beta=true HTTP/1.1");
        assertThat(lab.ask(Lab.post("/anthropic/v1/messages?x=http://169.254.169.254/", body))
                        .status())
                .isEqualTo(200);
        assertThat(lab.provider().take().line()).isEqualTo("POST /v1/messages HTTP/1.1");
        Reply counted = lab.ask(Lab.post("/anthropic/v1/messages/count_tokens?beta=true", body));
        assertThat(counted.status()).isEqualTo(200);
        assertThat(counted.text()).matches("\\{\"input_tokens\":[1-9][0-9]*}");
        lab.provider().forget();
    }

    // ---- pages of other origins

    @Test
    void foreignHostsAndOriginsAreRefused() {
        for (String path :
                List.of(Lab.CHAT, Lab.MESSAGES, Lab.ROUTER_CHAT, "/openai/v1/models", "/healthz", "/metrics", "/")) {
            for (String host :
                    List.of("evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "10.0.0.1", "0.0.0.0", "")) {
                Reply reply = lab.ask(Answer.ascii("GET " + path + " HTTP/1.1\r\nHost: " + host
                        + "\r\nAuthorization: Bearer " + Lab.KEY + "\r\n\r\n"));
                assertThat(reply.status()).as(path + " " + host).isEqualTo(403);
                assertThat(reply.text()).contains("origin not allowed");
            }
            for (String origin : List.of(
                    "http://evil.example",
                    "https://localhost.evil.example",
                    "http://127.0.0.1:1",
                    "http://localhost:3000")) {
                Reply reply = lab.ask(Lab.get(path, "Origin: " + origin));
                assertThat(reply.status()).as(path + " " + origin).isEqualTo(403);
            }
        }
        assertThat(lab.ask(Lab.get("/openai/v1/models", "Origin: http://localhost"))
                        .status())
                .isEqualTo(200);
        for (String host : List.of("localhost", "LOCALHOST:1", "127.0.0.1:4680", "[::1]:80")) {
            Reply reply = lab.ask(Answer.ascii("GET /healthz HTTP/1.1\r\nHost: " + host + "\r\n\r\n"));
            assertThat(reply.status()).as(host).isEqualTo(200);
        }
    }

    @Test
    void aPageWithoutAnOriginReachesTheFacesAloneAndOnlyWithAKey() {
        for (String origin : List.of("null", "app://x", "file://")) {
            String line = "Origin: " + origin;
            for (String path : List.of("/openai/v1/models", "/anthropic/v1/models", "/api/v1/models")) {
                assertThat(lab.ask(Lab.get(path, line)).status())
                        .as(path + " " + origin)
                        .isEqualTo(200);
                Reply reply = lab.ask(Answer.ascii("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + line
                        + "\r\nAuthorization: Bearer " + Lab.KEY + "x\r\n\r\n"));
                assertRefused(path, reply, BAD_KEY);
            }
            for (String path : List.of("/metrics", "/", "/admin/v1/keys", "/healthz")) {
                String head = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + line + "\r\n\r\n";
                assertThat(lab.ask(Answer.ascii(head)).status())
                        .as(path + " " + origin)
                        .isEqualTo(403);
            }
            for (String path : List.of("/metrics", "/healthz")) {
                assertThat(lab.ask(Lab.get(path, line)).status())
                        .as(path + " with a key, " + origin)
                        .isEqualTo(403);
            }
            try (RawClient client = lab.client()) {
                client.send("HEAD /anthropic HTTP/1.1\r\nHost: localhost\r\n" + line + "\r\n\r\n");
                assertThat(client.readHeadOnly().status()).isEqualTo(403);
                client.send("HEAD /anthropic HTTP/1.1\r\nHost: localhost\r\n" + line + "\r\nx-api-key: " + Lab.KEY
                        + "\r\n\r\n");
                assertThat(client.readHeadOnly().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void theRefusalOfAForeignHostNamesTheSettingThatAllowsIt() {
        String request = "GET /healthz HTTP/1.1\r\nHost: Gateway.Example:4680\r\n\r\n";
        Reply refused = lab.ask(Answer.ascii(request));
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.text())
                .contains("origin not allowed: this Host is not one of ours", "hosts", "PENSTOCK_HOSTS");
        try (Lab named =
                Lab.also((builder, provider) -> builder.host("gateway.example").host("[fd00::1]"))) {
            assertThat(named.ask(Answer.ascii(request)).status()).isEqualTo(200);
            for (String host : List.of("[FD00::1]:80", "localhost", "127.0.0.1")) {
                assertThat(named.ask(Answer.ascii("GET /healthz HTTP/1.1\r\nHost: " + host + "\r\n\r\n"))
                                .status())
                        .as(host)
                        .isEqualTo(200);
            }
            for (String host : List.of("other.example", "gateway.example.evil", "[fd00::2]")) {
                assertThat(named.ask(Answer.ascii("GET /healthz HTTP/1.1\r\nHost: " + host + "\r\n\r\n"))
                                .status())
                        .as(host)
                        .isEqualTo(403);
            }
        }
    }

    @Test
    void ofTwoKeysTheValidOneCountsAndOfTwoValidOnesTheFacesOwn() {
        String wrong = "sk-or-v1-" + "0".repeat(64);
        for (String path : Lab.FACES) {
            byte[] plain = Lab.plain(path).upstream();
            lab.provider().always(call -> call.send(Answer.json(200, plain)));
            for (String other : List.of("", wrong, Lab.PROVIDER_KEY, "x")) {
                assertThat(keyOf(path, "Authorization: Bearer " + Lab.KEY, "x-api-key: " + other))
                        .isEqualTo("lab");
                assertThat(keyOf(path, "x-api-key: " + Lab.KEY, "Authorization: Bearer " + other))
                        .isEqualTo("lab");
            }
            assertThat(keyOf(path, "x-api-key: " + Lab.KEY, "Authorization: Basic eDp5"))
                    .isEqualTo("lab");
            assertThat(keyOf(path, "Authorization: Bearer " + Lab.KEY, "x-api-key: " + Lab.DATA_KEY))
                    .as(path)
                    .isEqualTo(path.equals(Lab.MESSAGES) ? "data" : "lab");
        }
        lab.provider().forget();
    }

    /** The name of the key that the request was booked on. */
    private static String keyOf(String path, String... lines) {
        String body = Lab.body(path, false);
        Reply reply = lab.ask(Answer.ascii("POST " + path + " HTTP/1.1\r\nHost: localhost\r\n"
                + String.join("\r\n", lines) + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body));
        assertThat(reply.status()).as(path + " " + List.of(lines)).isEqualTo(200);
        long id = lab.row(reply.id()).keyId();
        return lab.gateway().gateway().store().keys().list().stream()
                .filter(key -> key.id() == id)
                .findFirst()
                .orElseThrow()
                .name();
    }
}
