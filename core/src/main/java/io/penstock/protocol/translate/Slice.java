package io.penstock.protocol.translate;

import java.nio.charset.StandardCharsets;

/**
 * A run of bytes in a JSON text. Unless told otherwise it is the content of a string as it stands between its quotes, so that
 * it can be written into another string as it is. Valid as long as the text's bytes are left alone; immutable.
 */
final class Slice {
    static final Slice EMPTY = new Slice(new byte[0], 0, 0);

    private final byte[] bytes;
    private final int from;
    private final int to;

    Slice(byte[] bytes, int from, int to) {
        this.bytes = bytes;
        this.from = from;
        this.to = to;
    }

    /** A text as the content of a string. */
    static Slice of(String text) {
        JsonOut out = new JsonOut().quoted(text);
        return new Slice(out.bytes(), 1, out.length() - 1);
    }

    /** What was written so far; the writer must be left alone from now on. */
    static Slice of(JsonOut out) {
        return new Slice(out.bytes(), 0, out.length());
    }

    byte[] bytes() {
        return bytes;
    }

    int from() {
        return from;
    }

    int to() {
        return to;
    }

    int length() {
        return to - from;
    }

    boolean isEmpty() {
        return from == to;
    }

    /** Whether it holds nothing but blanks and line ends. */
    boolean isBlank() {
        return trimmedEnd() == from;
    }

    /** The same without the blanks and line ends at its end. */
    Slice trimmed() {
        int end = trimmedEnd();
        return end == to ? this : new Slice(bytes, from, end);
    }

    private int trimmedEnd() {
        int end = to;
        while (end > from) {
            byte b = bytes[end - 1];
            if (b == ' ') {
                end--;
            } else if ((b == 'n' || b == 't' || b == 'r') && isEscape(end - 2)) {
                end -= 2;
            } else {
                break;
            }
        }
        return end;
    }

    /** Whether the byte there is a backslash that is not itself escaped. */
    private boolean isEscape(int at) {
        int i = at;
        while (i >= from && bytes[i] == '\\') {
            i--;
        }
        return (at - i) % 2 == 1;
    }

    /** Index behind the first occurrence of an ASCII text that needs no escape; -1 if it does not occur within {@code max}. */
    int after(String ascii, int max) {
        int last = Math.min(to, from + max) - ascii.length();
        outer:
        for (int i = from; i <= last; i++) {
            for (int k = 0; k < ascii.length(); k++) {
                if (bytes[i + k] != ascii.charAt(k)) {
                    continue outer;
                }
            }
            return i + ascii.length();
        }
        return -1;
    }

    boolean startsWith(String ascii) {
        return after(ascii, ascii.length()) >= 0;
    }

    Slice part(int newFrom, int newTo) {
        return new Slice(bytes, newFrom, newTo);
    }

    /** Decoded. */
    String text() {
        int plain = from;
        while (plain < to && bytes[plain] != '\\') {
            plain++;
        }
        if (plain == to) {
            return new String(bytes, from, to - from, StandardCharsets.UTF_8);
        }
        JsonOut out = new JsonOut();
        Escapes.decode(bytes, from, to, out);
        return new String(out.bytes(), 0, out.length(), StandardCharsets.UTF_8);
    }

    /** The bytes as they are. */
    @Override
    public String toString() {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    boolean sameBytes(Slice other) {
        return java.util.Arrays.equals(bytes, from, to, other.bytes, other.from, other.to);
    }
}
