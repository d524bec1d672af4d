package io.penstock.protocol.tokens;

import java.util.Arrays;

/**
 * The first bytes of base64 as it stands in a JSON string: both alphabets, its line ends and the string's escapes passed
 * over. Never throws; ends at the first byte that is none of these. One use; not thread-safe.
 */
final class Base64Head {
    private static final byte[] VALUES = new byte[128];

    static {
        Arrays.fill(VALUES, (byte) -1);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (int i = 0; i < alphabet.length(); i++) {
            VALUES[alphabet.charAt(i)] = (byte) i;
        }
        VALUES['-'] = 62; // RFC 4648 section 5
        VALUES['_'] = 63;
    }

    private final byte[] json;
    private final int to;
    private int at;
    private int bits;
    private int held;

    /** Reads {@code json[from, to)}, which lies between a string's quotes. */
    Base64Head(byte[] json, int from, int to) {
        this.json = json;
        this.at = from;
        this.to = to;
    }

    /** The six bits of a character, or -1. */
    static int value(int c) {
        return c < 0 ? -1 : VALUES[c];
    }

    /** The next byte, or -1 at the end. */
    int next() {
        while (held < 8) {
            int c = at < to ? json[at++] : -1;
            if (c == '\\') {
                c = escaped();
            }
            int value = value(c);
            if (value >= 0) {
                bits = bits << 6 | value;
                held += 6;
            } else if (c != '\n' && c != '\r') {
                at = to;
                return -1;
            }
        }
        held -= 8;
        return bits >> held & 0xFF;
    }

    private int escaped() {
        int c = at < to ? json[at++] : -1;
        if (c != 'u' || to - at < 4) {
            return c == 'n' ? '\n' : c == 'r' ? '\r' : c;
        }
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            unit = unit << 4 | Character.digit(json[at++], 16);
        }
        return unit < 128 ? unit : -1;
    }

    /** The next two bytes, the first one the higher; -1 at the end. */
    int nextShort() {
        int high = next();
        int low = next();
        return low < 0 ? -1 : high << 8 | low;
    }

    /** Passes over that many bytes. */
    void skip(int count) {
        for (int i = 0; i < count && next() >= 0; i++) {
            // the bytes themselves say nothing
        }
    }
}
