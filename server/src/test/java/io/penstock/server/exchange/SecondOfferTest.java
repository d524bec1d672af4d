package io.penstock.server.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.catalog.Model;
import io.penstock.protocol.Protocol;
import io.penstock.routing.Candidate;
import io.penstock.routing.Route;
import io.penstock.routing.RouteRequest;
import io.penstock.routing.Router;
import io.penstock.routing.Routes;
import io.penstock.server.config.ModelConfig;
import io.penstock.server.config.ProviderConfig;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.AnswerScript;
import io.penstock.server.testkit.ClientView;
import io.penstock.server.testkit.Counts;
import io.penstock.server.testkit.Crossing;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Received;
import io.penstock.server.testkit.Reply;
import io.penstock.server.testkit.ScriptedProvider;
import io.penstock.server.testkit.TranscriptPart;
import io.penstock.store.EntryKind;
import io.penstock.store.LedgerEntry;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A second offer is tried where the first fails before a byte of an answer: on every face, the first one and the second in the
 * client's own protocol and in others. The second provider gets the very bytes that it would have got alone, the client hears
 * nothing of the first, and there is one hold and one settlement. Which failures shall be followed by another attempt, and
 * when, is not decided here.
 */
class SecondOfferTest {
    private static final List<String> PROVIDERS = List.of("lab", "chatty", "wordy", "terse");
    private static final int MORE_THAN_SOCKETS_HOLD = 24 * 1024 * 1024;
    private static final AnswerScript SPEECH = AnswerScript.rich();

    private static Lab lab;
    private static volatile List<String> route = List.of();

    /** How the first offer fails. */
    private enum Failure {
        REFUSED_CONNECTION,
        STATUS_503,
        ERROR_EVENT
    }

    /** Takes the models that the test says, in its order. */
    private static final class TestRouter implements Router {
        @Override
        public String name() {
            return "trial";
        }

        @Override
        public Route route(RouteRequest request, Routes routes) {
            return new Route(route.stream().map(id -> candidate(id, routes)).toList(), "auto:trial");
        }

        private static Candidate candidate(String id, Routes routes) {
            Model model = routes.models().stream()
                    .filter(it -> it.id().equals(id))
                    .findFirst()
                    .orElseThrow();
            return new Candidate(model, routes.offers(model).get(0));
        }
    }

