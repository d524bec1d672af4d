package io.penstock.protocol;

import io.penstock.money.Nanos;

/**
 * What a provider says that an answer cost, in whichever way it says so. The last word counts; what is no amount is none.
 * Reused; not thread-safe.
 *
 * <ul>
 *   <li>OpenRouter: {@code cost} in USD; with {@code is_byok} that is its fee, and the model's price stands beside it;
 *   <li>Perplexity: {@code cost.total_cost} in USD;
 *   <li>xAI: {@code cost_in_usd_ticks}, of which 10¹⁰ are a USD.
 * </ul>
 */
final class ToldCost {
    /** Codes of members in a {@link UsageTable}, beyond those of counts. */
    static final int USD = 12;

    static final int TICKS = 13;
    static final int UPSTREAM_USD = 14;
    static final int OWN_KEY = 15;

    /** What stands in a {@code cost} that is an object. */
    static final UsageTable PARTS = UsageTable.of(java.util.Map.of("total_cost", USD));

    private static final long UNTOLD = -1;

    private long nanos = UNTOLD;
    private long usd;
    private long ticks;
    private long upstream;
    private boolean ownKey;

    static boolean is(int field) {
        return field >= USD;
    }

    void reset() {
        nanos = UNTOLD;
        begin();
    }

    /** An object begins. */
    void begin() {
        usd = UNTOLD;
        ticks = UNTOLD;
        upstream = UNTOLD;
        ownKey = false;
    }

    /** A number as JSON writes it. */
    void tell(int field, String number) {
        long amount = Nanos.nearest(number);
        if (field == USD) {
            usd = amount;
        } else if (field == UPSTREAM_USD) {
            upstream = amount;
        } else if (field == TICKS) {
            ticks = amount < 0 ? UNTOLD : Nanos.nearest(number + "e-10");
        }
    }

    /** A client's own key at the vendor paid for the model. */
    void tellOwnKey(boolean own) {
        ownKey = own;
    }

    /** The object was read to its end and is valid. */
    void commit() {
        if (usd >= 0) {
            nanos = ownKey && upstream >= 0 && usd <= Long.MAX_VALUE - upstream ? usd + upstream : usd;
        } else if (ticks >= 0) {
            nanos = ticks;
        }
    }

    /** Nano-USD; -1 if nothing was told. */
    long nanos() {
        return nanos;
    }
}
