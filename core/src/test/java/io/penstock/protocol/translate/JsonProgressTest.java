package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The seed of a failure is in its message. */
class JsonProgressTest {
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    @Test
    void anObjectIsCompleteAtItsLastBraceAndNowhereBefore() {
        Chance chance = new Chance(SEED);
        for (int run = 0; run < 3_000; run++) {
            String json = chance.object(0);
            JsonProgress progress = new JsonProgress();
            List<String> pieces = chance.cut(json);
            for (int i = 0; i < pieces.size(); i++) {
                assertThat(progress.complete()).as("seed " + SEED + ": " + json).isFalse();
                feed(progress, chance.string(pieces.get(i)));
            }
            assertThat(progress.complete()).as("seed " + SEED + ": " + json).isTrue();
        }
    }

    @Test
    void noFragmentMakesItThrow() {
        Chance chance = new Chance(SEED);
        for (int run = 0; run < 3_000; run++) {
            JsonProgress progress = new JsonProgress();
            for (int i = 0; i < 5; i++) {
                feed(progress, chance.string(chance.text()));
            }
        }
    }

    private static void feed(JsonProgress progress, String quoted) {
        byte[] bytes = quoted.getBytes(StandardCharsets.UTF_8);
        progress.feed(bytes, 1, bytes.length - 1);
    }
}
