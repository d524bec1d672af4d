package io.penstock.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds the end of a JSON string and validates what lies before it: escapes, paired surrogates, no control characters,
 * well-formed UTF-8 (RFC 8259 section 7, RFC 3629). Resumable at any byte; allocates nothing; not thread-safe.
 *
 * <p>Strings are nearly all of a request's bytes, so the loop looks at eight of them at a time (SWAR). Escapes and
 * multi-byte characters that lie whole in the piece are checked in place; one that is cut, or wrong, or half of a
 * surrogate pair, goes through {@link #slowly}, a plain machine of one byte a step, which also words the problem.
 */
final class StringScanner {
    /** The piece ended inside the string. */
    static final int CUT = -1;

    /** The string is not valid: see {@link #problem} and {@link #problemAt}. */
    static final int INVALID = -2;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long BACKSLASHES = '\\' * ONES;

    /** What a letter after a backslash stands for; 0 for none (and for {@code u}). */
    private static final byte[] ESCAPED = new byte[256];

    /** The value of a hexadecimal digit, -1 for any other byte. */
    private static final byte[] HEX = new byte[256];

    static {
        String letters = "\"\\/bfnrt";
        String meanings = "\"\\/\b\f\n\r\t";
        for (int i = 0; i < letters.length(); i++) {
            ESCAPED[letters.charAt(i)] = (byte) meanings.charAt(i);
        }
        Arrays.fill(HEX, (byte) -1);
        for (int digit = 0; digit < 16; digit++) {
            HEX[Character.toUpperCase(Character.forDigit(digit, 16))] = (byte) digit;
            HEX[Character.forDigit(digit, 16)] = (byte) digit;
        }
    }

    /** What {@link #slowly} is in the middle of. */
    private static final int NOTHING = 0;

    private static final int ESCAPE = 1;
    private static final int DIGITS = 2;
    private static final int LOW_BACKSLASH = 3;
    private static final int LOW_U = 4;
    private static final int CONTINUATION = 5;

    private int doing;
    private int count; // digits or continuation bytes still to come
    private int value; // of the digits so far
    private boolean highBefore; // a high surrogate awaits its low one
    private int least; // bounds of the next continuation byte
    private int most;

    private boolean escapes;
    private @Nullable String problem;
    private int problemAt;

    /** To be called at the opening quote. */
    void begin() {
        escapes = false;
    }

    /** Forgets a string that never ended. */
    void reset() {
        doing = NOTHING;
        highBefore = false;
        problem = null;
    }

    /** True if the string held a backslash. */
    boolean escapes() {
        return escapes;
    }

    @Nullable
    String problem() {
        return problem;
    }

    /** Index, in the piece, of the byte that is wrong. */
    int problemAt() {
        return problemAt;
    }

    /** The index of the closing quote at or after {@code from}, {@link #CUT} or {@link #INVALID}. */
    int scan(byte[] bytes, int from, int to) {
        int i = doing == NOTHING ? from : slowly(bytes, from, to);
        while (i >= 0) {
            i = simple(bytes, i, to);
            if (i == to) {
                return CUT;
            }
            int b = bytes[i];
            if (b == '"') {
                return i;
            } else if (b == '\\') {
                i = escape(bytes, i, to);
            } else if (b < 0) {
                i = multiByte(bytes, i, to);
            } else {
                return invalid("control character in a string", i);
            }
        }
        return i;
    }

    /**
     * Passes ASCII and, without leaving the loop, escapes of one letter (every line of source code ends in one);
     * {@code to}, or the index of the first byte that is anything else.
     */
    private int simple(byte[] bytes, int from, int to) {
        int i = plain(bytes, from, to);
        while (i < to - 1 && bytes[i] == '\\' && ESCAPED[bytes[i + 1] & 0xFF] != 0) {
            escapes = true;
            i = plain(bytes, i + 2, to);
        }
        return i;
    }

    /** Passes plain ASCII; {@code to}, or the index of the first byte that is anything else. */
    private static int plain(byte[] bytes, int from, int to) {
        int i = from;
        for (; i <= to - Long.BYTES; i += Long.BYTES) {
            long special = special((long) LONGS.get(bytes, i));
            if (special != 0) {
                return i + (Long.numberOfTrailingZeros(special) >>> 3);
            }
        }
        while (i < to && bytes[i] >= ' ' && bytes[i] != '"' && bytes[i] != '\\') {
            i++;
        }
        return i;
    }

    /**
     * The high bit of every byte that is a quote, a backslash, below 0x20 or above 0x7F. Exact up to the lowest such
     * byte, which is the only one asked for (a borrow may mark bytes above it). Flipping bit 1 puts the quote, 0x22,
     * at 0x20, so that one subtraction of 0x21 finds it and the control characters.
     */
    private static long special(long word) {
        return (word | ((word ^ 0x02 * ONES) - 0x21 * ONES) | ((word ^ BACKSLASHES) - ONES)) & HIGH_BITS;
    }

    /** Passes a hexadecimal escape that lies whole in the piece and is no surrogate; the rest is for {@link #slowly}. */
    private int escape(byte[] bytes, int at, int to) {
        if (to - at >= 6 && bytes[at + 1] == 'u') {
            int unit = unit(bytes, at + 2);
            if (unit >= 0 && (unit & 0xF800) != 0xD800) {
                escapes = true;
                return at + 6;
            }
        }
        return slowly(bytes, at, to);
    }

    /** The value of four hexadecimal digits, negative if they are not. */
    private static int unit(byte[] bytes, int at) {
        return HEX[bytes[at] & 0xFF] << 12
                | HEX[bytes[at + 1] & 0xFF] << 8
                | HEX[bytes[at + 2] & 0xFF] << 4
                | HEX[bytes[at + 3] & 0xFF];
    }

    /** Passes multi-byte characters as long as they follow each other. */
    private int multiByte(byte[] bytes, int from, int to) {
        int i = from;
        while (i <= to - Integer.BYTES) {
            int word = (int) INTS.get(bytes, i);
            if ((word & 0x80) == 0) {
                return i;
            }
            if ((word & 0x00C0_C0F0) == 0x0080_80E0) {
                int overlongOrSurrogate = word & 0x200F; // E0 needs a second byte from A0 on, ED one below
                if (overlongOrSurrogate == 0 || overlongOrSurrogate == 0x200D) {
                    break;
                }
                i += 3;
            } else if ((word & 0xC0E0) == 0x80C0 && (word & 0x1E) != 0) { // C0 and C1 would be overlong
                i += 2;
            } else if ((word & 0xC0C0_C0F8) == 0x8080_80F0) {
                int plane = (word & 7) << 2 | (word >> 12 & 3);
                if (plane == 0 || plane > 16) {
                    break;
                }
                i += 4;
            } else {
                break;
            }
        }
        return i < to ? slowly(bytes, i, to) : i;
    }

    /** Byte by byte to the end of one character or escape: the next index, {@link #CUT} or {@link #INVALID}. */
    private int slowly(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            int b = bytes[i] & 0xFF;
            switch (doing) {
                case NOTHING -> {
                    if (b == '\\') {
                        escapes = true;
                        doing = ESCAPE;
                    } else if (b < 0x80) {
                        return i;
                    } else if (!lead(b)) {
                        return invalid("invalid UTF-8", i);
                    }
                }
                case CONTINUATION -> {
                    if (b < least || b > most) {
                        return invalid("invalid UTF-8", i);
                    }
                    least = 0x80;
                    most = 0xBF;
                    if (--count == 0) {
                        doing = NOTHING;
                    }
                }
                case ESCAPE -> {
                    if (b == 'u') {
                        digits();
                    } else if (ESCAPED[b] != 0) {
                        doing = NOTHING;
                    } else {
                        return invalid("invalid escape", i);
                    }
                }
                case DIGITS -> {
                    if (HEX[b] < 0) {
                        return invalid("invalid escape", i);
                    }
                    value = value << 4 | HEX[b];
                    if (--count == 0 && !unitIsPaired()) {
                        return invalid("unpaired surrogate", i);
                    }
                }
                case LOW_BACKSLASH -> {
                    if (b != '\\') {
                        return invalid("unpaired surrogate", i);
                    }
                    doing = LOW_U;
                }
                case LOW_U -> {
                    if (b != 'u') {
                        return invalid("unpaired surrogate", i);
                    }
                    digits();
                }
                default -> throw new IllegalStateException("doing: " + doing);
            }
            if (doing == NOTHING) {
                return i + 1;
            }
        }
        return CUT;
    }

    private void digits() {
        doing = DIGITS;
        count = 4;
        value = 0;
    }

    private boolean unitIsPaired() {
        boolean high = (value & 0xFC00) == 0xD800;
        boolean low = (value & 0xFC00) == 0xDC00;
        if (low != highBefore) {
            return false;
        }
        highBefore = high;
        doing = high ? LOW_BACKSLASH : NOTHING;
        return true;
    }

    /** Begins a multi-byte character; the bounds are those of RFC 3629 section 4. */
    private boolean lead(int b) {
        if (b < 0xC2 || b > 0xF4) {
            return false;
        }
        doing = CONTINUATION;
        count = b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
        least = b == 0xE0 ? 0xA0 : b == 0xF0 ? 0x90 : 0x80;
        most = b == 0xED ? 0x9F : b == 0xF4 ? 0x8F : 0xBF;
        return true;
    }

    private int invalid(String what, int at) {
        problem = what;
        problemAt = at;
        return INVALID;
    }

    /**
     * Writes what the valid string content {@code text[from, to)} stands for to {@code into}, as UTF-8, as far as it
     * fits, and returns its length. An escape that is cut at {@code to} ends it.
     */
    static int decode(byte[] text, int from, int to, byte[] into) {
        int length = 0;
        for (int i = from; i < to && length <= into.length - 4; ) {
            if (text[i] != '\\') {
                into[length++] = text[i++];
            } else if (i + 1 < to && text[i + 1] != 'u') {
                into[length++] = ESCAPED[text[i + 1] & 0xFF];
                i += 2;
            } else if (i + 6 > to) {
                break;
            } else {
                int codePoint = unit(text, i + 2);
                i += 6;
                if ((codePoint & 0xFC00) == 0xD800) {
                    if (i + 6 > to) {
                        break;
                    }
                    codePoint = Character.toCodePoint((char) codePoint, (char) unit(text, i + 2));
                    i += 6;
                }
                length = encode(codePoint, into, length);
            }
        }
        return length;
    }

    private static int encode(int codePoint, byte[] into, int at) {
        int i = at;
        if (codePoint < 0x80) {
            into[i++] = (byte) codePoint;
        } else if (codePoint < 0x800) {
            into[i++] = (byte) (0xC0 | codePoint >> 6);
            into[i++] = (byte) (0x80 | (codePoint & 0x3F));
        } else if (codePoint < 0x10000) {
            into[i++] = (byte) (0xE0 | codePoint >> 12);
            into[i++] = (byte) (0x80 | (codePoint >> 6 & 0x3F));
            into[i++] = (byte) (0x80 | (codePoint & 0x3F));
        } else {
            into[i++] = (byte) (0xF0 | codePoint >> 18);
            into[i++] = (byte) (0x80 | (codePoint >> 12 & 0x3F));
            into[i++] = (byte) (0x80 | (codePoint >> 6 & 0x3F));
            into[i++] = (byte) (0x80 | (codePoint & 0x3F));
        }
        return i;
    }
}
