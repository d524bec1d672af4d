package io.penstock.cli;

import io.penstock.provider.KeyLike;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Masks secrets in a line: the texts it was told, and {@linkplain KeyLike what looks like one}. The last edge only; nothing
 * should log a secret in the first place.
 *
 * <p>One pass over the bytes: three of them at a time are looked up in a bitmap of how secrets begin, and only where that
 * hits is anything compared. So a line without a secret costs the same however many are known. Immutable.
 */
final class Redactor {
    static final int KNOWN_BYTES_MIN = 8; // a shorter text would mask half of every line

    private static final byte[] MASK = {'*', '*', '*'};
    private static final int BITS = 13;

    private final long[] beginnings = new long[1 << (BITS - 6)];
    private final List<byte[]> known = new ArrayList<>();

    Redactor(List<String> secrets) {
        for (String secret : secrets) {
            byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
            if (bytes.length >= KNOWN_BYTES_MIN) {
                known.add(bytes);
                begins(bytes[0], bytes[1], bytes[2]);
            }
        }
        for (String beginning : KeyLike.beginnings()) {
            begins(beginning.charAt(0), beginning.charAt(1), beginning.charAt(2));
        }
        begins('b', 'e', 'a');
        begins('B', 'e', 'a');
        begins('B', 'E', 'A');
    }

    private void begins(int a, int b, int c) {
        int hash = hash(a, b, c);
        beginnings[hash >>> 6] |= 1L << hash;
    }

    private static int hash(int a, int b, int c) {
        return (a * 1021 + b * 31 + c) & (1 << BITS) - 1;
    }

    /** Masks in place what lies in {@code [from, to)}; returns the new end, never behind {@code to}. */
    int redact(byte[] line, int from, int to) {
        int end = to;
        for (int i = from; i + KNOWN_BYTES_MIN <= end; i++) {
            int hash = hash(line[i], line[i + 1], line[i + 2]);
            if ((beginnings[hash >>> 6] & 1L << hash) != 0) {
                end = mask(line, from, i, end);
            }
        }
        return end;
    }

    private int mask(byte[] line, int from, int at, int end) {
        for (byte[] secret : known) {
            if (begins(line, at, end, secret)) {
                return cut(line, at, at + secret.length, end);
            }
        }
        Line text = new Line(line, from, end);
        int secret = KeyLike.secretStart(text, at - from, KeyLike.LETTERS_MIN);
        return secret < 0 ? end : cut(line, from + secret, from + KeyLike.secretEnd(text, at - from, secret), end);
    }

    /** Bytes of a line, a letter each; the rest of a letter of several bytes is none of a key. */
    private record Line(byte[] line, int from, int to) implements CharSequence {
        @Override
        public int length() {
            return to - from;
        }

        @Override
        public char charAt(int index) {
            return (char) (line[from + index] & 0xFF);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Line(line, from + start, from + end);
        }

        @Override
        public String toString() {
            return new String(line, from, to - from, StandardCharsets.ISO_8859_1);
        }
    }

    private static int cut(byte[] line, int start, int stop, int end) {
        System.arraycopy(MASK, 0, line, start, MASK.length);
        System.arraycopy(line, stop, line, start + MASK.length, end - stop);
        return end - (stop - start) + MASK.length;
    }

    private static boolean begins(byte[] line, int at, int end, byte[] text) {
        if (end - at < text.length) {
            return false;
        }
        for (int i = 0; i < text.length; i++) {
            if (line[at + i] != text[i]) {
                return false;
            }
        }
        return true;
    }
}
