package io.penstock.cli;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Masks secrets in a line: the texts it was told, and what looks like one ({@code sk-…}, {@code Bearer …}). The last edge
 * only; nothing should log a secret in the first place.
 *
 * <p>One pass over the bytes: three of them at a time are looked up in a bitmap of how secrets begin, and only where that
 * hits is anything compared. So a line without a secret costs the same however many are known. Immutable.
 */
final class Redactor {
    static final int KNOWN_BYTES_MIN = 8; // a shorter text would mask half of every line

    private static final int PATTERN_BYTES_MIN = 16; // behind sk-; a label such as sk-or-v1-3f2…9ab is shorter
    private static final int BEARER_BYTES_MIN = 8;
    private static final byte[] MASK = {'*', '*', '*'};
    private static final byte[] KEY = {'s', 'k', '-'};
    private static final byte[] BEARER = {'b', 'e', 'a', 'r', 'e', 'r', ' '};
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
        begins(KEY[0], KEY[1], KEY[2]);
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
        if (begins(line, at, end, KEY) && (at == from || !word(line[at - 1]))) {
            int stop = at + KEY.length;
            while (stop < end && word(line[stop])) {
                stop++;
            }
            if (stop - at - KEY.length >= PATTERN_BYTES_MIN) {
                return cut(line, at + KEY.length, stop, end);
            }
        } else if (beginsAnyCase(line, at, end, BEARER)) {
            int start = at + BEARER.length;
            int stop = start;
            while (stop < end && line[stop] > ' ' && line[stop] != '"' && line[stop] != '\'') {
                stop++;
            }
            if (stop - start >= BEARER_BYTES_MIN) {
                return cut(line, start, stop, end);
            }
        }
        return end;
    }

    private static int cut(byte[] line, int start, int stop, int end) {
        System.arraycopy(MASK, 0, line, start, MASK.length);
        System.arraycopy(line, stop, line, start + MASK.length, end - stop);
        return end - (stop - start) + MASK.length;
    }

    private static boolean word(byte b) {
        return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '-' || b == '_';
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

    private static boolean beginsAnyCase(byte[] line, int at, int end, byte[] lower) {
        if (end - at < lower.length) {
            return false;
        }
        for (int i = 0; i < lower.length; i++) {
            byte b = line[at + i];
            if ((b >= 'A' && b <= 'Z' ? b + 32 : b) != lower[i]) {
                return false;
            }
        }
        return true;
    }
}