    @BeforeAll
    static void start() throws IOException {
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
        }
        String nowhere = "http://127.0.0.1:" + closed;
        lab = Lab.also((builder, provider) -> builder.router(new TestRouter())
                .provider(dead("deadlab")
                        .openai(nowhere + "/v1")
                        .anthropic(nowhere)
                        .responses(nowhere + "/v1")
                        .build())
                .provider(dead("deadchatty").openai(nowhere + "/v1").build())
                .provider(dead("deadwordy").anthropic(nowhere).build())
                .provider(dead("deadterse").responses(nowhere + "/v1").build()));
        lab.gateway().gateway().exchanges().routing().attemptsMax(2);
    }

    private static ProviderConfig.Builder dead(String name) {
        return ProviderConfig.builder(name)
                .apiKey(Lab.PROVIDER_KEY)
                .model(ModelConfig.builder("gpt-test")
                        .nativeId("gpt-test-1")
                        .context(128_000)
                        .maxOutput(8_192)
                        .price(Lab.PRICE)
                        .build());
    }

    @AfterAll
    static void stop() {
        lab.closeEmpty();
    }

    @BeforeEach
    void forget() {
        lab.provider().always(call -> call.send(Answer.json(500, "{\"error\":{\"message\":\"no script\"}}")));
        lab.provider().forget();
    }

    static Stream<Arguments> failures() {
        return Lab.FACES.stream()
                .flatMap(path -> Stream.of(Failure.values()).map(failure -> Arguments.of(path, failure)));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void theSecondAnswersAsIfItHadBeenAskedAlone(String path, Failure failure) {
        for (String first : PROVIDERS) {
            for (String second : PROVIDERS) {
                check(path, first, second, failure, true, 0);
                if (failure != Failure.ERROR_EVENT) {
                    check(path, first, second, failure, false, 0);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("failures")
    void soItDoesToALargeRequest(String path, Failure failure) {
        check(path, "chatty", "wordy", failure, true, 600_000);
        check(path, "wordy", "terse", failure, true, 600_000);
        check(path, "lab", "chatty", failure, true, 600_000);
    }

    private static void check(String path, String first, String second, Failure failure, boolean stream, int padding) {
        String how = path + ": " + first + ", then " + second + (stream ? " as a stream" : " plain");
        Crossing to = new Crossing(path, second, spoken(path, second));
        Alone alone = alone(to, stream, padding);

        lab.provider().forget();
        boolean dead = failure == Failure.REFUSED_CONNECTION;
        route = List.of((dead ? "dead" : "") + first + "/gpt-test", to.model());
        if (!dead) {
            lab.provider().next(fails(failure, spoken(path, first)));
        }
        lab.provider().next(call -> call.send(to.answer(SPEECH, stream)));
        Reply reply = lab.ask(Lab.post(path, body(path, "auto", stream, padding)));

        assertThat(reply.status()).as(how).isEqualTo(200);
        assertThat(reply.end()).as(how).isEqualTo(RawClient.End.CLEAN);
        assertThat(reply.header("x-penstock-model")).as(how).isEqualTo(to.model());
        if (to.spoken() == Protocol.RESPONSES
                && path.endsWith("responses")) { // passes as the provider tells it, which is sparse
            assertThat(reply.text().replace(reply.id(), "id")).as(how).isEqualTo(alone.answer());
        } else {
            assertTold(how, to.told(reply.text(), stream));
        }
        List<Received> asked = lab.provider().received();
        assertThat(asked).as(how).hasSize(dead ? 1 : 2);
        assertThat(asked.get(asked.size() - 1).body()).as(how).isEqualTo(alone.request());
        assertSettledOnce(how, reply.id(), to);
    }

    private static void assertTold(String how, ClientView told) {
        assertThat(told.open())
                .as(how)
                .isEqualTo(SPEECH.said().stream().map(TranscriptPart::open).toList());
        assertThat(told.finish()).as(how).isEqualTo(SPEECH.finish());
        assertThat(told.counts()).as(how).isEqualTo(Counts.of(SPEECH.usage()));
    }

    /** What a provider gets when it is asked alone, and what the client then reads. */
    private record Alone(byte[] request, String answer) {}

    private static Alone alone(Crossing to, boolean stream, int padding) {
        lab.provider().forget();
        lab.provider().next(call -> call.send(to.answer(SPEECH, stream)));
        Reply reply = lab.ask(Lab.post(to.path(), body(to.path(), to.model(), stream, padding)));
        assertThat(reply.status()).isEqualTo(200);
        return new Alone(lab.provider().take().body(), reply.text().replace(reply.id(), "id"));
    }

    private static ScriptedProvider.Script fails(Failure failure, Protocol spoken) {
        if (failure == Failure.STATUS_503) {
            return call -> call.send(Answer.json(503, "{\"error\":{\"message\":\"busy\",\"type\":\"server_error\"}}"));
        }
        String path = new Crossing(Lab.CHAT, "", spoken).theirs();
        return call -> call.send(Answer.stream(Lab.errorEvent(path, "no luck").getBytes(StandardCharsets.UTF_8)));
    }

    private static void assertSettledOnce(String how, String id, Crossing by) {
        LedgerEntry end = lab.end(id); // fails if there is not one hold and one end
        RequestLogEntry row = lab.row(id);
        assertThat(end.kind()).as(how).isEqualTo(EntryKind.SETTLEMENT);
        assertThat(end.amountNanos()).as(how).isEqualTo(Lab.cost(SPEECH.usage()));
        assertThat(row.outcome()).as(how).isEqualTo(Outcome.COMPLETED);
        assertThat(row.provider()).as(how).isEqualTo(by.provider());
        assertThat(row.model()).as(how).isEqualTo(by.model());
        assertThat(row.attempts()).as(how).isEqualTo(2);
        assertThat(row.finishReason()).as(how).isNotNull();
    }

    /** The first offer's own connection was stale: the attempt goes on, with the translation that it had made. */
    @Test
    void aTranslationThatAResetCutShortIsSentAgain() {
        Crossing first = new Crossing(Lab.MESSAGES, "chatty", Protocol.OPENAI);
        Alone alone = alone(first, false, MORE_THAN_SOCKETS_HOLD);
        route = List.of(first.model(), "wordy/gpt-test");
        byte[] answer = first.answer(SPEECH, false);
        lab.provider()
                .always(call -> call.send(answer))
                .next(call -> call.send(answer).awaitBytes().reset());
        lab.ask(first.request(false));
        lab.provider().forget();

        Reply reply = lab.ask(Lab.post(Lab.MESSAGES, body(Lab.MESSAGES, "auto", false, MORE_THAN_SOCKETS_HOLD)));

        assertThat(reply.status()).isEqualTo(200);
        assertThat(lab.provider().received()).hasSize(1);
        assertThat(Arrays.equals(lab.provider().received().get(0).body(), alone.request()))
                .as("the same bytes as before")
                .isTrue();
        assertThat(lab.row(reply.id()).attempts()).isEqualTo(1);
    }

    @Test
    void theClientHearsOfTheLastFailureWhereAllFail() {
        route = List.of("chatty/gpt-test", "wordy/gpt-test");
        lab.provider()
                .next(call -> call.send(Answer.json(503, "{\"error\":{\"message\":\"first\"}}")))
                .next(call -> call.send(Answer.json(
                        529, "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"second\"}}")));
        Reply reply = lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, "auto", true)));
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.text()).contains("second").doesNotContain("first");
        assertThat(lab.end(reply.id()).kind()).isEqualTo(EntryKind.RELEASE);
        assertThat(lab.row(reply.id()).attempts()).isEqualTo(2);
    }

    @Test
    void nothingFollowsWhatIsTheRequestsOwnFault() {
        route = List.of("chatty/gpt-test", "wordy/gpt-test");
        lab.provider().next(call -> call.send(Answer.json(400, "{\"error\":{\"message\":\"bad\"}}")));
        Reply reply = lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, "auto", true)));
        assertThat(reply.status()).isEqualTo(400);
        assertThat(lab.provider().received()).hasSize(1);
        assertThat(lab.row(reply.id()).attempts()).isEqualTo(1);
    }

    @Test
    void nothingFollowsOnceAnAnswerHasBegun() {
        route = List.of("chatty/gpt-test", "wordy/gpt-test");
        String begun = SPEECH.events(Protocol.OPENAI).get(0)
                + SPEECH.events(Protocol.OPENAI).get(1);
        lab.provider()
                .next(call -> call.send(Answer.stream(
                        (begun + Lab.errorEvent(Lab.CHAT, "too late")).getBytes(StandardCharsets.UTF_8))));
        Reply reply = lab.ask(Lab.post(Lab.MESSAGES, Lab.body(Lab.MESSAGES, "auto", true)));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.text()).contains("too late");
        assertThat(lab.provider().received()).hasSize(1);
        assertThat(lab.row(reply.id()).attempts()).isEqualTo(1);
        assertThat(lab.row(reply.id()).outcome()).isEqualTo(Outcome.CUT);
    }

    private static Protocol spoken(String path, String provider) {
        return switch (provider) {
            case "chatty" -> Protocol.OPENAI;
            case "wordy" -> Protocol.ANTHROPIC;
            case "terse" -> Protocol.RESPONSES;
            default -> ClientView.protocol(path);
        };
    }

    private static String body(String path, String model, boolean stream, int padding) {
        String body = Lab.body(path, model, stream).replace("\"Hi\"", "\"Hi" + "!".repeat(padding) + "\"");
        return stream && path.equals(Lab.CHAT)
                ? body.replace("\"stream\":true", "\"stream\":true,\"stream_options\":{\"include_usage\":true}")
                : body;
    }
}
