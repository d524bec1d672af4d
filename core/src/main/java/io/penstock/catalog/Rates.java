package io.penstock.catalog;

import org.jspecify.annotations.Nullable;

/**
 * What a million tokens of each class cost, in nano-USD. All are absolute amounts: a cache price is never derived by a
 * multiplier, because vendors differ (0.05 to 0.5 of the input price for a read) and change theirs.
 *
 * @param input tokens read in full
 * @param cacheRead tokens read from the prompt cache
 * @param cacheWrite tokens written to the cache for five minutes
 * @param cacheWrite1h tokens written to the cache for one hour
 * @param output tokens generated, reasoning included
 */
public record Rates(long input, long cacheRead, long cacheWrite, long cacheWrite1h, long output) {
    /** Nothing costs anything. */
    public static final Rates ZERO = new Rates(0, 0, 0, 0, 0);

    public Rates {
        if ((input | cacheRead | cacheWrite | cacheWrite1h | output) < 0) {
            throw new IllegalArgumentException("a negative price in " + input + "/" + cacheRead + "/" + cacheWrite + "/"
                    + cacheWrite1h + "/" + output + " (expected: >= 0)");
        }
    }

    /**
     * Fills in the classes that have no price of their own: a cache read and a cache write cost the input price, a
     * one-hour write costs what the five-minute write does.
     */
    public static Rates of(
            long input, @Nullable Long cacheRead, @Nullable Long cacheWrite, @Nullable Long cacheWrite1h, long output) {
        long write = cacheWrite == null ? input : cacheWrite;
        return new Rates(
                input,
                cacheRead == null ? input : cacheRead,
                write,
                cacheWrite1h == null ? write : cacheWrite1h,
                output);
    }

    /** The dearest class of input: what a token of a prompt costs at most, however it is cached. */
    public long dearestInput() {
        return Math.max(Math.max(input, cacheRead), Math.max(cacheWrite, cacheWrite1h));
    }

    boolean zero() {
        return (input | cacheRead | cacheWrite | cacheWrite1h | output) == 0;
    }
}
