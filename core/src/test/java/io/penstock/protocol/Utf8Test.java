package io.penstock.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the JDK's strict decoder. The seed of a failure is in its message. */
class Utf8Test {
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int ROUNDS = 200_000;

    @ParameterizedTest
    @CsvSource({
        "80, a continuation alone",
        "c3, a lead alone",
        "c328, a lead before ASCII",
        "c080, overlong in two",
        "e08080, overlong in three",
        "f0808080, overlong in four",
        "eda0bd, half a pair",
        "eda0bdedb880, a pair as CESU-8 has it",
        "f4908080, beyond the last character",
        "f8888080, five bytes",
        "ff, no lead at all",
        "e6b0, cut",
    })
    void whatIsNotUtf8IsSeenAtEveryPlace(String hex, String about) {
        byte[] wrong = HexFormat.of().parseHex(hex);
        for (int before = 0; before < 20; before++) {
            byte[] bytes = ("a".repeat(before) + "?".repeat(wrong.length) + "b".repeat(20 - before))
                    .getBytes(StandardCharsets.UTF_8);
            System.arraycopy(wrong, 0, bytes, before, wrong.length);
            assertThat(Utf8.valid(bytes, 0, bytes.length)).as(about).isFalse();
            assertThat(Utf8.valid(bytes, before, before + wrong.length))
                    .as(about)
                    .isFalse();
            assertThat(Utf8.valid(bytes, 0, before)).isTrue();
            assertThat(Utf8.valid(bytes, before + wrong.length, bytes.length)).isTrue();
            byte[] repaired = Utf8.repaired(bytes);
            assertThat(strict(repaired, 0, repaired.length)).isTrue();
            assertThat(new String(repaired, StandardCharsets.UTF_8))
                    .startsWith("a".repeat(before) + "\ufffd")
                    .endsWith("b".repeat(20 - before));
        }
    }

    @Test
    void everyRunOfBytesIsJudgedAsTheJdkDoes() {
        Random random = new Random(SEED);
        String[] texts = {"wheel", "é", "水車", "😀", "\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff"};
        for (int round = 0; round < ROUNDS; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(6); i > 0; i--) {
                text.append(texts[random.nextInt(texts.length)]);
            }
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            for (int i = random.nextInt(3); i > 0 && bytes.length > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            int from = random.nextInt(bytes.length + 1);
            int to = from + random.nextInt(bytes.length - from + 1);
            assertThat(Utf8.valid(bytes, from, to))
                    .as("seed %d: %s from %d to %d", SEED, HexFormat.of().formatHex(bytes), from, to)
                    .isEqualTo(strict(bytes, from, to));
        }
    }

    @Test
    void whatIsUtf8StaysTheVerySameBytes() {
        byte[] bytes = "{\"水車\":\"😀\\ud83d\"}".getBytes(StandardCharsets.UTF_8);
        assertThat(Utf8.repaired(bytes)).isSameAs(bytes);
    }

    private static boolean strict(byte[] bytes, int from, int to) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, to - from));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
