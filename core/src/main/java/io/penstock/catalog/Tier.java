package io.penstock.catalog;

/**
 * Long-context prices: a request whose total input, cached included, is above the border pays these rates for all of
 * its tokens, output too.
 *
 * @param above the border in tokens; exactly that many tokens still pay the lower rates
 * @param rates a class without a price of its own costs as {@link Rates#of} says, from this tier's input price
 */
public record Tier(long above, Rates rates) {
    public Tier {
        if (above <= 0) {
            throw new IllegalArgumentException("above: " + above + " (expected: > 0 tokens)");
        }
    }
}
