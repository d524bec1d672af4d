package io.penstock.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import java.nio.charset.StandardCharsets;

/** Small readings and writings of ASCII in a {@link ByteBuf}, without a copy. Indices are absolute; nothing moves. */
public final class Bytes {
    private static final long LOW = 0x0101010101010101L;
    private static final long HIGH = 0x8080808080808080L;

    private static final FastThreadLocal<byte[]> SCRATCH = new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
            return new byte[4 * 1024];
        }
    };

    private Bytes() {}

    public static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    public static boolean isDigit(int b) {
        return b >= '0' && b <= '9';
    }

    /** Whether {@code [from, to)} holds exactly these bytes. */
    public static boolean equals(ByteBuf buffer, int from, int to, byte[] expected) {
        return to - from == expected.length && startsWith(buffer, from, to, expected);
    }

    /** Whether {@code [from, to)} begins with these bytes. */
    public static boolean startsWith(ByteBuf buffer, int from, int to, byte[] prefix) {
        if (to - from < prefix.length) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if (buffer.getByte(from + i) != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    /** As {@link #equals}; {@code lower} is in lower case, the buffer in any. */
    public static boolean equalsAnyCase(ByteBuf buffer, int from, int to, byte[] lower) {
        return to - from == lower.length && startsWithAnyCase(buffer, from, to, lower);
    }

    /** As {@link #startsWith}; {@code lower} is in lower case, the buffer in any. */
    public static boolean startsWithAnyCase(ByteBuf buffer, int from, int to, byte[] lower) {
        if (to - from < lower.length) {
            return false;
        }
        for (int i = 0; i < lower.length; i++) {
            int b = buffer.getByte(from + i);
            if (b >= 'A' && b <= 'Z') {
                b += 'a' - 'A';
            }
            if (b != lower[i]) {
                return false;
            }
        }
        return true;
    }

    /** Whether the comma-separated list in {@code [from, to)} has this element; {@code lower} is in lower case. */
    public static boolean lists(ByteBuf buffer, int from, int to, byte[] lower) {
        for (int start = from; start < to; ) {
            int comma = buffer.indexOf(start, to, (byte) ',');
            int stop = comma < 0 ? to : comma;
            int first = start;
            int last = stop;
            while (first < last && isBlank(buffer.getByte(first))) {
                first++;
            }
            while (last > first && isBlank(buffer.getByte(last - 1))) {
                last--;
            }
            if (equalsAnyCase(buffer, first, last, lower)) {
                return true;
            }
            start = stop + 1;
        }
        return false;
    }

    /** A space or a tab. */
    public static boolean isBlank(int b) {
        return b == ' ' || b == '\t';
    }

    /** The decimal number in {@code [from, to)}; -1 if it is empty, not all digits, or above 2⁶³ − 1. */
    public static long parseDecimal(ByteBuf buffer, int from, int to) {
        if (from == to) {
            return -1;
        }
        long value = 0;
        for (int i = from; i < to; i++) {
            int digit = buffer.getByte(i) - '0';
            if (digit < 0 || digit > 9 || value > (Long.MAX_VALUE - digit) / 10) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    /** Writes a number that is not negative in decimal. */
    public static void writeDecimal(ByteBuf out, long value) {
        long divisor = 1;
        while (value / divisor >= 10) {
            divisor *= 10;
        }
        for (; divisor > 0; divisor /= 10) {
            out.writeByte((int) ('0' + value / divisor % 10));
        }
    }

    /** Index of the first CR or LF in {@code [from, to)}, or -1. Eight bytes a step. */
    public static int indexOfLineEnd(ByteBuf buffer, int from, int to) {
        return indexOfEither(buffer, from, to, (byte) '\n', (byte) '\r');
    }

    /** Index of the first of two bytes in {@code [from, to)}, or -1. Eight bytes a step. */
    public static int indexOfEither(ByteBuf buffer, int from, int to, byte one, byte other) {
        long ones = LOW * (one & 0xFF);
        long others = LOW * (other & 0xFF);
        int i = from;
        for (; i + Long.BYTES <= to; i += Long.BYTES) {
            long word = buffer.getLongLE(i);
            long a = word ^ ones;
            long b = word ^ others;
            long match = ((a - LOW & ~a) | (b - LOW & ~b)) & HIGH;
            if (match != 0) {
                return i + (Long.numberOfTrailingZeros(match) >>> 3);
            }
        }
        for (; i < to; i++) {
            byte b = buffer.getByte(i);
            if (b == one || b == other) {
                return i;
            }
        }
        return -1;
    }

    /**
     * Appends {@code [from, to)} of one buffer to another by way of a few kilobytes of each event loop: pooled buffers copy
     * from one to the other through two views that they allocate.
     */
    public static void copy(ByteBuf in, int from, int to, ByteBuf out) {
        byte[] scratch = SCRATCH.get();
        for (int i = from; i < to; i += scratch.length) {
            int length = Math.min(scratch.length, to - i);
            in.getBytes(i, scratch, 0, length);
            out.writeBytes(scratch, 0, length);
        }
    }

    /** Puts {@code [from, to)} at the front of an array: the given one, or a longer one that takes its place. */
    public static byte[] copy(ByteBuf in, int from, int to, byte[] into) {
        int size = to - from;
        byte[] out = into.length < size ? new byte[Math.max(size, into.length * 2)] : into;
        in.getBytes(from, out, 0, size);
        return out;
    }

    /** The bytes of {@code [from, to)} as text, one character a byte. */
    public static String text(ByteBuf buffer, int from, int to) {
        return buffer.toString(from, to - from, StandardCharsets.ISO_8859_1);
    }
}
