package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SliceTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "`a`, `a`",
                "`a `, `a`",
                "`a \\n\\t\\r `, `a`",
                "`a\\\\n`, `a\\\\n`", // a backslash and an n
                "`a\\\\\\n`, `a\\\\`", // a backslash and a line end
                "`a\\\\\\\\n`, `a\\\\\\\\n`",
                "`n`, `n`",
                "` a`, ` a`",
                "`\\n \\n`, ``",
                "``, ``",
            })
    void blanksAreTrimmedAtTheEndHoweverTheyAreWritten(String content, String expected) {
        assertThat(slice(content).trimmed().toString()).isEqualTo(expected);
        assertThat(slice(content).isBlank()).isEqualTo(expected.isEmpty());
    }

    @Test
    void trimmingIsThatOfTheDecodedText() {
        Chance chance = new Chance(7);
        for (int run = 0; run < 3_000; run++) {
            StringBuilder text = new StringBuilder();
            for (int i = chance.below(6); i > 0; i--) {
                text.append(new String[] {"a", " ", "\n", "\\", "n", "t", "\r"}[chance.below(7)]);
            }
            Slice slice = Slice.of(text.toString());
            assertThat(slice.trimmed().text()).isEqualTo(text.toString().stripTrailing());
        }
    }

    @Test
    void whatStandsInItIsFoundWithinBoundsOnly() {
        Slice slice = slice("xxdata:abc").part(2, 7);
        assertThat(slice.startsWith("data:")).isTrue();
        assertThat(slice.startsWith("data:a")).isFalse();
        assertThat(slice.after("ta", 5)).isEqualTo(6);
        assertThat(slice.after("ta", 3)).isEqualTo(-1);
        assertThat(slice.after("abc", 100)).isEqualTo(-1);
    }

    private static Slice slice(String content) {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        return new Slice(bytes, 0, bytes.length);
    }
}
