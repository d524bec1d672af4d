package io.penstock.protocol.translate;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How much a model shall think.
 *
 * @param level null if only a budget or nothing was said
 * @param budgetTokens -1 if none was told
 * @param shown whether the client asked to see what is thought
 */
record Effort(@Nullable Level level, int budgetTokens, boolean shown) {
    /** The levels of all three protocols, and their share of the tokens of output (OPENROUTER section 3). */
    enum Level {
        NONE(0),
        MINIMAL(10),
        LOW(20),
        MEDIUM(50),
        HIGH(80),
        XHIGH(95),
        MAX(95);

        private final int percent;

        Level(int percent) {
            this.percent = percent;
        }

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        static @Nullable Level of(String label) {
            for (Level level : values()) {
                if (level.label().equals(label)) {
                    return level;
                }
            }
            return null;
        }
    }

    /** Anthropic's least budget. */
    static final int BUDGET_TOKENS_MIN = 1_024;

    /** Whether anything was said of how much; else it stays as the model does by itself. */
    boolean told() {
        return level != null || budgetTokens >= 0;
    }

    boolean off() {
        return level == Level.NONE || level == null && budgetTokens == 0;
    }

    /** The budget for so many tokens of output: at least 1,024 and less than those; -1 if that cannot be. */
    int budget(int maxTokens) {
        if (maxTokens <= BUDGET_TOKENS_MIN) {
            return -1;
        }
        long wanted = budgetTokens >= 0 || level == null ? budgetTokens : (long) maxTokens * level.percent / 100;
        if (wanted < 0) {
            wanted = (long) maxTokens * Level.MEDIUM.percent / 100;
        }
        return (int) Math.max(BUDGET_TOKENS_MIN, Math.min(wanted, maxTokens - 1L));
    }

    /** The level, or that whose share is nearest to the budget's. */
    Level nearest(int maxTokens) {
        if (level != null) {
            return level;
        }
        if (budgetTokens < 0 || maxTokens <= 0) {
            return Level.MEDIUM;
        }
        long percent = budgetTokens * 100L / maxTokens;
        Level best = Level.LOW;
        for (Level candidate : new Level[] {Level.LOW, Level.MEDIUM, Level.HIGH}) {
            if (Math.abs(candidate.percent - percent) < Math.abs(best.percent - percent)) {
                best = candidate;
            }
        }
        return best;
    }

    /** The word for it at DeepSeek, which takes others for one of these three. */
    String lowHighOrMax(int maxTokens) {
        return switch (nearest(maxTokens)) {
            case NONE, MINIMAL, LOW -> "low";
            case MEDIUM, HIGH, XHIGH -> "high";
            case MAX -> "max";
        };
    }

    /** The word for it at OpenAI: {@code none} and {@code xhigh} are known to its newer models only. */
    String forOpenAi(int maxTokens, WireProfile to) {
        boolean newer = to.is(Quirk.EFFORT_NONE_TO_XHIGH);
        if (off()) {
            return newer ? "none" : "minimal";
        }
        Level wanted = nearest(maxTokens);
        if (wanted == Level.XHIGH || wanted == Level.MAX) {
            return newer ? "xhigh" : "high";
        }
        return newer && wanted == Level.MINIMAL ? "low" : wanted.label();
    }
}
