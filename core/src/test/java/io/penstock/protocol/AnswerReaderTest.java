package io.penstock.protocol;

import static io.penstock.protocol.Bodies.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerReaderTest {
    private final AnswerReader reader = new AnswerReader();
    private final UsageCounter counter = new UsageCounter(1_000_000);

    @Test
    void anAnswerOfOpenAiIsRead() {
        assertThat(
                        openAi(
                                "{\"id\":\"x\",\"choices\":[{\"index\":0,\"finish_reason\":\"tool_calls\",\"message\":{\"role\":"
                                        + "\"assistant\",\"content\":\"1234é水\\n\",\"reasoning_content\":\"12\",\"reasoning\":\"12\","
                                        + "\"tool_calls\":[{\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"f\","
                                        + "\"arguments\":\"{\\\"a\\\":1}\"}}]}},{\"finish_reason\":\"stop\",\"message\":{\"content\":"
                                        + "[{\"type\":\"text\",\"text\":\"123\"}]}}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":7}}"))
                .isTrue();
        assertThat(reader.finishReason()).isEqualTo("tool_calls");
        assertThat(reader.isError()).isFalse();
        assertThat(counter.usage()).isEqualTo(new Usage(5, 0, 0, 0, 7, 0, false));
        assertThat(reader.text().ascii()).isEqualTo(5 + 2 + 1 + 7 + 3);
        assertThat(reader.text().cjk()).isEqualTo(1);
        assertThat(reader.text().other()).isEqualTo(1);
    }

    @Test
    void anAnswerOfAnthropicIsRead() {
        assertThat(anthropic(
                        "{\"type\":\"message\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"12345\",\"signature\":"
                                + "\"AAAA\"},{\"type\":\"text\",\"text\":\"水\"},{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"f\","
                                + "\"input\":{\"text\": [1, \"x\"]}}],\"stop_reason\":\"tool_use\",\"stop_sequence\":null,"
                                + "\"usage\":{\"input_tokens\":5,\"output_tokens\":7}}"))
                .isTrue();
        assertThat(reader.finishReason()).isEqualTo("tool_use");
        assertThat(reader.isError()).isFalse();
        assertThat(counter.usage()).isEqualTo(new Usage(5, 0, 0, 0, 7, 0, false));
        assertThat(reader.text().ascii()).isEqualTo(5 + 1 + "{\"text\": [1, \"x\"]}".length());
        assertThat(reader.text().cjk()).isEqualTo(1);
    }

    @Test
    void anErrorInsideA200IsSeen() {
        assertThat(
                        openAi(
                                "{\"error\":{\"message\":\"busy\",\"type\":\"overloaded\",\"code\":503,\"metadata\":{\"a\":[1]}}}"))
                .isTrue();
        assertError("busy", "overloaded", "503");
        assertThat(openAi("{\"error\":{\"message\":\"busy\",\"code\":\"x\",\"type\":null},\"choices\":[]}"))
                .isTrue();
        assertError("busy", null, "x");
        assertThat(openAi("{\"error\":\"busy\"}")).isTrue();
        assertError("busy", null, null);
        assertThat(anthropic("{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}"))
                .isTrue();
        assertError("busy", "overloaded_error", null);
    }

    private void assertError(String message, @Nullable String type, @Nullable String code) {
        assertThat(reader.isError()).isTrue();
        assertThat(reader.errorMessage()).isEqualTo(message);
        assertThat(reader.errorType()).isEqualTo(type);
        assertThat(reader.errorCode()).isEqualTo(code);
    }

    @Test
    void anErrorBesideAnAnswerIsNone() {
        openAi("{\"error\":{\"message\":\"m\"},\"choices\":[{\"message\":{\"content\":\"x\"}}]}");
        assertThat(reader.isError()).isFalse();
        assertThat(reader.errorMessage()).isNull();
        openAi("{\"error\":null}");
        assertThat(reader.isError()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "\"x\"",
                "<html>502</html>",
                "{\"choices\":[",
                "{} {}",
                "{\"error\":{}}x",
                "{\"a\":\"\u0001\"}"
            })
    void whatIsNotAJsonObjectIsToldAsSuch(String body) {
        openAi("{\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1},\"error\":{\"message\":\"old\"}}");
        assertThat(openAi(body)).isFalse();
        assertThat(anthropic(body)).isFalse();
        assertThat(reader.isError()).isFalse();
        assertThat(reader.finishReason()).isNull();
        assertThat(reader.text().isEmpty()).isTrue();
        assertThat(counter.usage().total()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"choices\":7}",
                "{\"choices\":[1,null,[]]}",
                "{\"choices\":[{\"message\":[],\"finish_reason\":{}}]}",
                "{\"choices\":[{\"message\":{\"content\":[1,[{}],{\"text\":{}}],\"tool_calls\":[1,{\"function\":1}],\"function_call\":[]}}]}",
                "{\"content\":[1,{\"text\":[],\"input\":3,\"name\":{}}],\"stop_reason\":[]}",
                "{\"error\":[{}],\"usage\":[]}",
                "{\"message\":[]}"
            })
    void oddShapesAreReadWithoutComplaint(String body) {
        assertThat(openAi(body)).isTrue();
        assertThat(anthropic(body)).isTrue();
    }

    private boolean openAi(String json) {
        byte[] bytes = utf8("\"\"" + json + "\"");
        return reader.read(Protocol.OPENAI, bytes, 2, bytes.length - 1, counter);
    }

    private boolean anthropic(String json) {
        byte[] bytes = utf8("\"\"" + json + "\"");
        return reader.read(Protocol.ANTHROPIC, bytes, 2, bytes.length - 1, counter);
    }
}
