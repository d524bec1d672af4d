package io.penstock.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProviderErrorTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":\"p\",\"code\":\"c\"}} | m | t | c | p",
                "{\"error\":{\"code\":429,\"message\":\"m\",\"metadata\":{\"message\":\"inner\"}}} | m | | 429 |",
                "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}} | Overloaded | overloaded_error | |",
                "{\"error\":\"model not found\"} | model not found | | |",
                "{\"detail\":\"Not Found\"} | Not Found | | |",
                "{\"object\":\"error\",\"message\":\"m\",\"code\":null} | m | | |",
                "\"plain\" | plain | | |",
            })
    void everyDialectsWordsAreFound(String json, String message, String type, String code, String param) {
        assertThat(read(json)).isEqualTo(new ProviderError(message, type, code, param));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "<html>502</html>", "{", "{\"error\":{\"message\":\"m\"", "[1]", "null", "{\"error\":null}"})
    void whatCannotBeReadHasNoWords(String body) {
        assertThat(read(body).message()).isEmpty();
    }

    @Test
    void wordsThatAreNotUtf8AreStillFound() {
        byte[] json = "{\"error\":{\"message\":\"no ?redit\"}}".getBytes(StandardCharsets.UTF_8);
        json[json.length - 9] = (byte) 0xE9; // Latin-1
        assertThat(ProviderError.read(json, 0, json.length, UnaryOperator.identity())
                        .message())
                .isEqualTo("no \ufffdredit");
    }

    @Test
    void wordsWithoutEndAreCut() {
        String long_ = "x".repeat(10_000);
        assertThat(read("{\"error\":{\"message\":\"" + long_ + "\"}}").message())
                .hasSize(ProviderError.MESSAGE_CHARS_MAX);
    }

    private static ProviderError read(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return ProviderError.read(bytes, 0, bytes.length, UnaryOperator.identity());
    }
}
