package io.penstock.server.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.guardrail.Guardrails;
import io.penstock.guardrail.OfferList;
import io.penstock.routing.Candidate;
import io.penstock.routing.Route;
import io.penstock.routing.RouteRequest;
import io.penstock.routing.Router;
import io.penstock.routing.Routes;
import io.penstock.server.config.KeyConfig;
import io.penstock.server.config.ModelConfig;
import io.penstock.server.config.ProviderConfig;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.AnswerScript;
import io.penstock.server.testkit.ClientView;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * What a key's guardrails exclude is not on offer to it, and to other keys it is: a model is served by the offers that are
 * left, {@code auto} chooses among them, and where none is left the client is told so in its face's words.
 */
class KeyGuardrailsTest {
    /** Models of anybody at the provider {@code far} alone, of which it has {@code house/one} and another. */
    private static final String FAR_KEY = "sk-lab-far-alone-0123456789-abc";

    /** {@code house/one} alone, at any provider. */
    private static final String ONE_KEY = "sk-lab-one-alone-0123456789-abc";

    /** Both of these guardrails. */
    private static final String BOTH_KEY = "sk-lab-both-0123456789-abcdefgh";

    /** Nothing at all. */
    private static final String NO_KEY = "sk-lab-nothing-0123456789-abcde";

    private static final OfferList FAR = new OfferList("far-only", List.of(), List.of("far"));
    private static final OfferList ONE = new OfferList("one-model", List.of("house/one"), List.of());
    private static final Map<String, Guardrails> GUARDRAILS = Map.of(
            "far", Guardrails.of(List.of(FAR)),
            "one", Guardrails.of(List.of(ONE)),
            "both", Guardrails.of(List.of(FAR, ONE)),
            "nothing", Guardrails.of(List.of(new OfferList("shut", List.of(), List.of("nobody")))));

    private static final String COUNT = "/anthropic/v1/messages/count_tokens";
    private static final String ROUTER_COUNT = "/api/v1/messages/count_tokens";

    static final List<String> FACES = Lab.FACES;
    static final List<String> EVERY_PATH = Stream.concat(
                    FACES.stream(),
                    Stream.of(
                            Lab.EMBEDDINGS,
                            Lab.ROUTER_EMBEDDINGS,
                            Lab.COMPLETIONS,
                            Lab.ROUTER_COMPLETIONS,
                            COUNT,
                            ROUTER_COUNT))
            .toList();

    private static Lab lab;

    @BeforeAll
    static void start() {
        lab = started(false);
        lab.gateway()
                .gateway()
                .exchanges()
                .routing()
                .guardrails(key -> GUARDRAILS.getOrDefault(key.name(), Guardrails.NONE));
    }

    /** @param stubborn whether {@code auto} takes what it likes */
    private static Lab started(boolean stubborn) {
        return Lab.also((builder, provider) -> {
            for (String name : List.of("near", "far")) {
                builder.provider(ProviderConfig.builder(name)
                        .openai(provider.url("/v1"))
                        .anthropic(provider.url(""))
                        .responses(provider.url("/v1"))
                        .apiKey(Lab.PROVIDER_KEY)
                        .model(model("house/one", "one-of-" + name))
                        .model(model("own", "own-of-" + name))
                        .build());
            }
            builder.key(new KeyConfig("far", FAR_KEY))
                    .key(new KeyConfig("one", ONE_KEY))
                    .key(new KeyConfig("both", BOTH_KEY))
                    .key(new KeyConfig("nothing", NO_KEY));
            return stubborn ? builder.router(new StubbornRouter()) : builder;
        });
    }

    private static ModelConfig model(String id, String nativeId) {
        return ModelConfig.builder(id)
                .nativeId(nativeId)
                .context(128_000)
                .maxOutput(8_192)
                .price(Lab.PRICE)
                .build();
    }

    @AfterAll
    static void stop() {
        lab.closeEmpty();
    }

    @BeforeEach
    void forget() {
        lab.provider().forget();
    }

    private static byte[] request(String key, String path, String body) {
        return new String(Lab.post(path, body), StandardCharsets.UTF_8)
                .replace(Lab.KEY, key)
                .getBytes(StandardCharsets.UTF_8);
    }

