package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.server.testkit.SharedLab;
import io.penstock.store.EntryKind;
import io.penstock.store.LedgerEntry;
import io.penstock.store.Outcome;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/** Vectors for texts: the provider's bytes, paid by the input alone. */
class EmbeddingsTest extends SharedLab {
    static final List<String> FACES = List.of(Lab.EMBEDDINGS, Lab.ROUTER_EMBEDDINGS);
    private static final String ANSWER = "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,"
            + "\"embedding\":[-0.0069,0.5e-3,1]},{\"object\":\"embedding\",\"index\":1,\"embedding\":\"AAAAvw==\"}],"
            + "\"model\":\"text-embedding-3-small\",\"usage\":{\"prompt_tokens\":800,\"total_tokens\":800}}";

    private static String body(String model, String input) {
        return "{\"model\":\"" + model + "\",\"input\":" + input + ",\"encoding_format\":\"float\"}";
    }

    @Test
    void theClientGetsTheProvidersBytesAndPaysForTheInput() {
        lab.provider().next(call -> call.send(Answer.json(200, ANSWER)));
        Reply reply = lab.ask(Lab.post(Lab.EMBEDDINGS, body("openai/text-embedding-3-small", "[\"a\",\"b\"]")));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.text()).isEqualTo(ANSWER);
        assertThat(reply.header("x-penstock-model")).isEqualTo("openai/text-embedding-3-small");
        assertThat(lab.provider().take().head()).startsWith("POST /v1/embeddings HTTP/1.1");
        LedgerEntry end = lab.end(reply.id());
        assertThat(end.kind()).isEqualTo(EntryKind.SETTLEMENT);
        assertThat(end.estimated()).isFalse();
        assertThat(end.amountNanos()).isEqualTo(800 * 20); // 0.02 USD per million
        assertThat(lab.row(reply.id()).usage().input()).isEqualTo(800);
        assertThat(lab.row(reply.id()).usage().output()).isZero();
        assertThat(lab.row(reply.id()).outcome()).isEqualTo(Outcome.COMPLETED);
    }

    @Test
    void theOpenRouterFaceShowsItsIdModelAndCost() {
        lab.provider().next(call -> call.send(Answer.json(200, ANSWER)));
        Reply reply = lab.ask(Lab.post(Lab.ROUTER_EMBEDDINGS, body("text-embedding-3-small", "\"a\"")));
        assertThat(reply.text())
                .isEqualTo("{\"id\":\"" + reply.id() + "\",\"model\":\"openai/text-embedding-3-small\","
                        + ANSWER.substring(1, ANSWER.indexOf("\"model\""))
                        + "\"usage\":{\"prompt_tokens\":800,\"total_tokens\":800,\"cost\":0.000016,\"is_byok\":false,"
                        + "\"cost_details\":{\"upstream_inference_cost\":0.000016,"
                        + "\"upstream_inference_prompt_cost\":0.000016,\"upstream_inference_completions_cost\":0}}}");
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void theOwnersModelsAreServedToo(String path) {
        lab.provider().next(call -> call.send(Answer.json(200, ANSWER)));
        Reply reply = lab.ask(Lab.post(path, body("lab/gpt-test", "[[1,2,3],[4]]")));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(lab.provider().take().text()).isEqualTo(body("gpt-test-1", "[[1,2,3],[4]]"));
        assertThat(lab.end(reply.id()).amountNanos()).isEqualTo(800 * 1_000);
        assertThat(lab.hold(reply.id()).amountNanos()).isLessThan(200 * 2_000); // no output is held
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void withoutUsageItIsEstimated(String path) {
        lab.provider()
                .always(call -> call.send(Answer.json(200, ANSWER.substring(0, ANSWER.indexOf(",\"usage\"")) + "}")));
        Reply reply = lab.ask(Lab.post(path, body("lab/gpt-test", "\"" + "word ".repeat(100) + "\"")));
        assertThat(reply.status()).isEqualTo(200);
        LedgerEntry end = lab.end(reply.id());
        assertThat(end.estimated()).isTrue();
        assertThat(lab.row(reply.id()).usage().input()).isBetween(100L, 200L);
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void failuresAreTold(String path) {
        byte[] whole = Answer.json(200, ANSWER);
        lab.provider()
                .next(call -> call.send(Arrays.copyOf(whole, whole.length - 10)).close());
        Reply cut = lab.ask(Lab.post(path, body("lab/gpt-test", "\"a\"")));
        assertThat(cut.status()).isEqualTo(502);
        assertThat(lab.end(cut.id()).kind()).isEqualTo(EntryKind.RELEASE);
        lab.provider().next(call -> call.send(Answer.json(404, "{\"error\":{\"message\":\"no such endpoint\"}}")));
        Reply unknown = lab.ask(Lab.post(path, body("lab/gpt-test", "\"a\"")));
        assertThat(unknown.status()).isEqualTo(502);
        assertThat(unknown.text()).contains("no such endpoint");
        lab.provider().next(call -> call.send(Answer.stream(new byte[] {'x'})));
        assertThat(lab.ask(Lab.post(path, body("lab/gpt-test", "\"a\""))).status())
                .isEqualTo(502);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"model\":\"lab/gpt-test\"} | input must be a string or an array",
                "{\"model\":\"lab/gpt-test\",\"input\":5} | input must be a string or an array",
                "{\"input\":\"a\"} | model field is required",
                "{\"model\":\"auto\",\"input\":\"a\"} | invalid or empty requested model: auto chooses among"
            })
    void whatCannotBeIsRefused(String request, String words) {
        for (String path : FACES) {
            Reply reply = lab.ask(Lab.post(path, request));
            assertThat(reply.status()).as(path).isEqualTo(400);
            assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
            assertThat(reply.text()).contains(words);
        }
        assertThat(lab.provider().received()).isEmpty();
    }

    @Test
    void chatWithAModelThatMakesNoTextIsRefused() {
        for (String path : List.of(Lab.CHAT, Lab.RESPONSES, Lab.ROUTER_CHAT)) {
            Reply reply = lab.ask(Lab.post(path, Lab.body(path, "openai/text-embedding-3-large", true)));
            assertThat(reply.status()).isEqualTo(400);
            assertThat(reply.text())
                    .contains("invalid or empty requested model: openai/text-embedding-3-large makes embeddings");
        }
        assertThat(lab.provider().received()).isEmpty();
    }
}
