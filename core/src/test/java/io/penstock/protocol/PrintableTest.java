package io.penstock.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "openai/gpt-5 | openai/gpt-5",
                "Größe 模型 🙂 | Größe 模型 🙂",
                "say \" | say \\u0022",
                "C:\\x | C:\\u005cx",
                "a\\u202eb | a\\u202eb",
            })
    void whatCanBeSeenStays(String text, String printed) {
        assertThat(Printable.of(text, 100)).isEqualTo(printed);
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                0, 7, 0xA, 0xD, 0x1B, 0x7F, 0x85, 0x9B, 0xA0, 0xAD, 0x61C, 0x115F, 0x180E, 0x200B, 0x200D, 0x200E,
                0x2028, 0x2029, 0x202A, 0x202E, 0x2060, 0x2066, 0x2069, 0x2800, 0x3000, 0x3164, 0xD800, 0xDC00, 0xE000,
                0xFE0F, 0xFEFF, 0xFFF9, 0xFFFE, 0xE0001, 0xE0041
            })
    void whatCannotIsEscaped(int point) {
        String text = "a" + new String(new int[] {point}, 0, 1) + "b";
        assertThat(Printable.of(text, 100)).matches("a(\\\\u[0-9a-f]{4}){1,2}b");
    }

    @Test
    void aCharacterIsNeverCutInHalf() {
        assertThat(Printable.of("ab🙂", 3)).isEqualTo("ab");
        assertThat(Printable.of("abcdef", 3)).isEqualTo("abc");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void nothingUnseenIsLeftOfAnyText(long seed) {
        var random = new Random(seed);
        for (int run = 0; run < 5_000; run++) {
            var text = new StringBuilder();
            for (int i = random.nextInt(40); i > 0; i--) {
                switch (random.nextInt(4)) {
                    case 0 -> text.append((char) random.nextInt(0x10000)); // single surrogates, too
                    case 1 -> text.appendCodePoint(random.nextInt(0x110000));
                    case 2 -> text.append((char) (0x2000 + random.nextInt(0x70)));
                    default -> text.append((char) random.nextInt(128));
                }
            }
            int max = random.nextInt(50);
            String printed = Printable.of(text.toString(), max);
            assertThat(printed.length()).isLessThanOrEqualTo(6 * max);
            assertThat(printed.codePoints()).as("seed %d, run %d", seed, run).allMatch(Printable::seen);
            assertThat(Printable.of(printed, 1_000)).isEqualTo(printed);
            assertThat(new String(printed.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
                    .isEqualTo(printed);
        }
    }
}