    private static Reply ask(String key, String path, String model) {
        return lab.ask(request(key, path, body(path, model)));
    }

    private static String body(String path, String model) {
        if (path.endsWith("/embeddings")) {
            return "{\"model\":\"" + model + "\",\"input\":\"Hi\"}";
        }
        return path.endsWith("/chat/completions") || !path.endsWith("/completions")
                ? Lab.body(path, model, false)
                : "{\"model\":\"" + model + "\",\"max_tokens\":100,\"prompt\":\"Hi\"}";
    }

    private static Reply served(String key, String path, String model) {
        AnswerScript speech = AnswerScript.text("Hello");
        lab.provider().next(call -> call.send(Answer.json(200, speech.plain(ClientView.protocol(path)))));
        Reply reply = ask(key, path, model);
        assertThat(reply.status()).as(path + ": " + reply.text()).isEqualTo(200);
        return reply;
    }

    /** Who answered, by the row and by what was sent. */
    private static String servedBy(Reply reply) {
        RequestLogEntry row = lab.row(reply.id());
        assertThat(row.attempts()).isEqualTo(1);
        assertThat(lab.provider().take().text()).contains("-of-" + row.provider());
        return row.model() + " of " + row.provider();
    }

    /** The whole error in the face's own shape, nothing sent, nothing held. */
    private static void assertRefused(String path, Reply reply, String why) {
        String message = "model not allowed by guardrail policy: " + why;
        String expected;
        if (path.contains("/messages")) {
            expected = "{\"type\":\"error\",\"error\":{\"type\":\"permission_error\",\"message\":\"" + message
                    + "\"},\"request_id\":\"" + reply.id() + "\"}";
        } else if (path.startsWith("/api/")) {
            expected = "{\"error\":{\"code\":403,\"message\":\"" + message
                    + "\",\"metadata\":{\"error_type\":\"permission_denied\"}}}";
        } else {
            expected = "{\"error\":{\"message\":\"" + message
                    + "\",\"type\":\"permission_denied\",\"param\":\"model\",\"code\":\"permission_denied\"}}";
        }
        assertThat(reply.text()).as(path).isEqualTo(expected);
        assertThat(reply.status()).as(path).isEqualTo(403);
        assertThat(reply.header("content-type")).as(path).isEqualTo("application/json");
        assertThat(lab.provider().received()).as(path).isEmpty();
        assertThat(lab.entries(reply.id())).as(path).isEmpty();
        assertThat(lab.row(reply.id()).outcome()).as(path).isEqualTo(Outcome.REFUSED);
    }

