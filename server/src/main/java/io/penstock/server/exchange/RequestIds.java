package io.penstock.server.exchange;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Makes ids {@code gen-<seconds>-<22 base62 digits>}: 128 random bits behind a time, so that they sort by age. They are
 * names, not secrets: whoever may see an exchange is decided by its key.
 *
 * <p>One per event loop, seeded from {@link java.security.SecureRandom}; not thread-safe.
 */
final class RequestIds {
    private static final byte[] DIGITS =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".getBytes(StandardCharsets.US_ASCII);
    private static final int HALF_DIGITS = 11; // 62^11 > 2^64
    private static final int SECONDS_DIGITS = 10; // up to the year 2286

    private final SplittableRandom random;
    private final byte[] text = new byte[4 + SECONDS_DIGITS + 1 + 2 * HALF_DIGITS];

    RequestIds(long seed) {
        random = new SplittableRandom(seed);
        text[0] = 'g';
        text[1] = 'e';
        text[2] = 'n';
        text[3] = '-';
        text[4 + SECONDS_DIGITS] = '-';
    }

    String next(long seconds) {
        long rest = seconds;
        for (int i = 3 + SECONDS_DIGITS; i > 3; i--) {
            text[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        int at = 5 + SECONDS_DIGITS;
        half(at, random.nextLong());
        half(at + HALF_DIGITS, random.nextLong());
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    private void half(int from, long bits) {
        long rest = bits;
        for (int i = from; i < from + HALF_DIGITS; i++) {
            text[i] = DIGITS[(int) Long.remainderUnsigned(rest, DIGITS.length)];
            rest = Long.divideUnsigned(rest, DIGITS.length);
        }
    }
}
