package io.penstock.catalog;

import java.util.Comparator;
import java.util.List;

/**
 * The price of an offer. Exact integers; immutable.
 *
 * @param rates nano-USD per million tokens, by class
 * @param tiers long-context rates, by rising border; empty for most models
 * @param image nano-USD for each image of the prompt, on top of its tokens
 * @param request nano-USD for each request
 * @param second nano-USD for each second of video made
 */
public record Price(Rates rates, List<Tier> tiers, long image, long request, long second) {
    /** Costs nothing: local models, and endpoints that are given away. */
    public static final Price FREE = new Price(Rates.ZERO, List.of(), 0, 0, 0);

    public Price {
        if ((image | request | second) < 0) {
            throw new IllegalArgumentException(
                    "a negative price in " + image + "/" + request + "/" + second + " (expected: >= 0)");
        }
        tiers = tiers.stream().sorted(Comparator.comparingLong(Tier::above)).toList();
        for (int i = 1; i < tiers.size(); i++) {
            if (tiers.get(i).above() == tiers.get(i - 1).above()) {
                throw new IllegalArgumentException(
                        "two tiers above " + tiers.get(i).above() + " tokens (expected: one)");
            }
        }
    }

    /** A price by tokens alone. */
    public static Price of(Rates rates) {
        return new Price(rates, List.of(), 0, 0, 0);
    }

    /** A price by tokens alone, in nano-USD per million, without prices for the cache. */
    public static Price of(long input, long output) {
        return of(Rates.of(input, null, null, null, output));
    }

    /** The rates for a request of this much input, cached tokens included. */
    public Rates at(long totalInput) {
        for (int i = tiers.size() - 1; i >= 0; i--) {
            Tier tier = tiers.get(i);
            if (totalInput > tier.above()) {
                return tier.rates();
            }
        }
        return rates;
    }

    /** True when nothing of it costs anything. */
    public boolean free() {
        if ((image | request | second) != 0 || !rates.zero()) {
            return false;
        }
        for (Tier tier : tiers) {
            if (!tier.rates().zero()) {
                return false;
            }
        }
        return true;
    }

    /** Nano-USD per million tokens of input, below every tier. */
    public long input() {
        return rates.input();
    }

    /** Nano-USD per million tokens read from the cache, below every tier. */
    public long cacheRead() {
        return rates.cacheRead();
    }

    /** Nano-USD per million tokens written to the cache for five minutes, below every tier. */
    public long cacheWrite() {
        return rates.cacheWrite();
    }

    /** Nano-USD per million tokens of output, below every tier. */
    public long output() {
        return rates.output();
    }
}