    @ParameterizedTest
    @FieldSource("EVERY_PATH")
    void aModelOfWhichNoOfferIsLeftIsRefusedAndTheGuardrailsNamed(String path) {
        assertRefused(path, ask(FAR_KEY, path, "lab/gpt-test"), "lab/gpt-test (guardrail: far-only)");
        assertRefused(path, ask(ONE_KEY, path, "far/own"), "far/own (guardrail: one-model)");
        assertRefused(path, ask(BOTH_KEY, path, "near/own"), "near/own (guardrail: far-only, one-model)");
        assertRefused(path, ask(NO_KEY, path, "house/one"), "house/one (guardrail: shut)");
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void aModelIsServedByAnOfferThatIsLeft(String path) {
        assertThat(servedBy(served(Lab.KEY, path, "house/one"))).isEqualTo("house/one of near");
        assertThat(servedBy(served(FAR_KEY, path, "house/one"))).isEqualTo("house/one of far");
        assertThat(servedBy(served(ONE_KEY, path, "house/one"))).isEqualTo("house/one of near");
        assertThat(servedBy(served(BOTH_KEY, path, "house/one"))).isEqualTo("house/one of far");
        assertThat(servedBy(served(FAR_KEY, path, "far/own"))).isEqualTo("far/own of far");
        assertThat(servedBy(served(Lab.KEY, path, "near/own"))).isEqualTo("near/own of near");
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void autoChoosesAmongWhatIsLeft(String path) {
        assertThat(served(Lab.KEY, path, "auto").header("x-penstock-model")).isNotIn("house/one", "far/own");
        lab.provider().forget();
        assertThat(servedBy(served(ONE_KEY, path, "auto"))).isEqualTo("house/one of near");
        assertThat(servedBy(served(FAR_KEY, path, "auto"))).isIn("house/one of far", "far/own of far");
        assertThat(servedBy(served(BOTH_KEY, path, "auto"))).isEqualTo("house/one of far");
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void autoWithoutAnyModelLeftIsRefused(String path) {
        assertRefused(path, ask(NO_KEY, path, "auto"), "auto (guardrail: shut)");
    }

    @Test
    void whatNobodyServesIsNoGuardrailsMatter() {
        String tooLong = body(Lab.CHAT, "auto").replace("100", "100000000");
        Reply noModelFits = lab.ask(request(NO_KEY, Lab.CHAT, tooLong));
        assertThat(noModelFits.status()).isEqualTo(502);
        assertThat(noModelFits.text()).contains("upstream service unavailable: no model can take this request");

        assertThat(ask(NO_KEY, Lab.CHAT, "house/other").text()).contains("no model config found for: house/other");
        assertThat(ask(NO_KEY, Lab.CHAT, "x-ai/grok-4").text()).contains("provider routing is not configured");
        assertThat(ask(NO_KEY, Lab.EMBEDDINGS, "auto").text()).contains("auto chooses among models that make text");
        assertThat(lab.provider().received()).isEmpty();
    }

    @Test
    void keysTakeTurnsOnOneConnection() {
        try (RawClient client = lab.client()) {
            for (int round = 0; round < 3; round++) {
                for (String key : List.of(Lab.KEY, FAR_KEY)) {
                    AnswerScript speech = AnswerScript.text("Hello");
                    lab.provider()
                            .next(call -> call.send(Answer.json(200, speech.plain(ClientView.protocol(Lab.CHAT)))));
                    Reply reply = client.send(request(key, Lab.CHAT, body(Lab.CHAT, "house/one")))
                            .read();
                    assertThat(servedBy(reply))
                            .isEqualTo(key.equals(FAR_KEY) ? "house/one of far" : "house/one of near");
                }
                lab.provider().forget();
                assertRefused(
                        Lab.CHAT,
                        client.send(request(FAR_KEY, Lab.CHAT, body(Lab.CHAT, "near/own")))
                                .read(),
                        "near/own (guardrail: far-only)");
            }
        }
    }

    /** Takes a model's offers from the model, not from its routes. */
    private static final class StubbornRouter implements Router {
        @Override
        public String name() {
            return "stubborn";
        }

        @Override
        public Route route(RouteRequest request, Routes routes) {
            return new Route(
                    routes.models().stream()
                            .filter(model -> model.id().equals("house/one"))
                            .flatMap(model -> model.offers().stream().map(offer -> new Candidate(model, offer)))
                            .toList(),
                    "auto:stubborn");
        }
    }

    @Test
    void aRouterThatTakesWhatItIsNotShownLeadsPastNoGuardrail() {
        try (Lab stubborn = started(true)) {
            stubborn.gateway()
                    .gateway()
                    .exchanges()
                    .routing()
                    .guardrails(key -> GUARDRAILS.getOrDefault(key.name(), Guardrails.NONE));
            Reply reply = stubborn.ask(request(FAR_KEY, Lab.CHAT, body(Lab.CHAT, "auto")));
            assertThat(reply.status()).isEqualTo(500);
            assertThat(reply.text()).contains("internal server error");
            assertThat(stubborn.provider().received()).isEmpty();

            stubborn.provider()
                    .next(call -> call.send(
                            Answer.json(200, AnswerScript.text("Hello").plain(ClientView.protocol(Lab.CHAT)))));
            Reply other = stubborn.ask(request(ONE_KEY, Lab.CHAT, body(Lab.CHAT, "auto")));
            assertThat(other.status()).as(other.text()).isEqualTo(200);
            assertThat(stubborn.row(other.id()).model()).isEqualTo("house/one");
        }
    }
}
