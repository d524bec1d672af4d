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
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Received;
import io.penstock.server.testkit.Reply;
import io.penstock.server.testkit.SharedLab;
import io.penstock.server.testkit.TranscriptPart;
import io.penstock.store.EntryKind;
import io.penstock.store.LedgerEntry;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every face in front of a provider of another protocol, when all goes well: the answer is right in the client's own protocol,
 * and the ledger has exactly what the client was told.
 */
class TranslatedTest extends SharedLab {
    private static final ObjectMapper JSON = new ObjectMapper();

    static Stream<Crossing> crossings() {
        return Crossing.all();
    }

    static Stream<Arguments> speeches() {
        return Crossing.all()
                .flatMap(crossing -> Stream.of(
                        Arguments.of(crossing, "text", AnswerScript.text("Hello, world! 👋")),
                        Arguments.of(crossing, "all kinds", AnswerScript.rich()),
                        Arguments.of(
                                crossing,
                                "cut at its limit",
                                AnswerScript.text("Hel").with(Finish.LENGTH)),
                        Arguments.of(
                                crossing,
                                "only calls",
                                new AnswerScript(
                                        List.of(
                                                TranscriptPart.call("call_1", "ping", "{}"),
                                                TranscriptPart.call("call_2", "ping", "{}")),
                                        Finish.CALLS,
                                        new Usage(19, 0, 0, 0, 10, 0, false)))));
    }

