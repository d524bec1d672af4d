package io.penstock.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CountAnswerTest {
    private static boolean count(String json) {
        return CountAnswer.is(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"input_tokens\":0}",
                "{\"type\":\"count\",\"x\":{\"input_tokens\":[]},\"input_tokens\":12}",
                " {\"input_tokens\" : 1, \"cache\":{}}"
            })
    void anObjectWithAWholeNumberOfTokensIsACount(String json) {
        assertThat(count(json)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "12",
                "[{\"input_tokens\":1}]",
                "{}",
                "{\"input_tokens\":\"12\"}",
                "{\"input_tokens\":1.5}",
                "{\"usage\":{\"input_tokens\":12}}",
                "{\"input_tokens\":12",
                "<html>"
            })
    void anythingElseIsNone(String json) {
        assertThat(count(json)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 413, 422})
    void theRequestIsToBlameForFewRefusals(int status) {
        assertThat(CountAnswer.blamesRequest(status)).isTrue();
        assertThat(CountAnswer.blamesRequest(500 + status % 100)).isFalse();
    }
}
