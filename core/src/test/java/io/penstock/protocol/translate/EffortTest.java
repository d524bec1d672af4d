package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.translate.Effort.Level;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Levels and budgets of three protocols, turned into each other. */
class EffortTest {
    private static Effort effort(@Nullable Level level, int budget) {
        return new Effort(level, budget, true);
    }

    private static WireProfile recipient(boolean newer) {
        Set<Quirk> quirks = newer ? EnumSet.of(Quirk.EFFORT_NONE_TO_XHIGH) : EnumSet.noneOf(Quirk.class);
        return new WireProfile("acme", "native-1", 8_192, true, true, false, Set.of(), quirks);
    }

    @ParameterizedTest
    @EnumSource(Level.class)
    void aLevelIsFoundByItsWord(Level level) {
        assertThat(Level.of(level.label())).isEqualTo(level);
        assertThat(Level.of(level.name())).as("in lower case alone").isNull();
        assertThat(Level.of("")).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        ", -1, false, false",
        ", 0, true, true",
        ", 1, true, false",
        "NONE, -1, true, true",
        "NONE, 9, true, true",
        "MINIMAL, 0, true, false",
        "LOW, -1, true, false"
    })
    void itIsToldAndItIsOff(@Nullable Level level, int budget, boolean told, boolean off) {
        assertThat(effort(level, budget).told()).isEqualTo(told);
        assertThat(effort(level, budget).off()).isEqualTo(off);
    }

    @ParameterizedTest
    @CsvSource({
        "LOW, -1, 10000, 2000",
        "MEDIUM, -1, 10000, 5000",
        "HIGH, -1, 10000, 8000",
        "XHIGH, -1, 10000, 9500",
        "MAX, -1, 10000, 9500",
        "MINIMAL, -1, 10000, 1024",
        "NONE, -1, 10000, 1024",
        ", -1, 10000, 5000",
        ", 0, 10000, 1024",
        ", 3000, 10000, 3000",
        "LOW, 3000, 10000, 3000",
        ", 20000, 10000, 9999",
        "HIGH, -1, 1025, 1024",
        "HIGH, -1, 1024, -1",
        ", 5, 0, -1",
        "MAX, -1, 2147483647, 2040109464"
    })
    void aBudgetIsWhatWasToldOrTheLevelsShareAndLeavesRoomForWords(
            @Nullable Level level, int budget, int maxTokens, int expected) {
        assertThat(effort(level, budget).budget(maxTokens)).isEqualTo(expected);
    }

    @Test
    void aBudgetIsAlwaysOneThatAnthropicTakes() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 100_000; round++) {
            Level level = random.nextInt(8) == 0 ? null : Level.values()[random.nextInt(Level.values().length)];
            int told = random.nextBoolean() ? -1 : random.nextInt() >>> 1 + random.nextInt(30);
            int maxTokens = random.nextInt() >>> 1 + random.nextInt(30);
            int budget = effort(level, told).budget(maxTokens);
            if (maxTokens <= Effort.BUDGET_TOKENS_MIN) {
                assertThat(budget).as("seed %d", seed).isEqualTo(-1);
            } else {
                assertThat(budget).as("seed %d", seed).isBetween(Effort.BUDGET_TOKENS_MIN, maxTokens - 1);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        ", 0, 10000, LOW",
        ", 3400, 10000, LOW",
        ", 3600, 10000, MEDIUM",
        ", 6400, 10000, MEDIUM",
        ", 6600, 10000, HIGH",
        ", 99999, 10000, HIGH",
        ", 2147483647, 1, HIGH",
        ", -1, 10000, MEDIUM",
        ", 5000, 0, MEDIUM",
        ", 5000, -1, MEDIUM",
        "MAX, 5, 10000, MAX",
        "NONE, 5, 10000, NONE"
    })
    void theNearestLevelIsTheOneToldOrTheBudgetsShare(
            @Nullable Level level, int budget, int maxTokens, Level expected) {
        assertThat(effort(level, budget).nearest(maxTokens)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "NONE, none, minimal, low",
        "MINIMAL, low, minimal, low",
        "LOW, low, low, low",
        "MEDIUM, medium, medium, high",
        "HIGH, high, high, high",
        "XHIGH, xhigh, high, high",
        "MAX, xhigh, high, max"
    })
    void eachProviderHasItsOwnWordForALevel(Level level, String newer, String older, String lowHighOrMax) {
        Effort effort = effort(level, -1);
        assertThat(effort.forOpenAi(10_000, recipient(true))).isEqualTo(newer);
        assertThat(effort.forOpenAi(10_000, recipient(false))).isEqualTo(older);
        assertThat(effort.lowHighOrMax(10_000)).isEqualTo(lowHighOrMax);
    }

    @Test
    void aBudgetOfNothingIsOffThere() {
        assertThat(effort(null, 0).forOpenAi(10_000, recipient(true))).isEqualTo("none");
        assertThat(effort(null, 0).forOpenAi(10_000, recipient(false))).isEqualTo("minimal");
        assertThat(effort(null, 8_000).forOpenAi(10_000, recipient(true))).isEqualTo("high");
    }
}
