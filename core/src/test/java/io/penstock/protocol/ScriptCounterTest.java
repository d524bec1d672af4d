package io.penstock.protocol;

import static io.penstock.protocol.Bodies.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScriptCounterTest {
    @ParameterizedTest
    @CsvSource({
        "plain text,10,0,0",
        "a\\n\\\"b\\\\,5,0,0",
        "水車の各部,0,5,0",
        "수차,0,2,0",
        "привет é,1,0,7",
        "😀,0,0,2",
        "𠀀,0,1,0",
        "\\u0041\\u6c34\\u00e9,1,1,1",
        "\\ud83d\\ude00\\ud840\\udc00,0,1,2",
        "\\ud83d,0,0,1",
        "，。,0,2,0"
    })
    void charactersAreCountedByScriptEscapedOrNot(String json, long ascii, long cjk, long other) {
        assertThat(counts(utf8(json))).containsExactly(ascii, cjk, other);
    }

    @Test
    void decodedTextCountsTheSame() {
        String text = "code(); 水 é 😀 𠀀 \uD83D";
        ScriptCounter counter = new ScriptCounter();
        counter.add(text.toCharArray(), 0, text.length());
        assertThat(List.of(counter.ascii(), counter.cjk(), counter.other())).containsExactly(12L, 2L, 4L);
    }

    @Test
    void anyBytesAreCountedWithoutLeavingTheirBounds() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int run = 0; run < 20_000; run++) {
            byte[] bytes = new byte[random.nextInt(16)];
            random.nextBytes(bytes);
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = random.nextInt(3) == 0 ? (byte) "\\ud8".charAt(random.nextInt(4)) : bytes[i];
            }
            assertThat(counts(bytes).stream().mapToLong(count -> count).sum())
                    .as("seed %d, run %d", seed, run)
                    .isBetween(0L, (long) bytes.length);
        }
    }

    private static List<Long> counts(byte[] json) {
        ScriptCounter counter = new ScriptCounter();
        counter.add(json, 0, json.length);
        return List.of(counter.ascii(), counter.cjk(), counter.other());
    }
}
