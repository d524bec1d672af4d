package io.penstock.server.config;

import java.util.List;

/**
 * What a model's tokens cost, in nano-USD per million tokens; {@code imageNanos} and {@code requestNanos} are nano-USD for
 * one image and one request.
 *
 * <p>A class of input that has no price of its own costs what input costs, and one-hour cache writes what cache writes
 * cost: left out never means free. {@code tiers} are prices from a border on, in rising order.
 */
public record PriceConfig(
        long inputNanos,
        long outputNanos,
        long cacheReadNanos,
        long cacheWriteNanos,
        long cacheWrite1hNanos,
        long imageNanos,
        long requestNanos,
        List<Tier> tiers) {

    /** Prices of a whole request whose input, cached included, has more than {@code above} tokens. */
    public record Tier(
            long above,
            long inputNanos,
            long outputNanos,
            long cacheReadNanos,
            long cacheWriteNanos,
            long cacheWrite1hNanos) {
        public Tier {
            Checks.range("above", above, 1, ModelConfig.TOKENS_MAX);
            checkTokens(inputNanos, outputNanos, cacheReadNanos, cacheWriteNanos, cacheWrite1hNanos);
        }
    }

    private static void checkTokens(long input, long output, long cacheRead, long cacheWrite, long cacheWrite1h) {
        Checks.price("input", input);
        Checks.price("output", output);
        Checks.price("cache_read", cacheRead);
        Checks.price("cache_write", cacheWrite);
        Checks.price("cache_write_1h", cacheWrite1h);
    }

    public PriceConfig {
        checkTokens(inputNanos, outputNanos, cacheReadNanos, cacheWriteNanos, cacheWrite1hNanos);
        Checks.price("image", imageNanos);
        Checks.price("request", requestNanos);
        tiers = List.copyOf(tiers);
        long above = 0;
        for (Tier tier : tiers) {
            if (tier.above <= above) {
                throw new Unfit("tiers", tier.above + " after " + above, "each above the one before");
            }
            above = tier.above;
        }
    }

    /** Input and output in USD per million tokens, such as {@code "0.15"}, and nothing special about caches. */
    public static PriceConfig usd(String input, String output) {
        long inputNanos = Checks.usd("input", input);
        return new PriceConfig(
                inputNanos, Checks.usd("output", output), inputNanos, inputNanos, inputNanos, 0, 0, List.of());
    }
}
