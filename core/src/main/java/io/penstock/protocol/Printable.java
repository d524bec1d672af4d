package io.penstock.protocol;

/**
 * Text of others made fit for one line of a log and for a list that people look at: what cannot be seen, or changes how the rest
 * is seen, becomes an escape of JSON, a backslash, u and four digits. Static methods, safe from any thread.
 *
 * <p>Escaped are control, format (zero-width, directions, tags), line and paragraph separators, blanks other than the space,
 * letters that are drawn as nothing, private use, what Unicode has not assigned, single surrogates, and the quote; a backslash
 * where it begins no such escape. So it can be done twice, and a quoted result ends at its first quote.
 */
public final class Printable {
    private static final char[] HEX = "0123456789abcdef".toCharArray();
    private static final int ESCAPE_CHARS = 6;

    private Printable() {}

    /** The text, of which no more than so many characters are read; the same object where nothing is to be done. */
    public static String of(String text, int charsMax) {
        boolean fine = text.length() <= charsMax;
        for (int i = 0; fine && i < text.length(); i++) {
            char c = text.charAt(i);
            fine = c >= ' ' && c < 0x7F && c != '"' && c != '\\';
        }
        return fine
                ? text
                : append(new StringBuilder(text.length() + 16), text, charsMax).toString();
    }

    /** Appends what {@link #of} returns. */
    public static StringBuilder append(StringBuilder out, String text, int charsMax) {
        int length = Math.min(charsMax, text.length());
        for (int i = 0; i < length; ) {
            int point = text.codePointAt(i);
            int chars = Character.charCount(point);
            if (chars == 2 && i + 1 == length) {
                break; // half of it would be a surrogate of our own making
            }
            if (seen(point) && !(point == '\\' && !escape(text, i))) {
                out.append(text, i, i + chars);
            } else {
                for (int k = i; k < i + chars; k++) {
                    escape(out, text.charAt(k));
                }
            }
            i += chars;
        }
        return out;
    }

    /** Whether a character is drawn, as itself and nothing else. */
    static boolean seen(int point) {
        if (point < 0x7F) {
            return point >= ' ' && point != '"';
        }
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR -> false;
            default -> !nothing(point);
        };
    }

    /** The fillers of Hangul, blank Braille, the joiner of graphemes, and the selectors of variants. */
    private static boolean nothing(int point) {
        return point == 0x115F
                || point == 0x1160
                || point == 0x3164
                || point == 0xFFA0
                || point == 0x2800
                || point == 0x034F
                || point >= 0xFE00 && point <= 0xFE0F
                || point >= 0xE0100 && point <= 0xE01EF;
    }

    /** Whether an escape of ours begins there. */
    private static boolean escape(String text, int at) {
        if (at + ESCAPE_CHARS > text.length() || text.charAt(at + 1) != 'u') {
            return false;
        }
        for (int i = at + 2; i < at + ESCAPE_CHARS; i++) {
            if (Character.digit(text.charAt(i), 16) < 0 || text.charAt(i) > 'f') {
                return false;
            }
        }
        return true;
    }

    private static void escape(StringBuilder out, char c) {
        out.append("\\u").append(HEX[c >> 12]).append(HEX[c >> 8 & 15]);
        out.append(HEX[c >> 4 & 15]).append(HEX[c & 15]);
    }
}
