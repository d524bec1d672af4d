package io.penstock.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Tells UTF-8 (RFC 3629) from what only claims to be: stray and missing continuations, overlong forms, surrogates, and what
 * lies beyond U+10FFFF. ASCII is stepped over eight bytes at a time. Static; safe from any thread.
 */
public final class Utf8 {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long HIGH = 0x8080808080808080L;

    private Utf8() {}

    /** Whether the bytes in {@code [from, to)} are UTF-8. */
    public static boolean valid(byte[] bytes, int from, int to) {
        int i = from;
        while (true) {
            while (i <= to - Long.BYTES && ((long) LONGS.get(bytes, i) & HIGH) == 0) {
                i += Long.BYTES;
            }
            if (i >= to) {
                return true;
            }
            int length = length(bytes, i, to);
            if (length < 0) {
                return false;
            }
            i += length;
        }
    }

    /** Whether the bytes in {@code [from, to)} are ASCII. */
    public static boolean ascii(byte[] bytes, int from, int to) {
        int i = from;
        long seen = 0;
        for (; i <= to - Long.BYTES; i += Long.BYTES) {
            seen |= (long) LONGS.get(bytes, i);
        }
        for (; i < to; i++) {
            seen |= bytes[i];
        }
        return (seen & HIGH) == 0;
    }

    /** How many bytes the character at {@code i} has; -1 if there is none. */
    private static int length(byte[] bytes, int i, int to) {
        int lead = bytes[i];
        if (lead >= 0) {
            return 1;
        }
        int first = lead & 0xFF;
        int length = first < 0xC2 ? -1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : -1;
        if (length < 0 || length > to - i) {
            return -1;
        }
        int second = bytes[i + 1] & 0xFF;
        int least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80; // below: an overlong form
        int most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF; // above: a surrogate, or no character
        boolean good = second >= least && second <= most;
        for (int k = 2; k < length; k++) {
            good &= (bytes[i + k] & 0xC0) == 0x80;
        }
        return good ? length : -1;
    }

    /** The same bytes where they are UTF-8, else a copy in which U+FFFD stands for each part of them that is not. */
    public static byte[] repaired(byte[] bytes) {
        return valid(bytes, 0, bytes.length) ? bytes : repaired(bytes, 0, bytes.length);
    }

    /** A copy of {@code [from, to)} in which U+FFFD stands for each part that is not UTF-8. */
    public static byte[] repaired(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
    }
}
