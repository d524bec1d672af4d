package io.penstock.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a usage object as providers write it, without allocating: members of plain names that are whole numbers, null,
 * words, or objects of the same. Whatever is less usual (an escape, a fraction, a sign, an array, deep nesting, a mistake)
 * it leaves to Jackson, which costs some 1,400 bytes a time and decides what it means. Stateless; safe from any thread.
 */
final class PlainUsage {
    private static final int UNUSUAL = -1;
    private static final int DEPTH_MAX = 4;
    private static final int DIGITS_MAX = 18; // fit a long, whatever they are
    private static final byte[][] WORDS = {ascii("null"), ascii("true"), ascii("false")};

    private PlainUsage() {}

    private static byte[] ascii(String name) {
        return name.getBytes(StandardCharsets.US_ASCII);
    }

    /** True if the object {@code json[from, to)} was read; false, the counter as it was, if it is for Jackson to read. */
    static boolean read(UsageTable table, byte[] json, int from, int to, UsageCounter counter) {
        int start = blank(json, from, to);
        if (start == to || json[start] != '{') {
            return false;
        }
        counter.begin();
        int end = object(json, start + 1, to, counter, table, 1);
        if (end < 0 || blank(json, end, to) != to) {
            return false;
        }
        counter.commit();
        return true;
    }

    /** Reads the members from behind an opening brace; the index behind the closing one, or {@link #UNUSUAL}. */
    private static int object(
            byte[] json, int from, int to, UsageCounter counter, @Nullable UsageTable known, int depth) {
        if (depth > DEPTH_MAX) {
            return UNUSUAL;
        }
        int i = blank(json, from, to);
        if (i < to && json[i] == '}') {
            return i + 1;
        }
        while (true) {
            int nameEnd = text(json, i, to);
            int colon = nameEnd < 0 ? to : blank(json, nameEnd, to);
            if (colon >= to || json[colon] != ':') {
                return UNUSUAL;
            }
            int field = known == null ? UsageTable.UNKNOWN : known.field(json, i + 1, nameEnd - 1);
            int start = blank(json, colon + 1, to);
            i = value(json, start, to, counter, field, known == null ? null : known.inside(field), depth);
            i = i < 0 ? to : blank(json, i, to);
            if (i >= to) {
                return UNUSUAL;
            }
            if (json[i] == '}') {
                return i + 1;
            }
            if (json[i] != ',') {
                return UNUSUAL;
            }
            i = blank(json, i + 1, to);
        }
    }

    private static int value(
            byte[] json, int from, int to, UsageCounter counter, int field, @Nullable UsageTable inside, int depth) {
        if (from >= to) {
            return UNUSUAL;
        }
        byte first = json[from];
        if (ToldCost.is(field) && first != 'n') {
            return UNUSUAL; // a fraction, nearly always
        }
        if (first >= '0' && first <= '9') {
            return number(json, from, to, counter, field);
        }
        if (first == '{') {
            return field >= 0 || inside != null && inside.runs()
                    ? UNUSUAL
                    : object(json, from + 1, to, counter, inside, depth + 1);
        }
        if (first == '"') {
            return field >= 0 ? UNUSUAL : text(json, from, to);
        }
        for (byte[] word : WORDS) {
            int end = from + word.length;
            if (end <= to && Arrays.equals(json, from, end, word, 0, word.length)) {
                return field >= 0 && word != WORDS[0] ? UNUSUAL : end;
            }
        }
        return UNUSUAL;
    }

    private static int number(byte[] json, int from, int to, UsageCounter counter, int field) {
        long value = 0;
        int i = from;
        while (i < to && json[i] >= '0' && json[i] <= '9') {
            value = value * 10 + json[i++] - '0';
            if (i - from > DIGITS_MAX) {
                return UNUSUAL;
            }
        }
        if (i == to || json[from] == '0' && i - from > 1 || json[i] == '.' || json[i] == 'e' || json[i] == 'E') {
            return UNUSUAL;
        }
        if (field >= 0) {
            counter.tell(field, value);
        }
        return i;
    }

    /** The index behind a string of visible ASCII without escapes, which begins with its quote; or {@link #UNUSUAL}. */
    private static int text(byte[] json, int from, int to) {
        if (from >= to || json[from] != '"') {
            return UNUSUAL;
        }
        for (int i = from + 1; i < to; i++) {
            byte b = json[i];
            if (b == '"') {
                return i + 1;
            }
            if (b < ' ' || b == '\\') {
                return UNUSUAL;
            }
        }
        return UNUSUAL;
    }

    private static int blank(byte[] json, int from, int to) {
        int i = from;
        while (i < to && (json[i] == ' ' || json[i] == '\n' || json[i] == '\r' || json[i] == '\t')) {
            i++;
        }
        return i;
    }
}
