package io.penstock.money;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Arithmetic on amounts of nano-USD (10⁻⁹ USD) held in a {@code long}: about ±9.2 billion USD, checked, never wrapping.
 *
 * <p>Static methods only; safe from any thread. Everything that would overflow throws {@link ArithmeticException}.
 */
public final class Nanos {
    /** Nano-USD in one USD. */
    public static final long PER_USD = 1_000_000_000L;

    /** Prices are nano-USD for this many tokens. */
    public static final long TOKENS_PER_PRICE = 1_000_000L;

    private static final int SCALE = 9;

    private Nanos() {}

    /**
     * Reads a decimal amount of USD such as {@code "1.25"} or {@code "0.0000006"}.
     *
     * @throws NumberFormatException if the text is not a decimal number
     * @throws ArithmeticException if it has more than nine decimals that are not zero, or does not fit
     */
    public static long parseUsd(String usd) {
        return new BigDecimal(usd)
                .setScale(SCALE, RoundingMode.UNNECESSARY)
                .unscaledValue()
                .longValueExact();
    }

    /** The amount in USD with ten decimals, as the account endpoints print it: {@code "1.0800000000"}. */
    public static String tenDecimals(long nanos) {
        return BigDecimal.valueOf(nanos, SCALE)
                .setScale(SCALE + 1, RoundingMode.UNNECESSARY)
                .toPlainString();
    }

    /** The amount as the shortest plain decimal, a valid JSON number: {@code 0}, {@code 0.000431}, {@code -2.5}. */
    public static String shortest(long nanos) {
        return appendShortest(new StringBuilder(24), nanos).toString();
    }

    /** Appends what {@link #shortest} says; allocates nothing. */
    public static StringBuilder appendShortest(StringBuilder out, long nanos) {
        long whole = nanos / PER_USD;
        long rest = nanos % PER_USD; // both have the sign of nanos
        if (nanos < 0 && whole == 0) {
            out.append('-');
        }
        out.append(whole);
        if (rest != 0) {
            out.append('.');
            long left = Math.abs(rest);
            for (long digit = PER_USD / 10; left != 0; digit /= 10) {
                out.append((char) ('0' + left / digit));
                left %= digit;
            }
        }
        return out;
    }

    /**
     * {@code tokens × price} in millionths of a nano-USD, to be added up before the one division of
     * {@link #fromMillionths}.
     */
    public static long millionths(long tokens, long nanosPerMillion) {
        return Math.multiplyExact(tokens, nanosPerMillion);
    }

    /** Divides a sum of {@link #millionths} by a million, half up. The sum must not be negative. */
    public static long fromMillionths(long sum) {
        if (sum < 0) {
            throw new IllegalArgumentException("sum: " + sum + " (expected: >= 0)");
        }
        long whole = sum / TOKENS_PER_PRICE;
        return sum % TOKENS_PER_PRICE * 2 >= TOKENS_PER_PRICE ? whole + 1 : whole;
    }
}
