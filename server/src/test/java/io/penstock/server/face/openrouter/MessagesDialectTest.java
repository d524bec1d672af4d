package io.penstock.server.face.openrouter;

import static io.penstock.server.face.openrouter.Rewriting.FACTS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessagesDialectTest {
    private static final String USAGE = """
            "input_tokens":142,"output_tokens":41,"cache_read_input_tokens":640,"cache_creation_input_tokens":30,\
            "cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":10},\
            "output_tokens_details":{"thinking_tokens":9},"cost":0.000431,"is_byok":false,\
            "cost_details":{"upstream_inference_cost":0.000431,"upstream_inference_prompt_cost":0.0003,\
            "upstream_inference_completions_cost":0.000131}""";
    private static final String STOP = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    private final MessagesDialect dialect = new MessagesDialect(FACTS, Rewriting.bill());

    @Test
    void theStartShowsOurIds() {
        assertThat(event("""
                        {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",\
                        "model":"claude-sonnet-4-6-20260115","content":[],"stop_reason":null,\
                        "usage":{"input_tokens":10,"output_tokens":1}},"x":1.0}""")).isEqualTo("""
                        event: message_start
                        data: {"type":"message_start","message":{"id":"gen-1795000000-Qf3kTz81","model":"z-ai/glm-5",\
                        "provider":"Z.AI","type":"message","role":"assistant","content":[],"stop_reason":null,\
                        "usage":{"input_tokens":10,"output_tokens":1}},"x":1.0}

                        """);
    }

    @Test
    void ordinaryEventsPassAsTheyAre() {
        String delta =
                "{\"type\": \"content_block_delta\", \"index\":0, \"delta\":{\"type\":\"text_delta\",\"text\":\"\\ud83d\"}}";
        assertThat(event(delta)).isEqualTo("event: content_block_delta\ndata: " + delta + "\n\n");
    }

    @Test
    void theLastDeltaWaitsForTheSettlement() {
        assertThat(event("""
                        {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},\
                        "usage":{"input_tokens":10,"output_tokens":20,"server_tool_use":{"web_search_requests":1},\
                        "service_tier":"standard"},"context_management":{"applied_edits":[]}}""")).isEmpty();
        assertThat(Rewriting.end(dialect)).isEqualTo("""
                        event: message_delta
                        data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},\
                        "usage":{""" + USAGE + """
                        ,"server_tool_use":{"web_search_requests":1},"service_tier":"standard"},\
                        "context_management":{"applied_edits":[]}}

                        """ + STOP);
    }

    @Test
    void anEarlierDeltaGoesOutAsItCame() {
        String first = "{\"type\":\"message_delta\",\"delta\":{},\"usage\":{\"output_tokens\":1}}";
        String second = "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}";
        assertThat(Rewriting.stream(dialect, List.of(first, second)))
                .isEqualTo("event: message_delta\ndata: " + first + "\n\nevent: message_delta\ndata: "
                        + second.substring(0, second.length() - 1) + ",\"usage\":{" + USAGE + "}}\n\n" + STOP);
    }

    @Test
    void aStreamWithoutADeltaStillTellsItsCost() {
        assertThat(Rewriting.end(dialect))
                .isEqualTo(
                        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\","
                                + "\"stop_sequence\":null},\"usage\":{" + USAGE + "}}\n\n" + STOP);
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "{}", "{\"cost\":1,\"is_byok\":true}", "7"})
    void theUsageIsOursWhateverTheProviderTold(String usage) {
        event("{\"type\":\"message_delta\",\"usage\":" + usage + "}");
        assertThat(Rewriting.end(dialect))
                .isEqualTo("event: message_delta\ndata: {\"type\":\"message_delta\",\"usage\":{" + USAGE + "}}\n\n"
                        + STOP);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hello", "[]", "{\"type\":\"content_block_delta\"", "{\"type\":\"message_delta\"} x"})
    void whatIsNotAJsonObjectIsDropped(String data) {
        assertThat(event(data)).isEmpty();
        assertThat(Rewriting.end(dialect)).contains("\"stop_reason\":\"end_turn\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\":1}", "{\"type\":null}", "{\"type\":\"a\\nevent: error\"}"})
    void anEventWhoseTypeNamesNothingHasNoName(String data) {
        assertThat(event(data)).isEqualTo("data: " + data + "\n\n");
    }

    @Test
    void aWholeAnswerIsShownAnew() {
        assertThat(Rewriting.plain(MessagesDialect::plain, """
                        {"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-6-20260115",\
                        "content":[{"type":"text","text":"Wheel."}],"stop_reason":"end_turn","stop_sequence":null,\
                        "usage":{"input_tokens":1,"cache_creation":{"ephemeral_5m_input_tokens":0},"output_tokens":2,\
                        "service_tier":"standard"},"container":null}"""))
                .isEqualTo("""
                        {"id":"gen-1795000000-Qf3kTz81","model":"z-ai/glm-5","provider":"Z.AI","type":"message",\
                        "role":"assistant","content":[{"type":"text","text":"Wheel."}],"stop_reason":"end_turn",\
                        "stop_sequence":null,"usage":{""" + USAGE + ",\"service_tier\":\"standard\"},\"container\":null}");
    }

    @Test
    void aWholeAnswerWithoutUsageGetsOne() {
        assertThat(Rewriting.plain(MessagesDialect::plain, "{\"type\":\"message\"}"))
                .endsWith(",\"type\":\"message\",\"usage\":{" + USAGE + "}}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<html>", "{\"type\":", "{} x"})
    void aWholeAnswerThatIsNotAJsonObjectComesOutAsItIs(String answer) {
        assertThat(Rewriting.plain(MessagesDialect::plain, answer)).isEqualTo(answer);
    }

    private String event(String json) {
        return Rewriting.event(dialect, json);
    }
}
