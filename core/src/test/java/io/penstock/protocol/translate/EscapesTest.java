package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against Jackson. The seed of a failure is in its message. */
class EscapesTest {
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    @Test
    void everyCharacterIsDecodedAndEncodedAsByJackson() {
        for (int c = 0; c <= Character.MAX_CODE_POINT; c += c < 0x3000 ? 1 : 97) {
            if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
                continue;
            }
            String text = "a" + Character.toString(c) + "b";
            StringBuilder escaped = new StringBuilder();
            text.chars().forEach(unit -> escaped.append(String.format("\\u%04x", unit)));
            assertThat(decoded(escaped.toString())).isEqualTo(text);
            assertThat(Json.parse("\"" + encoded(text) + "\"").text()).isEqualTo(text);
        }
    }

    @Test
    void textsOfAllSortsGoThereAndBack() {
        Chance chance = new Chance(SEED);
        for (int run = 0; run < 5_000; run++) {
            String text = chance.text() + chance.text();
            String json = chance.string(text);
            assertThat(decoded(json.substring(1, json.length() - 1)))
                    .as("seed " + SEED + ": " + json)
                    .isEqualTo(text);
            assertThat(decoded(encoded(text))).as("seed " + SEED + ": " + text).isEqualTo(text);
        }
    }

    /** It has no UTF-8; what it means in the JSON that it stands in is its escape. */
    @ParameterizedTest
    @CsvSource({
        "x\\ud83dy, x\\ud83dy",
        "\\ude00, \\ude00",
        "\\ud83d\\ud83d\\ude00, \\ud83d😀",
        "\\ud83d\\u0041, \\ud83dA",
        "\\uD83D\\n, '\\uD83D\n'",
    })
    void anUnpairedSurrogateStaysAnEscape(String content, String expected) {
        assertThat(decoded(content)).isEqualTo(expected);
    }

    private static String decoded(String content) {
        byte[] in = content.getBytes(StandardCharsets.UTF_8);
        JsonOut out = new JsonOut();
        Escapes.decode(in, 0, in.length, out);
        return new String(out.bytes(), 0, out.length(), StandardCharsets.UTF_8);
    }

    private static String encoded(String text) {
        byte[] in = text.getBytes(StandardCharsets.UTF_8);
        JsonOut out = new JsonOut();
        Escapes.encode(in, 0, in.length, out);
        return new String(out.bytes(), 0, out.length(), StandardCharsets.UTF_8);
    }
}
