package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.error.GatewayError;
import io.penstock.protocol.translate.Json.Tree;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseFailureTest {
    private static final GatewayError ERROR = new GatewayError.UpstreamFailed("OpenAI", "it went \"away\"");
    private static final ResponseIdentity IDENTITY =
            new ResponseIdentity("resp_1", 17, "gpt-5-0115", ResponseEcho.DEFAULTS);

    private static List<Tree> events(ResponseIdentity identity, long sequence, boolean openrouter) {
        String sse = new String(ResponseFailure.events(ERROR, identity, sequence, openrouter), StandardCharsets.UTF_8);
        List<Tree> events = new ArrayList<>();
        assertThat(sse).endsWith("\n\n");
        for (String event : sse.strip().split("\n\n", -1)) {
            String[] lines = event.split("\n", -1);
            assertThat(lines).hasSize(2);
            Tree data = Json.parse(lines[1].substring("data: ".length()));
            assertThat(lines[0]).isEqualTo("event: " + data.get("type").text());
            OpenResponses.event(data);
            events.add(data);
        }
        return events;
    }

    @Test
    void aBrokenStreamEndsWithTheWholeResponseThatItToldOf() {
        List<Tree> events = events(IDENTITY, 4, false);
        assertThat(events).hasSize(1);
        Tree response = events.get(0).get("response");
        assertThat(events.get(0).get("type").text()).isEqualTo("response.failed");
        assertThat(events.get(0).get("sequence_number").number()).isEqualTo(4);
        assertThat(response.get("id").text()).isEqualTo("resp_1");
        assertThat(response.get("created_at").number()).isEqualTo(17);
        assertThat(response.get("model").text()).isEqualTo("gpt-5-0115");
        assertThat(response.get("error").toString())
                .isEqualTo("{\"code\":\"server_error\",\"message\":"
                        + "\"upstream service error: OpenAI: it went \\\"away\\\"\"}");
        assertThat(events(IDENTITY, 4, true).get(0).get("error_type").text()).isEqualTo("provider_unavailable");
    }

    @Test
    void whereNothingWasToldTheResponseIsCreatedFirst() {
        List<Tree> events = events(IDENTITY, 0, false);
        assertThat(events.stream().map(event -> event.get("type").text()))
                .containsExactly("response.created", "response.failed");
        assertThat(events.get(1).get("sequence_number").number()).isEqualTo(1);
        assertThat(events.get(0).get("response").get("id"))
                .isEqualTo(events.get(1).get("response").get("id"));
    }

    /** Whatever a client wrote, what is repeated of it has the types that the schema names, in one line. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"temperature\":\"hot\",\"top_p\":null,\"instructions\":[],\"tools\":{},\"tool_choice\":7,\"text\":[],"
                        + "\"metadata\":\"x\",\"reasoning\":\"low\",\"max_output_tokens\":1.5,\"truncation\":true}",
                "{\"tools\":[1,{},{\"type\":\"function\"},{\"type\":\"function\",\"function\":{\"name\":\"f\",\n\"parameters\":\r\n{}}},"
                        + "{\"type\":\"web_search\"}]}",
                "{\"tool_choice\":{\"type\":\"allowed_tools\",\"tools\":[{\"type\":\"function\",\"name\":\"f\"}]}}",
                "{\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}},\"text\":{\"format\":{\"type\":\"json_schema\"}}}",
                "{\"tool_choice\":\"required\",\"text\":{\"format\":{\"type\":\"json_object\"},\"verbosity\":\"loud\"}}",
            })
    void whatIsRepeatedHasTheRightTypes(String body) {
        byte[] json = body.getBytes(StandardCharsets.UTF_8);
        JsonTape tape = new JsonTape();
        assertThat(tape.parse(json, 0, json.length)).isTrue();
        events(new ResponseIdentity("resp_1", 17, "m", ResponseEcho.of(tape, true)), 1, false);
    }

    @Test
    void longInstructionsAndToolsAreNotRepeated() {
        String text = "x".repeat(ResponseEcho.REPEATED_BYTES_MAX + 1);
        byte[] json = ("{\"instructions\":\"" + text
                        + "\",\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"description\":\"" + text + "\"}]}")
                .getBytes(StandardCharsets.UTF_8);
        JsonTape tape = new JsonTape();
        assertThat(tape.parse(json, 0, json.length)).isTrue();
        ResponseEcho echo = ResponseEcho.of(tape, true);
        assertThat(echo.bytes()).isLessThan(1_000);
        events(new ResponseIdentity("resp_1", 17, "m", echo), 1, false);
    }
}
