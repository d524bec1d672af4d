package io.penstock.protocol;

/**
 * Token counts of one answer, by price class. Classes do not overlap: {@code input} excludes cached tokens;
 * {@code reasoning} alone is a part of {@code output}, told for information.
 *
 * @param input tokens read at the full input price
 * @param cacheRead tokens read from the provider's prompt cache
 * @param cacheWrite tokens written to the cache for five minutes (or with no lifetime told)
 * @param cacheWrite1h tokens written to the cache for one hour
 * @param output tokens generated, reasoning included
 * @param reasoning of these, reasoning
 * @param estimated true when we counted, false when the provider reported
 */
public record Usage(
        long input,
        long cacheRead,
        long cacheWrite,
        long cacheWrite1h,
        long output,
        long reasoning,
        boolean estimated) {
    /** Nothing, and that for certain. */
    public static final Usage NONE = new Usage(0, 0, 0, 0, 0, 0, false);

    public Usage {
        if ((input | cacheRead | cacheWrite | cacheWrite1h | output | reasoning) < 0) {
            throw new IllegalArgumentException("a negative count in " + input + "/" + cacheRead + "/" + cacheWrite + "/"
                    + cacheWrite1h + "/" + output + "/" + reasoning);
        }
    }

    /** Input of every class, cached included: what a long-context border is compared with. */
    public long totalInput() {
        return input + cacheRead + cacheWrite + cacheWrite1h;
    }

    /** All tokens, in and out. */
    public long total() {
        return totalInput() + output;
    }

    /** What both used together. */
    public Usage plus(Usage other) {
        return new Usage(
                input + other.input,
                cacheRead + other.cacheRead,
                cacheWrite + other.cacheWrite,
                cacheWrite1h + other.cacheWrite1h,
                output + other.output,
                reasoning + other.reasoning,
                estimated || other.estimated);
    }

    /** The same with that much of its output reasoning. */
    Usage withReasoning(long tokens) {
        return new Usage(input, cacheRead, cacheWrite, cacheWrite1h, output, tokens, estimated);
    }
}
