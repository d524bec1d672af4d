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
    private static final long DIGITS_MAX = 99_999_999_999_999_999L; // of which one more still fits

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

    /**
     * The amount of nano-USD nearest to a JSON number of USD, half up; -1 if it is negative, no number, or a billion USD or
     * more. Exact, by integers alone: {@code 7.159e-05} is 71,590.
     */
    public static long nearest(String usd) {
        long digits = 0;
        int scale = 0; // digits behind the point that are in, less those in front of it that are not
        boolean point = false;
        boolean up = false; // the first digit that is not in
        boolean all = true;
        int i = 0;
        for (; i < usd.length() && usd.charAt(i) != 'e' && usd.charAt(i) != 'E'; i++) {
            char c = usd.charAt(i);
            if (c == '.' && !point) {
                point = true;
            } else if (c < '0' || c > '9') {
                return -1;
            } else if (digits <= DIGITS_MAX) {
                digits = digits * 10 + c - '0';
                scale += point ? 1 : 0;
            } else {
                up = all ? c >= '5' : up;
                all = false;
                scale -= point ? 0 : 1;
            }
        }
        if (i == 0 || digits == 0) {
            return i == 0 ? -1 : 0;
        }
        if (i < usd.length()) {
            try {
                scale = Math.subtractExact(scale, Integer.parseInt(usd, i + 1, usd.length(), 10));
            } catch (NumberFormatException | ArithmeticException e) {
                return -1;
            }
        }
        for (; scale < SCALE; scale++) {
            if (!all || digits > DIGITS_MAX) {
                return -1;
            }
            digits *= 10;
        }
        for (; scale > SCALE && (digits > 0 || up); scale--) {
            up = digits % 10 >= 5;
            digits /= 10;
        }
        return up ? digits + 1 : digits;
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
