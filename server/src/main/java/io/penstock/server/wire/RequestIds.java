package io.penstock.server.wire;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Makes ids {@code gen-<seconds>-<26 base62 digits>}: two digits of the millisecond, two of a count, then 128 random bits.
 * So ids of one loop rise, and rows that are keyed by them join at the right edge of their tree: random ids of a busy second
 * dirtied one page of the ledger and one of the log for every exchange. They are names, not secrets: whoever may see an
 * exchange is decided by its key.
 *
 * <p>One per event loop, seeded from {@link java.security.SecureRandom}; not thread-safe.
 */
final class RequestIds {
    /** In the order of their codes, so that text sorts as the numbers do. */
    private static final byte[] DIGITS =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".getBytes(StandardCharsets.US_ASCII);

    private static final int BASE = DIGITS.length;
    private static final int SECONDS_DIGITS = 10; // up to the year 2286
    private static final int ORDER_DIGITS = 4;
    private static final int HALF_DIGITS = 11; // 62^11 > 2^64
    private static final int SECONDS_AT = 4;
    private static final int ORDER_AT = SECONDS_AT + SECONDS_DIGITS + 1;
    private static final int RANDOM_AT = ORDER_AT + ORDER_DIGITS;

    private final SplittableRandom random;
    private final byte[] text = new byte[RANDOM_AT + 2 * HALF_DIGITS];
    private long lastMillis;
    private int count;

    RequestIds(long seed) {
        random = new SplittableRandom(seed);
        text[0] = 'g';
        text[1] = 'e';
        text[2] = 'n';
        text[3] = '-';
        text[ORDER_AT - 1] = '-';
    }

    /** The next id, for a request that arrives at that time. */
    String next(long millis) {
        count = millis == lastMillis ? Math.min(count + 1, BASE * BASE - 1) : 0;
        lastMillis = millis;
        long rest = millis / 1000;
        for (int i = SECONDS_AT + SECONDS_DIGITS - 1; i >= SECONDS_AT; i--) {
            text[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        two(ORDER_AT, (int) (millis % 1000));
        two(ORDER_AT + 2, count);
        half(RANDOM_AT, random.nextLong());
        half(RANDOM_AT + HALF_DIGITS, random.nextLong());
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    private void two(int at, int value) {
        text[at] = DIGITS[value / BASE];
        text[at + 1] = DIGITS[value % BASE];
    }

    private void half(int from, long bits) {
        long rest = bits;
        for (int i = from; i < from + HALF_DIGITS; i++) {
            text[i] = DIGITS[(int) Long.remainderUnsigned(rest, BASE)];
            rest = Long.divideUnsigned(rest, BASE);
        }
    }
}
