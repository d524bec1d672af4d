package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.config.ModelConfig;
import io.penstock.server.config.ProviderConfig;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.Logged;
import io.penstock.server.testkit.Reply;
import io.penstock.store.RequestLogEntry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A provider that repeats our credentials: no client sees one, no row of the database has one. */
class EchoedCredentialTest {
    private static final String SHOWN = "own/secret-0123456789+abcdef";
    private static final String OTHER = "other-secret.9876543210";
    private static final String HEADER = "header-secret-555-666-777";
    private static final List<String> SECRETS = List.of(SHOWN, OTHER, HEADER);

    private Lab lab;

    @BeforeEach
    void start() {
        lab = Lab.also((builder, provider) -> builder.provider(with(ProviderConfig.builder("all")
                        .openai(provider.url("/v1"))
                        .anthropic(provider.url(""))
                        .responses(provider.url("/v1"))))
                .provider(with(ProviderConfig.builder("chat").openai(provider.url("/v1"))))
                .provider(with(ProviderConfig.builder("msgs").anthropic(provider.url(""))))
                .provider(with(ProviderConfig.builder("resp").responses(provider.url("/v1")))));
    }

    private static ProviderConfig with(ProviderConfig.Builder builder) {
        return builder.apiKey(SHOWN, 1)
                .apiKey(OTHER, 1)
                .header("X-Extra-Token", HEADER)
                .model(ModelConfig.builder("m")
                        .context(100_000)
                        .maxOutput(1_000)
                        .build())
                .build();
    }

    @AfterEach
    void stop() {
        lab.nothingHeld();
        lab.close();
    }

