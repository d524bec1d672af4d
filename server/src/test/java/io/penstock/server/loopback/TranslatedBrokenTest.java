package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.Usage;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.AnswerScript;
import io.penstock.server.testkit.ClientView;
import io.penstock.server.testkit.Counts;
import io.penstock.server.testkit.Crossing;
import io.penstock.server.testkit.Finish;
import io.penstock.server.testkit.FreshLab;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.OpenResponses;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.server.testkit.TranscriptPart;
import io.penstock.store.EntryKind;
import io.penstock.store.LedgerEntry;
import io.penstock.store.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A provider of another protocol that fails, dies or lies: its client sees a failure in its own protocol and pays for what it got. */
@Execution(ExecutionMode.CONCURRENT)
class TranslatedBrokenTest extends FreshLab {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final AnswerScript HELLO = AnswerScript.text("Hello, world! How are you?");

    static Stream<Crossing> crossings() {
        return Crossing.all();
    }

    static Stream<Arguments> cuts() {
        return Crossing.all().flatMap(one -> Stream.of(true, false).map(reset -> Arguments.of(one, reset)));
    }

    // ---- cut in the middle

    @ParameterizedTest
    @MethodSource("cuts")
    void pitfall1and7_aCutStreamIsAFailureAndCostsWhatWasDelivered(Crossing crossing, boolean reset) throws Exception {
        int cuts = BrokenProviderTest.cut(
                lab,
                crossing.request(true),
                HELLO.stream(crossing.spoken()),
                finish(crossing),
                reset,
                (reply, how) -> assertCut(crossing, reply, how));
        assertThat(failedAttempts(crossing)).isEqualTo(cuts);
    }

    /** Where the end of an answer begins: cut behind it, some streams are complete. */
    private static String finish(Crossing crossing) {
        return switch (crossing.spoken()) {
            case OPENAI -> "\"finish_reason\":\"stop\"";
            case ANTHROPIC -> "event: message_delta";
            case RESPONSES -> "event: response.completed";
        };
    }

    private void assertCut(Crossing crossing, Reply reply, String how) throws Exception {
        LedgerEntry end = lab.end(reply.id());
        if (reply.status() != 200) { // nothing of an answer had come
            assertThat(reply.status()).as(how).isEqualTo(502);
            assertError(crossing.path(), reply.text(), how);
            assertThat(end.kind()).as(how).isEqualTo(EntryKind.RELEASE);
            return;
        }
        assertBroken(crossing, reply, how);
        assertThat(lab.row(reply.id()).outcome()).as(how).isEqualTo(Outcome.CUT);
        boolean delivered = reply.text().contains("Hel");
        assertThat(end.kind()).as(how).isEqualTo(delivered ? EntryKind.SETTLEMENT : EntryKind.RELEASE);
        if (delivered) {
            assertThat(end.estimated()).as(how).isTrue();
            assertThat(lab.row(reply.id()).usage().output()).as(how).isPositive();
            assertThat(end.amountNanos())
                    .as(how)
                    .isPositive()
                    .isLessThanOrEqualTo(lab.hold(reply.id()).amountNanos());
        }
    }

    /** A stream that ends with an error of the client's protocol and then abnormally; all before it is whole. */
    private static JsonNode assertBroken(Crossing crossing, Reply reply, String how) throws Exception {
        assertThat(reply.end()).as(how).isIn(RawClient.End.TRUNCATED, RawClient.End.RESET);
        assertThat(reply.text())
                .as(how)
                .doesNotContain("[DONE]")
                .doesNotContain("event: message_stop")
                .doesNotContain("event: response.completed")
                .doesNotContain("event: response.incomplete")
                .endsWith("\n\n");
        String[] frames = reply.text()
                .substring(0, reply.text().length() - 2)
                .replaceAll("(?m)^:[^\n]*\n\n", "")
                .split("\n\n", -1);
        for (String frame : frames) {
            JSON.readTree(frame.substring(frame.indexOf("data: ") + 6));
        }
        String last = frames[frames.length - 1];
        JsonNode event = JSON.readTree(last.substring(last.indexOf("data: ") + 6));
        switch (ClientView.protocol(crossing.path())) {
            case OPENAI -> {
                assertThat(last).as(how).startsWith("data: ");
                if (crossing.path().startsWith("/api")) {
                    assertThat(event.path("choices")
                                    .path(0)
                                    .path("finish_reason")
                                    .asText())
                            .as(how)
                            .isEqualTo("error");
                }
                assertThat(event.path("error").path("message").asText()).as(how).isNotEmpty();
                return event.path("error");
            }
            case ANTHROPIC -> {
                assertThat(last).as(how).startsWith("event: error\n");
                assertThat(event.path("type").asText()).as(how).isEqualTo("error");
                assertThat(event.path("error").path("type").asText()).as(how).isNotEmpty();
                assertThat(event.path("error").path("message").asText()).as(how).isNotEmpty();
                return event.path("error");
            }
            default -> {
                assertThat(last).as(how).startsWith("event: response.failed\n");
                OpenResponses.broken(String.join("\n\n", frames) + "\n\n");
                assertThat(event.path("sequence_number").asInt(-1)).as(how).isEqualTo(frames.length - 1);
                assertThat(event.path("response").path("status").asText())
                        .as(how)
                        .isEqualTo("failed");
                return event.path("response").path("error");
            }
        }
    }