    // ---- the answer

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("speeches")
    void aStreamIsToldInTheClientsProtocolAndCostsWhatItSays(Crossing crossing, String name, AnswerScript speech) {
        check(crossing, speech, true);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("speeches")
    void aPlainAnswerIsToldInTheClientsProtocolAndCostsWhatItSays(Crossing crossing, String name, AnswerScript speech) {
        check(crossing, speech, false);
    }

    private static void check(Crossing crossing, AnswerScript speech, boolean stream) {
        lab.provider().next(call -> call.send(crossing.answer(speech, stream)));

        Reply reply = lab.ask(crossing.request(stream));

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
        assertThat(reply.header("content-type")).startsWith(stream ? "text/event-stream" : "application/json");
        assertThat(reply.header("x-penstock-model")).isEqualTo(crossing.model());
        ClientView told = crossing.told(reply.text(), stream);
        assertThat(told.open())
                .isEqualTo(speech.said().stream().map(TranscriptPart::open).toList());
        assertThat(told.model()).isEqualTo(crossing.model());
        assertThat(told.finish()).isEqualTo(speech.finish());
        assertThat(told.counts()).isEqualTo(Counts.of(speech.usage()));
        assertSealed(crossing, speech, told);
        assertSettled(crossing, speech, reply.id(), told);
    }

    /** What a maker wants back goes to every client that has a place for it, unread and under its maker's name. */
    private static void assertSealed(Crossing crossing, AnswerScript speech, ClientView told) {
        if (crossing.path().equals(Lab.CHAT) || crossing.spoken() == Protocol.OPENAI) {
            return;
        }
        for (int i = 0; i < told.said().size(); i++) {
            String sealed = speech.said().get(i).sealed();
            if (!sealed.isEmpty()) {
                assertThat(told.said().get(i).sealed())
                        .startsWith("penstock:" + crossing.provider() + ":")
                        .endsWith(":" + sealed);
            }
        }
    }

    private static void assertSettled(Crossing crossing, AnswerScript speech, String id, ClientView told) {
        LedgerEntry end = lab.end(id);
        RequestLogEntry row = lab.row(id);
        assertThat(end.kind()).isEqualTo(EntryKind.SETTLEMENT);
        assertThat(end.estimated()).isFalse();
        assertThat(end.amountNanos()).isEqualTo(Lab.cost(speech.usage()));
        assertThat(row.costNanos()).isEqualTo(end.amountNanos());
        assertThat(row.outcome()).isEqualTo(Outcome.COMPLETED);
        assertThat(row.provider()).isEqualTo(crossing.provider());
        assertThat(row.model()).isEqualTo(crossing.model());
        assertThat(row.attempts()).isEqualTo(1);
        assertThat(new Counts(
                        row.usage().totalInput(),
                        row.usage().cacheRead(),
                        row.usage().cacheWrite() + row.usage().cacheWrite1h(),
                        row.usage().output(),
                        row.usage().reasoning()))
                .isEqualTo(told.counts());
        if (crossing.path().startsWith("/api")) {
            assertThat(told.costNanos()).isEqualTo(end.amountNanos());
        }
    }

    @Test
    void usageIsToldToAChatClientOnlyIfItAsks() {
        AnswerScript speech = AnswerScript.text("Hello");
        for (String provider : List.of("wordy", "terse")) {
            Protocol spoken = provider.equals("wordy") ? Protocol.ANTHROPIC : Protocol.RESPONSES;
            for (String asked : List.of("", "{}", "{\"include_usage\":false}", "{\"include_usage\":true}")) {
                lab.provider().next(call -> call.send(Answer.stream(speech.stream(spoken), 100)));
                String body = Lab.body(Lab.CHAT, provider + "/gpt-test", true);
                String more = asked.isEmpty() ? "" : ",\"stream_options\":" + asked;
                Reply reply = lab.ask(Lab.post(Lab.CHAT, body.substring(0, body.length() - 1) + more + "}"));
                ClientView told = ClientView.stream(Lab.CHAT, reply.text(), asked.contains("true"));
                assertThat(told.text()).as(asked).isEqualTo("Hello");
                assertThat(lab.end(reply.id()).amountNanos()).as(asked).isEqualTo(Lab.cost(speech.usage()));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void anHttp10ClientIsToldTheSameUntilTheEndOfTheConnection(Crossing crossing) {
        AnswerScript speech = AnswerScript.rich();
        lab.provider().next(call -> call.send(crossing.answer(speech, true)));
        String request = new String(crossing.request(true), StandardCharsets.UTF_8);
        Reply reply = lab.ask(request.replaceFirst("HTTP/1.1", "HTTP/1.0").getBytes(StandardCharsets.UTF_8));
        assertThat(reply.end()).isEqualTo(RawClient.End.CLOSED);
        assertThat(crossing.told(reply.text(), true).open())
                .isEqualTo(speech.said().stream().map(TranscriptPart::open).toList());
    }

    // ---- the request

    @ParameterizedTest
    @MethodSource("crossings")
    void theProviderIsAskedInItsOwnProtocol(Crossing crossing) throws Exception {
        for (boolean stream : new boolean[] {true, false}) {
            lab.provider().next(call -> call.send(crossing.answer(AnswerScript.text("Hello"), stream)));
            lab.ask(Lab.post(
                    crossing.path(),
                    crossing.body(stream),
                    "anthropic-beta: context-1m-2025-08-07",
                    "X-Client-Secret: mine"));
            assertAsked(crossing, stream, lab.provider().take());
        }
    }

    private static void assertAsked(Crossing crossing, boolean stream, Received sent) throws Exception {
        boolean anthropic = crossing.spoken() == Protocol.ANTHROPIC;
        String target = switch (crossing.spoken()) {
            case OPENAI -> "/v1/chat/completions";
            case ANTHROPIC -> "/v1/messages";
            case RESPONSES -> "/v1/responses";
        };
        assertThat(sent.line()).isEqualTo("POST " + target + " HTTP/1.1");
        assertThat(sent.header("authorization")).isEqualTo(anthropic ? null : "Bearer " + Lab.PROVIDER_KEY);
        assertThat(sent.header("x-api-key")).isEqualTo(anthropic ? Lab.PROVIDER_KEY : null);
        assertThat(sent.header("anthropic-version")).isEqualTo(anthropic ? "2023-06-01" : null);
        assertThat(sent.header("content-type")).isEqualTo("application/json");
        assertThat(sent.header("x-extra")).isEqualTo("from-the-config");
        assertThat(sent.header("x-client-secret")).isNull();
        assertThat(sent.head()).doesNotContain(Lab.KEY);
        JsonNode body = JSON.readTree(sent.text());
        assertThat(body.path("model").asText()).isEqualTo("gpt-test-1");
        assertThat(body.path("stream").asBoolean()).isEqualTo(stream);
        assertThat(body.path("stream_options").path("include_usage").asBoolean())
                .isEqualTo(stream && crossing.spoken() == Protocol.OPENAI);
        String prompt = body.path(crossing.spoken() == Protocol.RESPONSES ? "input" : "messages")
                .toString();
        assertThat(prompt).contains("\"user\"").contains("Hi");
        assertThat(body.path(crossing.spoken() == Protocol.RESPONSES ? "max_output_tokens" : "max_tokens")
                        .asInt(body.path("max_completion_tokens").asInt()))
                .isEqualTo(100);
        Set<String> foreign = switch (crossing.spoken()) {
            case OPENAI -> Set.of("input", "system", "max_output_tokens", "instructions");
            case ANTHROPIC -> Set.of("input", "max_completion_tokens", "stream_options", "max_output_tokens", "store");
            case RESPONSES -> Set.of("messages", "max_tokens", "max_completion_tokens", "stream_options", "system");
        };
        body.fieldNames().forEachRemaining(name -> assertThat(foreign).doesNotContain(name));
    }

    @ParameterizedTest
    @MethodSource("crossings")
    void pitfall15_thePromptsPrefixKeepsItsBytesFromTurnToTurn(Crossing crossing) {
        String[] sent = new String[3];
        String first = crossing.body(false);
        String longer = first.replace("\"input\":\"Hi\"", "\"input\":[{\"role\":\"user\",\"content\":\"Hi\"}]")
                .replaceFirst(
                        "\"Hi\"}]",
                        "\"Hi\"},{\"role\":\"assistant\",\"content\":\"Ho\"},{\"role\":\"user\",\"content\":\"x\"}]");
        int i = 0;
        for (String body : List.of(first, longer, first)) {
            lab.provider().next(call -> call.send(crossing.answer(AnswerScript.text("Hello"), false)));
            assertThat(lab.ask(Lab.post(crossing.path(), body)).status()).isEqualTo(200);
            sent[i++] = lab.provider().take().text();
        }
        assertThat(sent[2]).isEqualTo(sent[0]);
        String prefix = sent[0].substring(0, sent[0].lastIndexOf("Hi") + 2);
        assertThat(sent[1]).startsWith(prefix);
    }

    // ---- large bodies

    @ParameterizedTest
    @MethodSource("crossings")
    void largeRequestsAndAnswersArriveWholeAndLeaveNothingInMemory(Crossing crossing) throws Exception {
        for (int size : new int[] {300_000, 5_000_000}) {
            String words = "é👋\\n".repeat(size / 8);
            String decoded = JSON.readValue('"' + words + '"', String.class);
            AnswerScript speech = AnswerScript.text("Hello ".repeat(size / 600));
            for (boolean stream : new boolean[] {true, false}) {
                lab.provider().next(call -> call.send(crossing.answer(speech, stream)));
                Reply reply =
                        lab.ask(Lab.post(crossing.path(), crossing.body(stream).replace("\"Hi\"", '"' + words + '"')));
                assertThat(reply.status()).isEqualTo(200);
                assertThat(crossing.told(reply.text(), stream).text())
                        .isEqualTo(speech.said().get(0).text());
                JsonNode sent = JSON.readTree(lab.provider().take().text());
                boolean found = sent.findValues("text").stream().anyMatch(node -> decoded.equals(node.textValue()))
                        || sent.findValues("content").stream().anyMatch(node -> decoded.equals(node.textValue()))
                        || sent.findValues("input").stream().anyMatch(node -> decoded.equals(node.textValue()));
                assertThat(found).as("the prompt of %d bytes", size).isTrue();
                lab.end(reply.id());
            }
        }
        lab.nothingKept();
    }

    // ---- time

    @ParameterizedTest
    @MethodSource("crossings")
    void whatHasBeenSaidReachesTheClientWhileTheProviderHoldsTheRestBack(Crossing crossing) throws Exception {
        List<String> events = new AnswerScript(
                        List.of(TranscriptPart.text("ABC"), TranscriptPart.text("DEF")),
                        Finish.STOP,
                        new Usage(19, 0, 0, 0, 10, 0, false))
                .events(crossing.spoken());
        int first = 0;
        while (!events.get(first++).contains("ABC")) {
            // up to the first words
        }
        String begin = String.join("", events.subList(0, first));
        String rest = String.join("", events.subList(first, events.size()));
        CountDownLatch gate = new CountDownLatch(1);
        lab.provider()
                .next(call -> call.send(Answer.streamHead())
                        .send(Answer.chunk(begin))
                        .pause(gate)
                        .send(Answer.chunk(rest))
                        .send(Answer.lastChunk()));
        try (RawClient client = lab.client()) {
            Reply head = client.send(crossing.request(true)).readHead();
            StringBuilder got = new StringBuilder();
            while (!got.toString().contains("ABC")) { // fails by its time limit
                got.append(new String(client.readChunk(), StandardCharsets.UTF_8));
            }
            assertThat(got.toString()).doesNotContain("DEF");
            gate.countDown();
            ClientView told = crossing.told(got + client.readBody(head).text(), true);
            assertThat(told.text()).isEqualTo("ABCDEF");
        }
    }
}
