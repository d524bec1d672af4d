package io.penstock.routing;

/**
 * A plain estimate of how hard a request is, from 0 to 1, by what it looks like and not by what it says: the features are
 * counts, so that no language, no keyword and no text about routing moves it.
 *
 * <p>The weights are set by hand, not fitted. Keyword lists measure no better than a coin on public outcome tables, and
 * length alone is a strong signal in one field and a reversed one in the next; so each part here is small and capped, a
 * greeting stays low, and no single one reaches the top. What cannot be told from counts (a short, very hard question)
 * is not told: the preference decides for it.
 */
final class Difficulty {
    private static final double BASE = 0.10; // nothing to go by but a few words
    private static final double LENGTH_MAX = 0.30;
    private static final double LENGTH_PER_DOUBLING = 0.05; // beyond a short sentence
    private static final long SHORT_BYTES = 64;
    private static final double TOOLS = 0.20; // tools are offered: an agent at work
    private static final double FENCE = 0.10;
    private static final double FENCES_MAX = 0.20;
    private static final double TURN = 0.01;
    private static final double TURNS_MAX = 0.10;
    private static final double REASONING = 0.25; // the client thinks that it is hard
    private static final double SCHEMA = 0.05;

    private Difficulty() {}

    /** From 0, trivial, to 1. */
    static double of(Features features) {
        double sum = BASE
                + length(features.textBytes())
                + (features.tools() > 0 ? TOOLS : 0)
                + Math.min(FENCES_MAX, FENCE * features.codeFences())
                + Math.min(TURNS_MAX, TURN * Math.max(0, features.turns() - 1))
                + (features.reasoning() ? REASONING : 0)
                + (features.structuredOutput() ? SCHEMA : 0);
        return Math.min(1, sum);
    }

    private static double length(long bytes) {
        if (bytes <= SHORT_BYTES) {
            return 0;
        }
        int doublings = 63 - Long.numberOfLeadingZeros(bytes / SHORT_BYTES);
        return Math.min(LENGTH_MAX, LENGTH_PER_DOUBLING * (doublings + 1));
    }
}