    private static JsonNode assertError(String path, String text, String how) throws Exception {
        JsonNode error = JSON.readTree(text);
        if (path.equals(Lab.MESSAGES) || path.equals(Lab.ROUTER_MESSAGES)) {
            assertThat(error.path("type").asText()).as(how).isEqualTo("error");
            assertThat(error.path("error").path("type").asText()).as(how).isNotEmpty();
        }
        assertThat(error.path("error").path("message").asText()).as(how).isNotEmpty();
        return error.path("error");
    }

    private long failedAttempts(Crossing crossing) {
        String name = "penstock_attempts_total{outcome=\"failed\",provider=\"" + crossing.provider() + "\"} ";
        return lab.ask(Lab.get("/metrics"))
                .text()
                .lines()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(name.length())))
                .sum();
    }

    private Reply ask(Crossing crossing, String events) {
        lab.provider().next(call -> call.send(Answer.stream(events.getBytes(StandardCharsets.UTF_8), 100)));
        return lab.ask(crossing.request(true));
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void pitfall7_aCutStreamIsBilledForThatPartOfTheTokensThatWasDelivered(Crossing crossing) {
        AnswerScript speech = AnswerScript.text("Hello world, ".repeat(150));
        List<String> events = speech.events(crossing.spoken());
        int deltas = speech.said().get(0).text().length() / 3; // characters in each
        int first = 0;
        while (!events.get(first).contains("\"Hel\"")) {
            first++;
        }
        Reply reply = ask(
                crossing,
                String.join("", events).replaceAll("\"usage\":\\{([^{}]|\\{[^{}]*\\})*\\}", "\"usage\":null"));
        assertThat(lab.end(reply.id()).estimated()).isTrue();
        long all = lab.row(reply.id()).usage().output();
        assertThat(all).isGreaterThan(100);
        for (int tenth = 1; tenth < 10; tenth++) {
            int delivered = deltas * tenth / 10;
            String cut = String.join("", events.subList(0, first + delivered));
            lab.provider()
                    .next(call -> call.send(Answer.join(Answer.streamHead(), Answer.chunk(cut)))
                            .close());
            Reply broken = lab.ask(crossing.request(true));
            assertThat(lab.end(broken.id()).kind()).isEqualTo(EntryKind.SETTLEMENT);
            assertThat((double) lab.row(broken.id()).usage().output())
                    .as("%d of %d deltas", delivered, deltas)
                    .isBetween(all * delivered * 0.9 / deltas - 1, all * delivered * 1.1 / deltas + 1);
        }
    }

    // ---- errors inside a 200

    @ParameterizedTest
    @MethodSource("crossings")
    void pitfall2_anErrorAsTheFirstEventIsATrueHttpError(Crossing crossing) throws Exception {
        Reply reply = ask(crossing, ": hello\n\n" + Lab.errorEvent(crossing.theirs(), "their own words"));
        assertThat(reply.status()).isEqualTo(502);
        assertThat(reply.header("content-type")).isEqualTo("application/json");
        assertThat(assertError(crossing.path(), reply.text(), "")
                        .path("message")
                        .asText())
                .contains("their own words");
        assertThat(lab.end(reply.id()).kind()).isEqualTo(EntryKind.RELEASE);
        assertThat(lab.row(reply.id()).outcome()).isEqualTo(Outcome.FAILED);
        assertThat(failedAttempts(crossing)).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void pitfall1_anErrorBehindDeltasIsOneOfTheClientsProtocol(Crossing crossing) throws Exception {
        String events = new String(HELLO.stream(crossing.spoken()), StandardCharsets.UTF_8);
        int until = events.indexOf("\n\n", events.indexOf("\"Hel\"")) + 2;
        Reply reply = ask(
                crossing,
                events.substring(0, until)
                        + Lab.errorEvent(crossing.theirs(), "their own words")
                        + events.substring(until));
        assertThat(assertBroken(crossing, reply, "").path("message").asText()).contains("their own words");
        assertThat(reply.text()).contains("Hel").doesNotContain("lo,");
        assertThat(lab.end(reply.id()).kind()).isEqualTo(EntryKind.SETTLEMENT);
        assertThat(lab.row(reply.id()).outcome()).isEqualTo(Outcome.CUT);
        assertThat(failedAttempts(crossing)).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void pitfall3_anErrorInsideA200IsAnError(Crossing crossing) throws Exception {
        for (String body : List.of(
                "{\"error\":{\"message\":\"no credits left\",\"code\":402}}",
                "{\"error\":\"no credits left\"}",
                "{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"no credits left\"}}")) {
            for (boolean stream : new boolean[] {false, true}) {
                lab.provider().next(call -> call.send(Answer.json(200, body)));
                Reply reply = lab.ask(crossing.request(stream));
                assertThat(reply.status()).as(body).isEqualTo(502);
                assertThat(assertError(crossing.path(), reply.text(), body)
                                .path("message")
                                .asText())
                        .contains("upstream service error")
                        .contains("no credits left");
                assertThat(lab.end(reply.id()).kind()).isEqualTo(EntryKind.RELEASE);
            }
        }
        assertThat(failedAttempts(crossing)).isEqualTo(6);
    }

    // ---- answers that make no sense

    @ParameterizedTest
    @MethodSource("crossings")
    void anEventThatIsNotJsonEndsTheStreamAsAFailure(Crossing crossing) throws Exception {
        String events = new String(HELLO.stream(crossing.spoken()), StandardCharsets.UTF_8);
        int until = events.indexOf("\n\n", events.indexOf("\"Hel\"")) + 2;
        for (String broken : List.of("{\"choices\":[{\"delta\":{\"content\":\"x", "{\"a\":\"\\q\"}", "hello", "{}{}")) {
            Reply reply =
                    ask(crossing, events.substring(0, until) + "data: " + broken + "\n\n" + events.substring(until));
            assertBroken(crossing, reply, broken);
            assertThat(reply.text()).as(broken).contains("Hel").doesNotContain("lo,");
            assertThat(lab.end(reply.id()).kind()).as(broken).isEqualTo(EntryKind.SETTLEMENT);
            assertThat(lab.row(reply.id()).outcome()).as(broken).isEqualTo(Outcome.CUT);
        }
        assertThat(failedAttempts(crossing)).isEqualTo(4);
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void pitfall2_aFirstEventThatIsNotJsonIsATrueHttpError(Crossing crossing) throws Exception {
        String events = new String(HELLO.stream(crossing.spoken()), StandardCharsets.UTF_8);
        for (String broken : List.of("{\"choices\":[{\"delta\":{\"content\":\"x", "{\"type\":", "{{}")) {
            Reply reply = ask(crossing, "data: " + broken + "\n\n" + events);
            assertThat(reply.status()).as(broken).isEqualTo(502);
            assertError(crossing.path(), reply.text(), broken);
            assertThat(lab.end(reply.id()).kind()).as(broken).isEqualTo(EntryKind.RELEASE);
        }
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void aPlainAnswerThatIsNotJsonIsAFailureThatCostsNothing(Crossing crossing) throws Exception {
        String good = HELLO.plain(crossing.spoken());
        List<String> bad = List.of(
                "",
                "<html>",
                "[]",
                good.substring(0, good.length() - 1),
                good.replace("Hello", "Hel\\qlo"),
                good.replace("Hello", "Hel\\u12"),
                good + "x",
                good.substring(0, good.length() - 1) + ",}",
                good.substring(0, good.length() - 1) + ",\"deep\":" + "[".repeat(2_000) + "]".repeat(2_000) + "}");
        for (String body : bad) {
            String how = body.substring(Math.max(0, body.length() - 100));
            lab.provider().next(call -> call.send(Answer.json(200, body)));
            Reply reply = lab.ask(crossing.request(false));
            assertThat(reply.status()).as(how).isEqualTo(502);
            assertError(crossing.path(), reply.text(), how);
            assertThat(lab.end(reply.id()).kind()).as(how).isEqualTo(EntryKind.RELEASE);
            assertThat(lab.row(reply.id()).outcome()).as(how).isEqualTo(Outcome.FAILED);
        }
        assertThat(failedAttempts(crossing)).isEqualTo(bad.size());
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void eventsThatNobodyKnowsAreIgnored(Crossing crossing) {
        List<String> unknown = switch (crossing.spoken()) {
            case OPENAI ->
                List.of(
                        "data: {\"object\":\"chat.completion.news\",\"news\":[1]}\n\n",
                        "event: news\ndata: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"audio\":{\"id\":\"a\"}},"
                                + "\"finish_reason\":null}]}\n\n",
                        "data: {\"id\":\"x\",\"choices\":[{\"index\":1,\"delta\":{\"content\":\"another answer\"},"
                                + "\"finish_reason\":null}]}\n\n");
            case ANTHROPIC ->
                List.of(
                        AnswerScript.event("news", "\"index\":0,\"delta\":{\"text\":\"x\"}"),
                        AnswerScript.event("ping", ""),
                        AnswerScript.event(
                                "content_block_start",
                                "\"index\":7,\"content_block\":{\"type\":\"server_tool_use\",\"id\":\"srv_1\","
                                        + "\"name\":\"web_search\",\"input\":{}}"),
                        AnswerScript.event(
                                "content_block_delta",
                                "\"index\":7,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{}\"}"),
                        AnswerScript.event("content_block_stop", "\"index\":7"));
            case RESPONSES ->
                List.of(
                        AnswerScript.event("response.news", "\"sequence_number\":3,\"item_id\":\"x\",\"delta\":\"no\""),
                        AnswerScript.event(
                                "response.output_item.added",
                                "\"output_index\":7,\"item\":{\"id\":\"ws_1\",\"type\":\"web_search_call\"}"),
                        AnswerScript.event(
                                "response.web_search_call.searching", "\"output_index\":7,\"item_id\":\"ws_1\""),
                        AnswerScript.event(
                                "response.output_item.done",
                                "\"output_index\":7,\"item\":{\"id\":\"ws_1\",\"type\":\"web_search_call\"}"));
        };
        List<String> events = HELLO.events(crossing.spoken());
        int first = crossing.spoken() == Protocol.RESPONSES ? 2 : 1;
        Reply reply = ask(
                crossing,
                String.join("", events.subList(0, first))
                        + String.join("", unknown)
                        + String.join("", events.subList(first, events.size())));
        ClientView told = crossing.told(reply.text(), true);
        assertThat(told.said()).isEqualTo(HELLO.said());
        assertThat(lab.end(reply.id()).amountNanos()).isEqualTo(Lab.cost(HELLO.usage()));
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void pitfall1_aStreamThatEndsWithoutItsFinishIsAFailure(Crossing crossing) throws Exception {
        String events = new String(HELLO.stream(crossing.spoken()), StandardCharsets.UTF_8);
        String cut = events.substring(0, events.lastIndexOf("\n\n", events.indexOf(finish(crossing))) + 2);
        Reply reply = ask(crossing, cut);
        assertCut(crossing, reply, "without its finish");
        assertThat(reply.text()).contains("Hel");
        assertThat(failedAttempts(crossing)).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void anEndWithoutAnAnswerIsAFailureThatCostsNothing(Crossing crossing) throws Exception {
        List<String> empty = switch (crossing.spoken()) {
            case OPENAI -> List.of("data: [DONE]\n\n", ": hello\n\ndata: [DONE]\n\n", "");
            case ANTHROPIC ->
                List.of(
                        AnswerScript.event("message_stop", ""),
                        AnswerScript.event("ping", "") + AnswerScript.event("message_stop", ""),
                        "");
            case RESPONSES -> List.of(AnswerScript.event("response.in_progress", "\"response\":{}"), "");
        };
        for (String events : empty) {
            Reply reply = ask(crossing, events);
            assertThat(reply.status()).as(events).isEqualTo(502);
            assertError(crossing.path(), reply.text(), events);
            assertThat(lab.end(reply.id()).kind()).as(events).isEqualTo(EntryKind.RELEASE);
        }
        assertThat(failedAttempts(crossing)).isEqualTo(empty.size());
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void usageThatCannotBeIsAsGoodAsNone(Crossing crossing) {
        for (String count : List.of("-10", "10000000000", "1.5", "\"10\"")) {
            for (boolean stream : new boolean[] {true, false}) {
                AnswerScript speech = HELLO.with(new Usage(77_777, 0, 0, 0, 10, 0, false));
                String said = stream
                        ? new String(speech.stream(crossing.spoken()), StandardCharsets.UTF_8)
                        : speech.plain(crossing.spoken());
                byte[] absurd = said.replaceAll("(completion|output)_tokens\":10\\b", "$1_tokens\":" + count)
                        .replace("77777", "19")
                        .getBytes(StandardCharsets.UTF_8);
                lab.provider().next(call -> call.send(stream ? Answer.stream(absurd, 99) : Answer.json(200, absurd)));
                Reply reply = lab.ask(crossing.request(stream));
                String how = count + (stream ? ", stream" : ", plain");
                ClientView told = crossing.told(reply.text(), stream);
                LedgerEntry end = lab.end(reply.id());
                assertThat(end.estimated()).as(how).isTrue();
                assertThat(end.amountNanos())
                        .as(how)
                        .isPositive()
                        .isLessThanOrEqualTo(lab.hold(reply.id()).amountNanos());
                assertThat(told.counts()).as(how).isNotNull();
                assertThat(told.counts().output())
                        .as(how)
                        .isPositive()
                        .isEqualTo(lab.row(reply.id()).usage().output());
                assertThat(told.counts().input())
                        .as(how)
                        .isPositive()
                        .isEqualTo(lab.row(reply.id()).usage().input());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void missingUsageIsToldAsItWasEstimated(Crossing crossing) {
        String events = new String(HELLO.stream(crossing.spoken()), StandardCharsets.UTF_8)
                .replaceAll("\"usage\":\\{([^{}]|\\{[^{}]*\\})*\\}", "\"usage\":null");
        Reply reply = ask(crossing, events);
        ClientView told = crossing.told(reply.text(), true);
        assertThat(told.text()).isEqualTo(HELLO.said().get(0).text());
        LedgerEntry end = lab.end(reply.id());
        assertThat(end.estimated()).isTrue();
        assertThat(told.counts())
                .isEqualTo(new Counts(
                        lab.row(reply.id()).usage().input(),
                        0,
                        0,
                        lab.row(reply.id()).usage().output(),
                        0));
        assertThat(told.counts().output()).isPositive();
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void pitfall10_argumentsThatAreNoJsonArePassedOnAsTheModelWroteThem(Crossing crossing) {
        for (String arguments : List.of("{\"city\": \"Zür", "{\"a\":1}}", "not json \"at\" all", "[1,2]", "null")) {
            AnswerScript speech = new AnswerScript(
                    List.of(
                            TranscriptPart.call("call_1", "get", arguments),
                            TranscriptPart.call("call_2", "ping", "{}")),
                    Finish.CALLS,
                    HELLO.usage());
            lab.provider().next(call -> call.send(crossing.answer(speech, true)));
            Reply reply = lab.ask(crossing.request(true));
            assertThat(crossing.told(reply.text(), true).said()).as(arguments).isEqualTo(speech.said());
            assertThat(lab.end(reply.id()).amountNanos()).isEqualTo(Lab.cost(HELLO.usage()));
            if (crossing.spoken() == Protocol.ANTHROPIC) {
                continue; // tells them as JSON
            }
            lab.provider().next(call -> call.send(crossing.answer(speech, false)));
            TranscriptPart told = crossing.told(lab.ask(crossing.request(false)).text(), false)
                    .said()
                    .get(0);
            boolean json = ClientView.protocol(crossing.path()) == Protocol.ANTHROPIC;
            assertThat(told.text()).as(arguments).isEqualTo(json ? AnswerScript.quoted(arguments) : arguments);
        }
    }

    // ---- what its statuses become

    @ParameterizedTest
    @MethodSource("crossings")
    void itsStatusesBecomeErrorsOfTheClientsProtocol(Crossing crossing) throws Exception {
        boolean messages = ClientView.protocol(crossing.path()) == Protocol.ANTHROPIC;
        int[][] expected = {
            {400, 400},
            {401, 502},
            {402, 502},
            {404, 502},
            {413, 413},
            {422, 422},
            {429, 429},
            {500, 502},
            {503, 502},
            {529, messages ? 529 : 503}
        };
        String[] types = {
            "invalid_request_error",
            "api_error",
            "api_error",
            "api_error",
            "request_too_large",
            null,
            "rate_limit_error",
            "api_error",
            "api_error",
            "overloaded_error"
        };
        for (int i = 0; i < expected.length; i++) {
            int status = expected[i][0];
            String words = status == 401 ? "Incorrect API key provided: " + Lab.PROVIDER_KEY : "their own words";
            byte[] answer = Answer.json(
                    status,
                    crossing.spoken() == Protocol.ANTHROPIC
                            ? "{\"type\":\"error\",\"error\":{\"type\":\"their_type\",\"message\":\"" + words + "\"}}"
                            : "{\"error\":{\"message\":\"" + words + "\",\"type\":\"their_type\",\"code\":null}}",
                    "Retry-After: 7");
            for (boolean stream : new boolean[] {true, false}) {
                lab.provider().next(call -> call.send(answer));
                Reply reply = lab.ask(crossing.request(stream));
                String how = crossing + " " + status;
                assertThat(reply.status()).as(how).isEqualTo(expected[i][1]);
                assertThat(reply.end()).as(how).isEqualTo(RawClient.End.CLEAN);
                JsonNode error = assertError(crossing.path(), reply.text(), how);
                assertThat(reply.text()).as(how).doesNotContain(Lab.PROVIDER_KEY);
                if (status != 401 && status != 402 && status != 404) {
                    assertThat(error.path("message").asText()).as(how).contains("their own words");
                }
                if (status == 429) {
                    assertThat(reply.header("retry-after")).as(how).isEqualTo("7");
                }
                if (messages && types[i] != null) {
                    assertThat(error.path("type").asText()).as(how).isEqualTo(types[i]);
                }
                assertThat(lab.end(reply.id()).kind()).as(how).isEqualTo(EntryKind.RELEASE);
                assertThat(lab.row(reply.id()).status()).as(how).isEqualTo(expected[i][1]);
            }
        }
    }

    // ---- requests that cannot be translated

    @ParameterizedTest
    @MethodSource("crossings")
    void aBodyOfMoreValuesThanMemoryIsThereForIsTooLarge(Crossing crossing) throws Exception {
        String body = new String(crossing.request(false), StandardCharsets.UTF_8);
        String json = body.substring(body.indexOf("\r\n\r\n") + 4);
        String many = json.substring(0, json.lastIndexOf('}')) + ",\"metadata\":[" + "1,".repeat(600_000) + "1]}";
        Reply reply = lab.ask(Lab.post(crossing.path(), many));
        assertThat(reply.status()).isEqualTo(413);
        assertThat(assertError(crossing.path(), reply.text(), "")
                        .path("message")
                        .asText())
                .isEqualTo(
                        "request body too large: it has more than 524288 JSON values, and this model's provider speaks"
                                + " another protocol");
        assertThat(lab.provider().received()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void aBodyThatIsNoJsonIsTheClientsFault(Crossing crossing) throws Exception {
        String good = crossing.body(true);
        for (String bad : List.of(
                good.replace("\"Hi\"", "\"H\\qi\""),
                good.replace("\"Hi\"", "\"H\\u12\""),
                good.replace("100", "0100"),
                good.substring(0, good.length() - 1) + ",}",
                good.substring(0, good.length() - 1) + ",\"x\":[1,]}",
                good.substring(0, good.length() - 1) + ",\"x\":tru}",
                good.substring(0, good.length() - 1) + ",\"x\":-}",
                good.substring(0, good.length() - 1) + ",\"deep\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}")) {
            String how = bad.length() > 300 ? "too deep" : bad;
            Reply reply = lab.ask(Lab.post(crossing.path(), bad));
            assertThat(reply.status()).as(how).isEqualTo(400);
            assertError(crossing.path(), reply.text(), how);
        }
        assertThat(lab.provider().received()).isEmpty();
    }
}