    /** Every face with every protocol behind it. */
    static Stream<Arguments> crossings() {
        return Lab.FACES.stream()
                .flatMap(
                        path -> Stream.of("all", "chat", "msgs", "resp").map(provider -> Arguments.of(path, provider)));
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void inNoFieldOfARefusal(String path, String provider) {
        for (int status : new int[] {400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 503, 529}) {
            for (String field : List.of("message", "type", "code", "param")) {
                for (String secret : SECRETS) {
                    String error = "{\"error\":{" + (field.equals("message") ? "" : "\"message\":\"flagged\",") + "\""
                            + field + "\":\"wrong " + escaped(secret) + " here\"}}";
                    lab.provider().next(call -> call.send(Answer.json(status, error)));
                    safe(lab.ask(Lab.post(path, Lab.body(path, provider + "/m", false))));
                }
            }
        }
    }

    @Test
    void aRefusedCredentialIsWarnedOfOnceForAllItsProtocols() {
        lab.provider().always(call -> call.send(Answer.json(401, "{}")));
        try (Logged log = Logged.of("io.penstock.server.attempt")) {
            for (int i = 0; i < 20; i++) {
                for (String path : Lab.FACES) {
                    assertThat(lab.ask(Lab.post(path, Lab.body(path, "all/m", false)))
                                    .status())
                            .isEqualTo(502);
                }
            }
            assertThat(log.warnings())
                    .hasSizeBetween(1, SECRETS.size())
                    .allMatch(line -> line.startsWith(
                            "all refused our credential or account (status 401, once since the last warning)"));
        }
    }

    @Test
    void theWordsOfAModelNotFoundStay() {
        lab.provider()
                .always(call ->
                        call.send(Answer.json(404, "{\"error\":{\"message\":\"gone since May; " + SHOWN + "\"}}")));
        for (String path : Lab.FACES) {
            Reply reply = lab.ask(Lab.post(path, Lab.body(path, "all/m", false)));
            assertThat(reply.status()).isEqualTo(502);
            assertThat(reply.text())
                    .contains("upstream service unavailable: all does not know m any more: gone since May; ***");
        }
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void notAtTheEndOfWordsThatAreCut(String path, String provider) {
        for (int before : new int[] {1980, 1990, 1999}) {
            String error = "{\"error\":{\"message\":\"" + "x ".repeat(before / 2) + SHOWN + "\"}}";
            lab.provider().next(call -> call.send(Answer.json(400, error)));
            Reply reply = lab.ask(Lab.post(path, Lab.body(path, provider + "/m", false)));
            safe(reply);
            assertThat(reply.text()).doesNotContain("own/secr");
        }
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void notInAnErrorInsideAnAnswer(String path, String provider) {
        List<String> answers = List.of(
                "{\"error\":{\"message\":\"wrong %s\",\"code\":\"%s\"}}",
                "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":\"wrong %s\"}}",
                "{\"id\":\"1\",\"choices\":[{\"index\":0,\"finish_reason\":\"%s\",\"message\":{\"role\":\"assistant\","
                        + "\"content\":\"a\"}}],\"error\":{\"message\":\"%s\"},\"usage\":{\"prompt_tokens\":1,"
                        + "\"completion_tokens\":1}}",
                "{\"id\":\"1\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"error\":{\"message\":\"%s\"},"
                        + "\"message\":{\"role\":\"assistant\",\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":1,"
                        + "\"completion_tokens\":1}}",
                "{\"message\":\"wrong %s\"}");
        for (String answer : answers) {
            for (String secret : SECRETS) {
                lab.provider().next(call -> call.send(Answer.json(200, answer.replace("%s", escaped(secret)))));
                safe(lab.ask(Lab.post(path, Lab.body(path, provider + "/m", false))));
                lab.provider().next(call -> call.send(Answer.json(200, answer.replace("%s", escaped(secret)))));
                safe(lab.ask(Lab.post(path, Lab.body(path, provider + "/m", true))));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void notInAStreamHoweverItIsCut(String path, String provider) {
        var random = new Random(42);
        for (String event : events(provider, path)) {
            for (boolean begun : new boolean[] {true, false}) {
                String secret = SECRETS.get(random.nextInt(SECRETS.size()));
                String events = (begun ? firstOf(provider, path) : "")
                        + event.replace("%s", random.nextBoolean() ? escaped(secret) : written(secret, random));
                int size = 1 + random.nextInt(events.length());
                lab.provider().next(call -> call.send(Answer.stream(events.getBytes(StandardCharsets.UTF_8), size)));
                safe(lab.ask(Lab.post(path, Lab.body(path, provider + "/m", true))));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void notInTheTypeOfAnAnswer(String path, String provider) {
        byte[] events = firstOf(provider, path).getBytes(StandardCharsets.UTF_8);
        lab.provider()
                .next(call -> call.send(Answer.head(
                                200, "text/event-stream; of=" + SHOWN, "Transfer-Encoding: chunked", "X-Key: " + SHOWN))
                        .send(Answer.chunk(events))
                        .send(Answer.lastChunk()));
        safe(lab.ask(Lab.post(path, Lab.body(path, provider + "/m", true))));
    }

    private static String protocol(String provider, String path) {
        return switch (provider) {
            case "chat" -> "chat";
            case "msgs" -> "messages";
            case "resp" -> "responses";
            default -> path.endsWith("messages") ? "messages" : path.endsWith("responses") ? "responses" : "chat";
        };
    }

    private static String firstOf(String provider, String path) {
        String[] events = new String(Lab.stream("/" + protocol(provider, path)).upstream(), StandardCharsets.UTF_8)
                .split("(?<=\n\n)", -1);
        StringBuilder first = new StringBuilder();
        for (int i = 0; i < events.length - 3; i++) {
            first.append(events[i]);
            if (events[i].contains("Hello")) {
                break;
            }
        }
        return first.toString();
    }

    private static List<String> events(String provider, String path) {
        List<String> events = new ArrayList<>(
                List.of(
                        "data: {\"error\":{\"message\":\"wrong %s\",\"type\":\"%s\",\"code\":\"%s\",\"param\":\"%s\"}}\n\n",
                        "event: error\ndata: {\"message\":\"wrong %s\"}\n\n",
                        "event: error\ndata: wrong %s\n\n",
                        ": wrong %s\n\ndata: {\"error\":{\"message\":\"wrong %s\"}}\n\n",
                        "data: {\"error\":\ndata: {\"message\":\ndata: \"wrong %s\"}}\n\n",
                        "data: {\"error\":\"wrong %s\"}\n\n",
                        "data: {\"error\":{\"message\":\"wrong %s\"}\n\n",
                        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"error\":{\"message\":\"%s\"}}]}\n\n"));
        switch (protocol(provider, path)) {
            case "messages" ->
                events.add(
                        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":\"wrong %s\"}}\n\n");
            case "responses" -> {
                events.add("event: error\ndata: {\"type\":\"error\",\"code\":\"%s\",\"message\":\"wrong %s\","
                        + "\"param\":\"%s\"}\n\n");
                events.add("event: response.failed\ndata: {\"type\":\"response.failed\",\"response\":{\"id\":\"r\","
                        + "\"status\":\"failed\",\"error\":{\"code\":\"%s\",\"message\":\"wrong %s\"},"
                        + "\"output\":[]}}\n\n");
            }
            default ->
                events.add("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"error\"}],"
                        + "\"error\":{\"code\":500,\"message\":\"wrong %s\"}}\n\n");
        }
        return events;
    }

    private static String escaped(String secret) {
        return secret.replace("/", "\\/");
    }

    /** As a provider may write it: letters escaped, once or twice. */
    private static String written(String secret, Random random) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < secret.length(); i++) {
            char c = secret.charAt(i);
            out.append(random.nextInt(4) == 0 ? String.format("\\u%04x", (int) c) : String.valueOf(c));
        }
        return out.toString();
    }

    private void safe(Reply reply) {
        String told = unescaped(reply.head() + reply.text());
        for (String secret : SECRETS) {
            assertThat(told).doesNotContain(secret);
            assertThat(told)
                    .doesNotContain(Base64.getEncoder().encodeToString(secret.getBytes(StandardCharsets.UTF_8)));
        }
        RequestLogEntry row = lab.row(reply.id());
        for (String secret : SECRETS) {
            assertThat(unescaped(row.toString())).doesNotContain(secret);
        }
    }

    /** What a reader of JSON, or of the same inside a string, would see; the ends of chunks and of lines of data left out. */
    private static String unescaped(String told) {
        String text = told.replace("\ndata: ", "").replace("\\/", "/");
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (text.startsWith("\\u", i) && i + 6 <= text.length()) {
                out.append((char) Integer.parseInt(text.substring(i + 2, i + 6), 16));
                i += 5;
            } else {
                out.append(text.charAt(i));
            }
        }
        return out.toString();
    }
}
