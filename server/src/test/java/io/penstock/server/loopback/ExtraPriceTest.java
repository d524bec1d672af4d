package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.FreshLab;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.Reply;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What providers bill beside tokens: priced where the catalog knows a price, counted where it does not. */
class ExtraPriceTest extends FreshLab {
    private static final long HAIKU = 100 * 1_000L + 10 * 5_000L; // claude-haiku-4.5: 1.00 and 5.00 USD per million
    private static final long MINI = 100 * 250L + 10 * 2_000L; // gpt-5-mini: 0.25 and 2.00
    private static final long SEARCH = 10_000_000L;

    private long cost(String path, String model, boolean stream, String answer) {
        lab.provider()
                .next(call -> call.send(
                        stream ? Answer.stream(answer.getBytes(StandardCharsets.UTF_8)) : Answer.json(200, answer)));
        Reply reply = lab.ask(Lab.post(path, Lab.body(path, model, stream)));
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return lab.end(reply.id()).amountNanos();
    }

    private static String messages(boolean stream, String usage) {
        return stream
                ? """
                        event: message_start
                        data: {"type":"message_start","message":{"id":"1","type":"message","role":"assistant","content":[],"model":"m","stop_reason":null,"usage":{"input_tokens":100,"output_tokens":1}}}

                        event: content_block_start
                        data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}}

                        event: content_block_stop
                        data: {"type":"content_block_stop","index":0}

                        event: message_delta
                        data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":10,USAGE}}

                        event: message_stop
                        data: {"type":"message_stop"}

                        """.replace("USAGE", usage)
                : "{\"id\":\"1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[{\"type\":\"text\","
                        + "\"text\":\"a\"}],\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":100,\"output_tokens\":10,"
                        + usage + "}}";
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void searchesOfTheWebAreCharged(boolean stream) {
        String usage = "\"server_tool_use\":{\"web_search_requests\":3,\"web_fetch_requests\":1}";
        assertThat(cost(Lab.MESSAGES, "anthropic/claude-haiku-4.5", stream, messages(stream, usage)))
                .isEqualTo(HAIKU + 3 * SEARCH);
        assertThat(cost(Lab.CHAT, "anthropic/claude-haiku-4.5", stream, messages(stream, usage)))
                .isEqualTo(HAIKU + 3 * SEARCH);
        assertThat(metrics()).doesNotContain("penstock_unpriced_total{");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void soManySearchesThatTheyCannotBeAreNotCharged(boolean stream) {
        String usage = "\"server_tool_use\":{\"web_search_requests\":999999999999}";
        assertThat(cost(Lab.MESSAGES, "anthropic/claude-haiku-4.5", stream, messages(stream, usage)))
                .isEqualTo(HAIKU);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void searchesThatStandInTheAnswerAreCharged(boolean stream) {
        String response =
                "{\"id\":\"r\",\"object\":\"response\",\"status\":\"completed\",\"service_tier\":\"default\",\"output\":["
                        + "{\"type\":\"web_search_call\",\"id\":\"1\",\"status\":\"completed\",\"action\":{\"type\":\"search\",\"query\":\"q\"}},"
                        + "{\"type\":\"web_search_call\",\"id\":\"2\",\"status\":\"completed\",\"action\":{\"type\":\"open_page\"}},"
                        + "{\"type\":\"web_search_call\",\"id\":\"3\",\"status\":\"completed\",\"action\":{\"type\":\"search\",\"query\":\"q\"}},"
                        + "{\"type\":\"file_search_call\",\"id\":\"4\",\"status\":\"completed\"},"
                        + "{\"type\":\"message\",\"id\":\"5\",\"role\":\"assistant\",\"status\":\"completed\",\"content\":[{\"type\":\"output_text\","
                        + "\"text\":\"a web_search_call\",\"annotations\":[]}]}],\"usage\":{\"input_tokens\":100,\"output_tokens\":10,"
                        + "\"total_tokens\":110}}";
        String answer = stream
                ? "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":" + response + "}\n\n"
                : response;
        assertThat(cost(Lab.RESPONSES, "openai/gpt-5-mini", stream, answer)).isEqualTo(MINI + 2 * SEARCH + 2_500_000L);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatHasNoPriceIsCounted(boolean stream) {
        assertThat(cost(
                        Lab.MESSAGES,
                        "anthropic/claude-haiku-4.5",
                        stream,
                        messages(stream, "\"service_tier\":\"priority\",\"speed\":\"fast\"")))
                .isEqualTo(HAIKU);
        assertThat(metrics())
                .contains("penstock_unpriced_total{what=\"service_tier\"} 1.0")
                .contains("penstock_unpriced_total{what=\"fast_mode\"} 1.0");
    }

    @Test
    void aTierThatTheAnswerNamesOutsideItsUsageIsCounted() {
        String answer =
                "{\"id\":\"1\",\"service_tier\":\"flex\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                        + "\"content\":\"a\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":10,"
                        + "\"total_tokens\":110,\"completion_tokens_details\":{\"audio_tokens\":4}}}";
        assertThat(cost(Lab.CHAT, "openai/gpt-5-mini", false, answer)).isEqualTo(MINI);
        assertThat(metrics())
                .contains("penstock_unpriced_total{what=\"service_tier\"} 1.0")
                .contains("penstock_unpriced_total{what=\"audio_output\"} 1.0");
    }

    @Test
    void theHoldCoversWhatAProvidersToolsMayCost() {
        lab.provider()
                .next(call -> call.send(
                        Answer.json(200, messages(false, "\"server_tool_use\":{\"web_search_requests\":10}"))));
        Reply reply = lab.ask(Lab.post(
                Lab.MESSAGES,
                "{\"model\":\"anthropic/claude-haiku-4.5\",\"max_tokens\":100,\"messages\":[{\"role\":\"user\",\"content\":"
                        + "\"Hi\"}],\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]}"));
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(lab.hold(reply.id()).amountNanos())
                .isGreaterThanOrEqualTo(10 * SEARCH + 200_000 * 1_000L); // and a full window of what was found
        assertThat(lab.end(reply.id()).amountNanos()).isEqualTo(HAIKU + 10 * SEARCH);
    }

    private String metrics() {
        return lab.ask(Lab.get("/metrics")).text();
    }
}
