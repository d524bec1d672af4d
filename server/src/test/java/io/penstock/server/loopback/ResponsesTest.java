package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Golden;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.OpenResponses;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.server.testkit.SharedLab;
import io.penstock.store.EntryKind;
import io.penstock.store.LedgerEntry;
import io.penstock.store.Outcome;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/** What the Responses API has of its own: events before an answer, failures with a status, one end with everything in it. */
class ResponsesTest extends SharedLab {
    static final List<String> FACES = List.of(Lab.RESPONSES, Lab.ROUTER_RESPONSES);

    private static String text() {
        return new String(Golden.of("responses", "text").upstream(), StandardCharsets.UTF_8);
    }

    /** The golden stream up to its second event, which is the last before the answer. */
    private static String beginning() {
        String text = text();
        return text.substring(0, text.indexOf("event: response.output_item.added"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void aFailureBeforeTheFirstItemIsATrueHttpError(String path) {
        lab.provider().next(call -> call.send(Answer.stream(bytes(beginning() + Lab.errorEvent(path, "no luck")))));
        Reply reply = lab.ask(Lab.post(path, Lab.body(path, true)));
        assertThat(reply.status()).isEqualTo(502);
        assertThat(reply.text()).contains("upstream service error").contains("no luck");
        assertThat(lab.end(reply.id()).kind()).isEqualTo(EntryKind.RELEASE);
        assertThat(lab.row(reply.id()).outcome()).isEqualTo(Outcome.FAILED);
    }

    @ParameterizedTest
    @CsvSource({
        "rate_limit_exceeded, 429",
        "invalid_prompt, 400",
        "context_length_exceeded, 400",
        "server_is_overloaded, 503",
        "server_error, 502",
        "vector_store_timeout, 502"
    })
    void itsCodeSaysWhichError(String code, int status) {
        String failed = Lab.errorEvent(Lab.RESPONSES, "their words").replace("server_error", code);
        String error = "event: error\ndata: {\"type\":\"error\",\"sequence_number\":2,\"code\":\"" + code
                + "\",\"message\":\"their words\",\"param\":null}\n\n";
        String nested = "data: {\"type\":\"error\",\"error\":{\"type\":\"x\",\"code\":\"" + code
                + "\",\"message\":\"their words\"}}\n\n";
        for (String event : List.of(failed, error, nested)) {
            lab.provider().next(call -> call.send(Answer.stream(bytes(beginning() + event))));
            Reply reply = lab.ask(Lab.post(Lab.RESPONSES, Lab.body(Lab.RESPONSES, true)));
            assertThat(reply.status()).as(event).isEqualTo(status);
            assertThat(reply.text()).as(event).contains("their words");
        }
    }

    @Test
    void anErrorEventInTheMiddleReachesTheClientAsItIs() {
        String text = text();
        String begun = text.substring(0, text.indexOf("event: response.output_text.done"));
        String error = "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"m\"}\n\n";
        lab.provider().next(call -> call.send(Answer.stream(bytes(begun + error))));
        Reply reply = lab.ask(Lab.post(Lab.RESPONSES, Lab.body(Lab.RESPONSES, true)));
        assertThat(reply.text()).isEqualTo(begun + error);
        assertThat(reply.end()).isNotEqualTo(RawClient.End.CLEAN);
        assertThat(lab.row(reply.id()).outcome()).isEqualTo(Outcome.CUT);
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void ourErrorEventIsAWholeResponseWithTheNextNumber(String path) {
        String text = text();
        String begun = text.substring(0, text.indexOf("event: response.output_text.done")); // 0 to 6
        lab.provider()
                .next(call -> call.send(Answer.streamHead())
                        .send(Answer.chunk(bytes(begun)))
                        .close());
        Reply reply = lab.ask(Lab.post(path, Lab.body(path, true)));
        String last = reply.text().substring(reply.text().indexOf("event: response.failed"));
        JsonNode failed = OpenResponses.broken(reply.text());
        JsonNode response = failed.path("response");
        assertThat(last)
                .startsWith("event: response.failed\ndata: {\"type\":\"response.failed\",\"sequence_number\":7,");
        boolean router = path.equals(Lab.ROUTER_RESPONSES);
        assertThat(response.path("id").asText()).isEqualTo(router ? reply.id() : "resp_1");
        assertThat(response.path("model").asText()).isEqualTo(router ? "lab/gpt-test" : "gpt-test-1");
        assertThat(response.path("error").path("message").asText()).startsWith("upstream service error");
        assertThat(failed.path("error_type").asText()).isEqualTo(router ? "provider_unavailable" : "");
        LedgerEntry end = lab.end(reply.id());
        assertThat(end.kind()).isEqualTo(EntryKind.SETTLEMENT);
        assertThat(end.estimated()).isTrue();
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void ourErrorEventGoesOnFromTheProvidersNumbers(String path) {
        String text = text();
        String begun = text.substring(0, text.indexOf("event: response.output_text.done"));
        for (int number = 6; number >= 0; number--) {
            begun = begun.replace("\"sequence_number\":" + number + ",", "\"sequence_number\":" + (number + 41) + ",");
        }
        byte[] events = bytes(begun);
        lab.provider()
                .next(call -> call.send(Answer.streamHead())
                        .send(Answer.chunk(events))
                        .close());
        Reply reply = lab.ask(Lab.post(path, Lab.body(path, true)));
        assertThat(OpenResponses.broken(reply.text()).path("sequence_number").asInt())
                .isEqualTo(48);
    }

    /** A client that hears of a response's failure first asks what response that is. */
    @ParameterizedTest
    @FieldSource("FACES")
    void aFailureBehindAKeepaliveAloneTellsOfAResponseThatWasCreated(String path) throws Exception {
        try (Lab quick = Lab.with(limits -> limits.keepalive(Duration.ofMillis(100)))) {
            CountDownLatch gate = new CountDownLatch(1);
            quick.provider()
                    .next(call -> call.send(Answer.streamHead())
                            .send(Answer.chunk(bytes(beginning())))
                            .pause(gate)
                            .close());
            try (RawClient client = quick.client()) {
                Reply head = client.send(Lab.post(path, Lab.body(path, true))).readHead();
                assertThat(new String(client.readChunk(), StandardCharsets.UTF_8))
                        .startsWith(": ");
                gate.countDown();
                Reply rest = client.readBody(head);
                JsonNode failed = OpenResponses.broken(rest.text());
                assertThat(failed.path("sequence_number").asInt()).isEqualTo(1);
                assertThat(failed.path("response").path("id").asText())
                        .startsWith(path.equals(Lab.RESPONSES) ? "resp_" : "gen-");
            }
        }
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void nothingDeliveredIsFreeThoughItemsCame(String path) {
        String text = text();
        String begun = text.substring(0, text.indexOf("event: response.output_text.delta"));
        lab.provider()
                .next(call -> call.send(Answer.streamHead())
                        .send(Answer.chunk(bytes(begun)))
                        .close());
        Reply reply = lab.ask(Lab.post(path, Lab.body(path, true)));
        assertThat(reply.text()).contains("response.output_item.added").contains("event: response.failed");
        assertThat(lab.end(reply.id()).kind()).isEqualTo(EntryKind.RELEASE);
    }

    @Test
    void behindAKeepaliveAFailureIsAnEvent() throws Exception {
        try (Lab quick = Lab.with(limits -> limits.keepalive(Duration.ofMillis(100)))) {
            CountDownLatch gate = new CountDownLatch(1);
            quick.provider()
                    .next(call -> call.send(Answer.streamHead())
                            .send(Answer.chunk(bytes(beginning())))
                            .pause(gate)
                            .send(Answer.chunk(bytes(Lab.errorEvent(Lab.RESPONSES, "no luck")))));
            try (RawClient client = quick.client()) {
                client.send(Lab.post(Lab.RESPONSES, Lab.body(Lab.RESPONSES, true)));
                Reply head = client.readHead();
                assertThat(new String(client.readChunk(), StandardCharsets.UTF_8))
                        .isEqualTo(": keep-alive\n\n");
                gate.countDown();
                Reply rest = client.readBody(head);
                assertThat(rest.text()).contains("event: response.failed").contains("no luck");
                assertThat(rest.end()).isEqualTo(RawClient.End.TRUNCATED);
                assertThat(quick.end(head.id()).kind()).isEqualTo(EntryKind.RELEASE);
            }
        }
    }

    @Test
    void onlyDeltasCountAsTextOfAnAnswerWithoutUsage() {
        Golden golden = Golden.of("responses", "usage-missing");
        lab.provider().always(call -> call.send(Answer.stream(golden.upstream())));
        Reply reply = lab.ask(Lab.post(Lab.RESPONSES, golden.request()));
        assertThat(lab.row(reply.id()).usage().output()).isBetween(5L, 15L); // "Hello! How can I help you today?"
        String plain = new String(Golden.of("responses", "plain").upstream(), StandardCharsets.UTF_8);
        lab.provider()
                .always(call -> call.send(Answer.json(
                        200,
                        plain.replace("\"usage\"", "\"usages\"")
                                .replace("\"tools\": []", "\"tools\": [{\"text\":\"" + "x ".repeat(500) + "\"}]"))));
        reply = lab.ask(Lab.post(Lab.RESPONSES, Lab.body(Lab.RESPONSES, false)));
        assertThat(lab.end(reply.id()).estimated()).isTrue();
        assertThat(lab.row(reply.id()).usage().output()).isBetween(3L, 15L);
    }

    @Test
    void theReasonThatItEndedIsLogged() {
        for (String[] pair :
                new String[][] {{"text", "completed"}, {"incomplete", "max_output_tokens"}, {"plain", "completed"}}) {
            Golden golden = Golden.of("responses", pair[0]);
            byte[] answer =
                    pair[0].equals("plain") ? Answer.json(200, golden.upstream()) : Answer.stream(golden.upstream());
            lab.provider().next(call -> call.send(answer));
            Reply reply = lab.ask(Lab.post(Lab.RESPONSES, golden.request()));
            assertThat(lab.row(reply.id()).finishReason()).isEqualTo(pair[1]);
        }
    }

    @Test
    void aPlainAnswerThatFailedIsAnError() {
        lab.provider()
                .next(call -> call.send(Answer.json(
                        200,
                        "{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"failed\",\"error\":{\"code\":"
                                + "\"server_error\",\"message\":\"no luck\"},\"output\":[],\"usage\":null}")));
        Reply reply = lab.ask(Lab.post(Lab.RESPONSES, Lab.body(Lab.RESPONSES, false)));
        assertThat(reply.status()).isEqualTo(502);
        assertThat(reply.text()).contains("no luck");
        assertThat(lab.end(reply.id()).kind()).isEqualTo(EntryKind.RELEASE);
    }

    @Test
    void theHoldIsBoundByItsOwnOutputLimit() {
        lab.provider()
                .always(call -> call.send(
                        Answer.json(200, Golden.of("responses", "plain").upstream())));
        long[] held = new long[4];
        int i = 0;
        for (String more : List.of(
                ",\"max_output_tokens\":100",
                ",\"max_output_tokens\":200",
                "",
                ",\"max_output_tokens\":100,\"previous_response_id\":\"r\"")) {
            Reply reply = lab.ask(Lab.post(Lab.RESPONSES, "{\"model\":\"lab/gpt-test\",\"input\":\"Hi\"" + more + "}"));
            held[i++] = lab.hold(reply.id()).amountNanos();
        }
        assertThat(held[1] - held[0]).isEqualTo(100 * 2_000);
        assertThat(held[2]).isGreaterThan(8_192 * 2_000);
        assertThat(held[3]).isEqualTo(128_000 * 2_000 + 100 * 2_000); // what it refers to is not seen here
    }

    @Test
    void theRequestGoesAsItCameButForTheModel() {
        lab.provider()
                .always(call ->
                        call.send(Answer.stream(Golden.of("responses", "tools").upstream())));
        String body =
                "{ \"stream\":true, \"model\" : \"lab/gpt-test\", \"input\":[{\"role\":\"user\",\"content\":\"\\u4f60\"}],"
                        + "\"reasoning\":{\"effort\":\"high\",\"summary\":\"auto\"},\"session_id\":\"s\",\"store\":false,"
                        + "\"text\":{\"verbosity\":\"low\"},\"tools\":[{\"type\":\"namespace\",\"name\":\"n\",\"tools\":[]}]}";
        for (String path : FACES) {
            lab.ask(Lab.post(path, body));
            assertThat(lab.provider().take().text())
                    .isEqualTo(body.replace("lab/gpt-test", "gpt-test-1").replace("\"session_id\":\"s\",", ""));
        }
    }

    @ParameterizedTest
    @CsvSource({"text", "cached", "incomplete", "crlf", "reasoning", "tools", "multi-byte", "unnamed-with-comments"})
    void theOpenRouterFaceShowsItsIdModelAndCost(String name) {
        Golden golden = Golden.of("responses", name);
        lab.provider().next(call -> call.pieces(Answer.stream(golden.upstream(), 90), 130));
        Reply reply = lab.ask(Lab.post(Lab.ROUTER_RESPONSES, golden.request()));
        assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
        String usage = usage(reply, golden);
        String expected = new String(golden.upstream(), StandardCharsets.UTF_8)
                .replace("\r\n", "\n")
                .replaceAll(
                        "\"id\":\"resp_1\",(.*?),\"model\":\"gpt-test-1\"",
                        "\"id\":\"" + reply.id() + "\",\"model\":\"lab/gpt-test\",$1")
                .replaceAll("\"usage\":\\{.*\\}\\}\n\n", "\"usage\":" + usage + "}}\n\n");
        String shown = reply.text();
        if (name.startsWith("unnamed")) {
            shown = shown.replaceAll("event: .*\n", "").replace("data: ", "data:");
        }
        assertThat(shown).isEqualTo(expected);
    }

    @Test
    void aPlainAnswerOfTheOpenRouterFaceHasThemToo() {
        Golden golden = Golden.of("responses", "plain");
        lab.provider().next(call -> call.send(Answer.json(200, golden.upstream())));
        Reply reply = lab.ask(Lab.post(Lab.ROUTER_RESPONSES, golden.request()));
        assertThat(reply.text())
                .startsWith("{\"id\":\"" + reply.id() + "\",\"model\":\"lab/gpt-test\",")
                .endsWith("\"usage\":" + usage(reply, golden) + "}")
                .contains("Hello! 👋 \\\"quoted\\\"")
                .doesNotContain("resp_1");
    }

    private static String usage(Reply reply, Golden golden) {
        String cost = io.penstock.money.Nanos.shortest(lab.row(reply.id()).costNanos());
        String input = io.penstock.money.Nanos.shortest(
                lab.row(reply.id()).costNanos() - golden.usage().output() * 2_000);
        return "{\"input_tokens\":" + golden.usage().totalInput() + ",\"input_tokens_details\":{\"cached_tokens\":"
                + golden.usage().cacheRead() + ",\"cache_write_tokens\":"
                + golden.usage().cacheWrite()
                + "},\"output_tokens\":" + golden.usage().output() + ",\"output_tokens_details\":{\"reasoning_tokens\":"
                + golden.usage().reasoning() + "},\"total_tokens\":"
                + golden.usage().total() + ",\"cost\":" + cost
                + ",\"is_byok\":false,\"cost_details\":{\"upstream_inference_cost\":" + cost
                + ",\"upstream_inference_input_cost\":" + input + ",\"upstream_inference_output_cost\":"
                + io.penstock.money.Nanos.shortest(golden.usage().output() * 2_000) + "}}";
    }
}
