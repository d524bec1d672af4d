package io.penstock.protocol;

/**
 * Counts the characters of text by script, as far as tokenizers treat scripts differently: ASCII; Han, Kana and Hangul;
 * all others. {@code io.penstock.pricing.TokenEstimate} makes tokens of it. Allocates nothing; not thread-safe.
 */
public final class ScriptCounter {
    private long ascii;
    private long cjk;
    private long other;

    /** Counts that many ASCII characters which need no look. */
    public void addAscii(int count) {
        ascii += count;
    }

    public void reset() {
        ascii = 0;
        cjk = 0;
        other = 0;
    }

    /** Characters below U+0080. */
    public long ascii() {
        return ascii;
    }

    /** Characters of Chinese, Japanese and Korean writing, full-width forms and punctuation included. */
    public long cjk() {
        return cjk;
    }

    /** All other characters; one beyond the basic plane, an emoji mostly, counts twice. */
    public long other() {
        return other;
    }

    /**
     * Counts what the content of a JSON string, as it stands between its quotes, stands for. A character or an escape
     * cut at either end counts as one; what is not valid is counted somehow.
     */
    public void add(byte[] json, int from, int to) {
        for (int i = from; i < to; ) {
            int b = json[i];
            if (b == '\\') {
                i = escape(json, i, to);
            } else if (b >= 0) {
                ascii++;
                i++;
            } else {
                i = multiByte(json, i, to);
            }
        }
    }

    /** Counts decoded text. */
    public void add(char[] text, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = text[i];
            if (c < 0x80) {
                ascii++;
            } else if (Character.isHighSurrogate(c) && i + 1 < to && Character.isLowSurrogate(text[i + 1])) {
                count(Character.toCodePoint(c, text[++i]));
            } else {
                count(c);
            }
        }
    }

    private int escape(byte[] json, int at, int to) {
        if (at + 1 == to || json[at + 1] != 'u' || at + 6 > to) {
            ascii++;
            return Math.min(to, at + 2);
        }
        int unit = unit(json, at + 2);
        if ((unit & 0xFC00) == 0xD800 && at + 12 <= to && json[at + 6] == '\\' && json[at + 7] == 'u') {
            count(Character.toCodePoint((char) unit, (char) unit(json, at + 8)));
            return at + 12;
        }
        count(unit);
        return at + 6;
    }

    private static int unit(byte[] json, int at) {
        int unit = 0;
        for (int i = at; i < at + 4; i++) {
            unit = unit << 4 | (Character.digit(json[i], 16) & 0xF);
        }
        return unit;
    }

    private int multiByte(byte[] json, int at, int to) {
        int lead = json[at] & 0xFF;
        int length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        int end = Math.min(to, at + length);
        int codePoint = lead & (0xFF >> (length + 1));
        for (int i = at + 1; i < end; i++) {
            codePoint = codePoint << 6 | (json[i] & 0x3F);
        }
        if (length > 1) { // a continuation byte alone is the rest of a character that was counted before
            count(end - at == length ? codePoint : 0xFFFD);
        }
        return end;
    }

    private void count(int codePoint) {
        if (codePoint < 0x80) {
            ascii++;
        } else if (isCjk(codePoint)) {
            cjk++;
        } else {
            other += codePoint > 0xFFFF ? 2 : 1;
        }
    }

    /** By block (Unicode 15, Blocks.txt): radicals to unified ideographs, Hangul, compatibility and full-width forms. */
    private static boolean isCjk(int c) {
        return (c >= 0x2E80 && c <= 0x9FFF)
                || (c >= 0xAC00 && c <= 0xD7FF)
                || (c >= 0x1100 && c <= 0x11FF)
                || (c >= 0xF900 && c <= 0xFAFF)
                || (c >= 0xFF00 && c <= 0xFFEF)
                || (c >= 0x20000 && c <= 0x3FFFF);
    }
}
