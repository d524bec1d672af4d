package io.penstock.protocol.translate;

import java.nio.charset.StandardCharsets;

/** The escapes of JSON strings (RFC 8259 section 7), on bytes. Static; safe from any thread. */
final class Escapes {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private Escapes() {}

    /** The number that four hex digits are; -1 if they are not. */
    static int hex4(byte[] in, int from) {
        int number = 0;
        for (int i = from; i < from + 4; i++) {
            int digit = Character.digit(in[i], 16);
            if (digit < 0) {
                return -1;
            }
            number = number << 4 | digit;
        }
        return number;
    }

    /**
     * Appends a string's content decoded, as UTF-8. An unpaired surrogate has no UTF-8: it stays the escape that it is, which
     * is what a JSON text inside the string means by it.
     */
    static void decode(byte[] in, int from, int to, JsonOut out) {
        int plain = from;
        int i = from;
        while (i < to) {
            if (in[i] != '\\') {
                i++;
                continue;
            }
            out.raw(in, plain, i);
            byte b = in[i + 1];
            i += 2;
            switch (b) {
                case 'b' -> out.raw('\b');
                case 'f' -> out.raw('\f');
                case 'n' -> out.raw('\n');
                case 'r' -> out.raw('\r');
                case 't' -> out.raw('\t');
                case 'u' -> {
                    i = codePoint(in, i, to, out);
                }
                default -> out.raw(b);
            }
            plain = i;
        }
        out.raw(in, plain, to);
    }

    /** Appends the character whose four digits begin at {@code i}; returns where its escape, or its pair's, ends. */
    private static int codePoint(byte[] in, int i, int to, JsonOut out) {
        int c = hex4(in, i);
        int after = i + 4;
        if (Character.isHighSurrogate((char) c) && after + 6 <= to && in[after] == '\\' && in[after + 1] == 'u') {
            int low = hex4(in, after + 2);
            if (low >= 0 && Character.isLowSurrogate((char) low)) {
                utf8(Character.toCodePoint((char) c, (char) low), out);
                return after + 6;
            }
        }
        if (Character.isSurrogate((char) c)) {
            out.raw(in, i - 2, after);
        } else {
            utf8(c, out);
        }
        return after;
    }

    private static void utf8(int c, JsonOut out) {
        if (c < 0x80) {
            out.raw(c);
        } else if (c < 0x800) {
            out.raw(0xC0 | c >> 6).raw(0x80 | c & 0x3F);
        } else if (c < 0x10000) {
            out.raw(0xE0 | c >> 12).raw(0x80 | c >> 6 & 0x3F).raw(0x80 | c & 0x3F);
        } else {
            out.raw(0xF0 | c >> 18)
                    .raw(0x80 | c >> 12 & 0x3F)
                    .raw(0x80 | c >> 6 & 0x3F)
                    .raw(0x80 | c & 0x3F);
        }
    }

    /** Appends UTF-8 as the content of a string; bytes that are no UTF-8 pass. */
    static void encode(byte[] in, int from, int to, JsonOut out) {
        int plain = from;
        for (int i = from; i < to; i++) {
            byte b = in[i];
            if (b == '"' || b == '\\' || b >= 0 && b < 0x20) {
                out.raw(in, plain, i).raw('\\');
                plain = i + 1;
                switch (b) {
                    case '\n' -> out.raw('n');
                    case '\r' -> out.raw('r');
                    case '\t' -> out.raw('t');
                    case '"', '\\' -> out.raw(b);
                    default -> out.ascii("u00").raw(HEX[b >> 4]).raw(HEX[b & 15]);
                }
            }
        }
        out.raw(in, plain, to);
    }
}
