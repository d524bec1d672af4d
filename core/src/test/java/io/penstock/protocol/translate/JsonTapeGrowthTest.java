package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The index grows with the text; whichever value stands where it does must be found again. */
class JsonTapeGrowthTest {
    private static final int VALUES_MAX = 1_100; // past four doublings

    @ParameterizedTest
    @ValueSource(strings = {"12", "\"ab\"", "true", "null", "[]", "{}"})
    void anyNumberOfValuesIsFoundAgain(String value) {
        for (int values = 1; values <= VALUES_MAX; values++) {
            byte[] json = ("[" + (value + ",").repeat(values - 1) + value + "]").getBytes(StandardCharsets.UTF_8);
            JsonTape tape = new JsonTape();
            assertThat(tape.parse(json, 0, json.length)).as("%d values", values).isTrue();
            int found = 0;
            for (int at = tape.first(JsonTape.ROOT), end = tape.next(JsonTape.ROOT); at < end; at = tape.next(at)) {
                assertThat(tape.raw(at).toString())
                        .as("value %d of %d", found, values)
                        .isEqualTo(value);
                found++;
            }
            assertThat(found).isEqualTo(values);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "{\"a\":1}", "[]", "{\"a\":{\"b\":1}}"})
    void moreValuesThanTheIndexMayHoldAreRefused(String value) {
        JsonTape tape = new JsonTape();
        for (int spare = -3; spare <= 3; spare++) {
            String part = value + ",";
            int each = value.split("[{\"\\[1]", -1).length; // at least its nodes
            String many = "[" + part.repeat(JsonTape.NODES_MAX / each + spare) + "1]";
            byte[] some = many.getBytes(StandardCharsets.UTF_8);
            assertThat(tape.parse(some, 0, some.length) || tape.full()).isTrue();
        }
        byte[] json = ("[" + (value + ",").repeat(JsonTape.NODES_MAX) + "1]").getBytes(StandardCharsets.UTF_8);
        assertThat(tape.parse(json, 0, json.length)).isFalse();
        assertThat(tape.full()).isTrue();
        assertThat(tape.parse(new byte[] {'1', '2'}, 0, 2)).isTrue();
        assertThat(tape.full()).isFalse();
    }
}
