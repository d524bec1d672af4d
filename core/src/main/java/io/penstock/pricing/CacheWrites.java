package io.penstock.pricing;

import io.penstock.catalog.Rates;

/** What a request asks the provider to keep in its prompt cache, as far as that makes its input dearer. */
enum CacheWrites {
    /** No cache marks: nothing is written at a price of its own. */
    NONE,
    /** Marks without a lifetime, or of five minutes. */
    FIVE_MINUTES,
    /** At least one mark of an hour; also what is assumed when nobody looked. */
    ONE_HOUR;

    /** The most that a token of input can cost, in nano-USD per million. */
    long dearestInput(Rates rates) {
        long read = Math.max(rates.input(), rates.cacheRead());
        return switch (this) {
            case NONE -> read;
            case FIVE_MINUTES -> Math.max(read, rates.cacheWrite());
            case ONE_HOUR -> rates.dearestInput();
        };
    }
}
