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
}
