package io.penstock.pricing;

import io.penstock.catalog.Price;
import io.penstock.catalog.Rates;
import io.penstock.catalog.Tier;
import io.penstock.money.Nanos;
import io.penstock.protocol.Usage;
import java.util.List;

/**
 * What a request may cost, before, and did cost, after. All amounts are nano-USD in a {@code long}.
 *
 * <p>Tokens times nano-USD per million are added up exactly and divided by a million once, at the end, half up. Above a
 * long-context border the whole request, output too, is priced by the higher tier; the border is compared with all input,
 * cached included. Reasoning is a part of the output and not priced again.
 *
 * <p>Static methods only; safe from any thread; no allocation. What does not fit a {@code long} (about 9,200 USD for one
 * request) throws {@link ArithmeticException} with the numbers in its message; nothing ever wraps.
 */
public final class Pricing {
    private Pricing() {}

    /** {@link #estimate(Price, long, long, int, int, CacheWrites)} whatever the request asks of the prompt cache. */
    public static long estimate(Price price, long inputTokens, long maxOutputTokens, int answers, int images) {
        return estimate(price, inputTokens, maxOutputTokens, answers, images, CacheWrites.ONE_HOUR);
    }

    /**
     * An upper bound of the cost: all input at the dearest class it can be billed at, all output used up, at the dearest
     * tier within reach. No usage inside these bounds costs more.
     *
     * @param inputTokens a bound of the input, cached included
     * @param maxOutputTokens a bound of each answer
     * @param answers how many answers are asked for ({@code n}); the input is billed once
     * @param images how many images the prompt holds
     * @throws IllegalArgumentException if a count is negative, or no answer is asked for
     * @throws ArithmeticException if the amount does not fit
     */
    public static long estimate(
            Price price, long inputTokens, long maxOutputTokens, int answers, int images, CacheWrites cacheWrites) {
        if ((inputTokens | maxOutputTokens | images) < 0 || answers < 1) {
            throw new IllegalArgumentException("input " + inputTokens + ", output " + maxOutputTokens + ", answers "
                    + answers + ", images " + images + " (expected: none negative, an answer or more)");
        }
        try {
            long outputTokens = Math.multiplyExact(maxOutputTokens, (long) answers);
            long dearest = bound(price.rates(), inputTokens, outputTokens, cacheWrites);
            for (int i = 0; i < price.tiers().size(); i++) { // no iterator: one is allocated per request
                Tier tier = price.tiers().get(i);
                if (inputTokens > tier.above()) {
                    dearest = Math.max(dearest, bound(tier.rates(), inputTokens, outputTokens, cacheWrites));
                }
            }
            return withFixed(price, Nanos.fromMillionths(dearest), images);
        } catch (ArithmeticException e) {
            throw tooLarge(
                    "estimate of " + inputTokens + " tokens in, " + answers + " × " + maxOutputTokens + " out", e);
        }
    }

    private static long bound(Rates rates, long inputTokens, long outputTokens, CacheWrites cacheWrites) {
        return Math.addExact(
                Nanos.millionths(inputTokens, cacheWrites.dearestInput(rates)),
                Nanos.millionths(outputTokens, rates.output()));
    }

    /** {@link #cost(Price, Usage, int)} of a prompt without images, or of an offer that does not price them apart. */
    public static long cost(Price price, Usage usage) {
        return cost(price, usage, 0);
    }

    /**
     * What the usage costs, without markup.
     *
     * @param images how many images the prompt held
     * @throws IllegalArgumentException if the number of images is negative
     * @throws ArithmeticException if the amount does not fit
     */
    public static long cost(Price price, Usage usage, int images) {
        if (images < 0) {
            throw new IllegalArgumentException("images: " + images + " (expected: >= 0)");
        }
        try {
            return withFixed(price, Nanos.fromMillionths(millionths(price, usage)), images);
        } catch (ArithmeticException e) {
            throw tooLarge("cost of " + usage, e);
        }
    }

    /** One of several runs of a model that made an answer, at the price of that model. */
    public record Run(Price price, Usage usage) {}

    /**
     * What an answer costs that took several runs: each has a prompt of its own, so that its own input decides its tier; what
     * a request or an image costs is added once. One division, as of a single run.
     *
     * @param price of the request's own offer
     * @param images how many images the prompt held
     * @throws IllegalArgumentException if the number of images is negative
     * @throws ArithmeticException if the amount does not fit
     */
    public static long cost(Price price, List<Run> runs, int images) {
        if (images < 0) {
            throw new IllegalArgumentException("images: " + images + " (expected: >= 0)");
        }
        try {
            long sum = 0;
            for (Run run : runs) {
                sum = Math.addExact(sum, millionths(run.price(), run.usage()));
            }
            return withFixed(price, Nanos.fromMillionths(sum), images);
        } catch (ArithmeticException e) {
            throw tooLarge("cost of " + runs, e);
        }
    }

    private static long millionths(Price price, Usage usage) {
        Rates rates = price.at(totalInput(usage));
        long sum = Nanos.millionths(usage.input(), rates.input());
        sum = Math.addExact(sum, Nanos.millionths(usage.cacheRead(), rates.cacheRead()));
        sum = Math.addExact(sum, Nanos.millionths(usage.cacheWrite(), rates.cacheWrite()));
        sum = Math.addExact(sum, Nanos.millionths(usage.cacheWrite1h(), rates.cacheWrite1h()));
        return Math.addExact(sum, Nanos.millionths(usage.output(), rates.output()));
    }

    /** {@link Usage#totalInput()} wraps on absurd counts; money does not. */
    private static long totalInput(Usage usage) {
        return Math.addExact(
                Math.addExact(usage.input(), usage.cacheRead()),
                Math.addExact(usage.cacheWrite(), usage.cacheWrite1h()));
    }

    private static long withFixed(Price price, long tokensNanos, int images) {
        return Math.addExact(
                Math.addExact(tokensNanos, price.request()), Math.multiplyExact(price.image(), (long) images));
    }

    private static ArithmeticException tooLarge(String what, ArithmeticException cause) {
        ArithmeticException e = new ArithmeticException(what + " does not fit (expected: below about 9,200 USD)");
        e.initCause(cause);
        return e;
    }
}
