package io.penstock.protocol.translate;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * An index over one JSON text (RFC 8259): where each value begins and ends, in the order of the text, so that it can be
 * walked and copied without being decoded. A strict parser: what is not JSON is refused. UTF-8 is not checked; bytes pass as
 * they are.
 *
 * <p>A node is a number. An object's members follow it as name, value, name, value; an array's elements follow it one behind
 * the other; {@link #next} steps over a value with all that is in it:
 *
 * <pre>
 * for (int name = tape.first(object), end = tape.next(object); name &lt; end; name = tape.next(name + 1)) …
 * for (int element = tape.first(array), end = tape.next(array); element &lt; end; element = tape.next(element)) …
 * </pre>
 *
 * Reused; 13 bytes a node; not thread-safe.
 */
public final class JsonTape {
    /** Deeper texts are refused, as by every parser that clients use. */
    static final int DEPTH_MAX = 1_000;

    /**
     * Texts of more values are refused: 7 MB of index. An agent's body of 300 KB has some 5,000; one of nothing but digits and
     * commas would otherwise take seven times its size.
     */
    static final int NODES_MAX = 512 * 1_024;

    private static final int NODES_KEPT = 16 * 1_024; // what one large body made grow beyond this is given back

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long LOW = 0x0101010101010101L;
    private static final long HIGH = 0x8080808080808080L;

    private static final byte[] NOTHING = {};

    private final int depthMax;
    private byte[] bytes = NOTHING;
    private byte[] kind = new byte[64];
    private int[] start = new int[64];
    private int[] end = new int[64];
    private int[] next = new int[64];
    private int count;
    private int[] open = new int[32];
    private int at;

    /** Refuses texts that are deeper than {@link #DEPTH_MAX}. */
    public JsonTape() {
        this(DEPTH_MAX);
    }

    /** Refuses texts that are deeper than that. */
    public JsonTape(int depthMax) {
        this.depthMax = depthMax;
    }

    /** Indexes {@code [from, to)}, of which no copy is made. False if it is not one JSON value. */
    public boolean parse(byte[] text, int from, int to) {
        if (to - from < NODES_KEPT) {
            shrink();
        }
        bytes = text;
        count = 0;
        at = from;
        int depth = 0;
        boolean value = true; // a value is due; otherwise what stands behind one
        while (true) {
            skipBlank(to);
            if (!value) {
                if (depth == 0) {
                    return at == to;
                }
                if (at == to) {
                    return false;
                }
                int container = open[depth - 1];
                boolean object = kind[container] == '{';
                byte b = text[at++];
                if (b == ',') {
                    skipBlank(to);
                    if (object && !name(to)) {
                        return false;
                    }
                    value = true;
                } else if (b == (object ? '}' : ']')) {
                    close(container);
                    depth--;
                } else {
                    return false;
                }
                continue;
            }
            if (at == to || count > NODES_MAX - 2) { // a value, and the name of another
                count = count > NODES_MAX - 2 ? NODES_MAX : count;
                return false;
            }
            byte b = text[at];
            if (b == '{' || b == '[') {
                if (depth == depthMax) {
                    return false;
                }
                int container = add(b, at++);
                if (depth == open.length) {
                    open = Arrays.copyOf(open, depth * 2);
                }
                open[depth++] = container;
                skipBlank(to);
                if (at < to && text[at] == (b == '{' ? '}' : ']')) {
                    at++;
                    close(container);
                    depth--;
                    value = false;
                } else if (b == '{' && !name(to)) {
                    return false;
                }
            } else {
                if (b == '"' ? !string(to) : b == '-' || b >= '0' && b <= '9' ? !number(to) : !literal(to)) {
                    return false;
                }
                value = false;
            }
        }
    }

    /** Lets go of the text that was indexed, and of the room that a large one took. */
    public void clear() {
        bytes = NOTHING;
        count = 0;
        shrink();
    }

    private void shrink() {
        if (kind.length > NODES_KEPT) {
            kind = new byte[64];
            start = new int[64];
            end = new int[64];
            next = new int[64];
        }
    }

    private void close(int container) {
        end[container] = at;
        next[container] = count;
    }

    /** Whether the text that was refused last had too many values. */
    boolean full() {
        return count == NODES_MAX;
    }

    private int add(int what, int from) {
        if (count == kind.length) {
            int length = Math.min(count * 2, NODES_MAX);
            kind = Arrays.copyOf(kind, length);
            start = Arrays.copyOf(start, length);
            end = Arrays.copyOf(end, length);
            next = Arrays.copyOf(next, length);
        }
        kind[count] = (byte) what;
        start[count] = from;
        next[count] = count + 1;
        return count++;
    }

    private void skipBlank(int to) {
        while (at < to && (bytes[at] == ' ' || bytes[at] == '\n' || bytes[at] == '\r' || bytes[at] == '\t')) {
            at++;
        }
    }

    private boolean name(int to) {
        if (at == to || bytes[at] != '"' || !string(to)) {
            return false;
        }
        skipBlank(to);
        return at < to && bytes[at++] == ':';
    }

    private boolean string(int to) {
        byte[] text = bytes;
        int i = at + 1;
        int node = add('"', i);
        while (true) {
            i = plainUntil(text, i, to);
            if (i == to) {
                return false;
            }
            byte b = text[i];
            if (b == '"') {
                end[node] = i;
                at = i + 1;
                return true;
            }
            if (b == '\\') {
                kind[node] = 'e';
                if (++i == to) {
                    return false;
                }
                switch (text[i]) {
                    case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {}
                    case 'u' -> {
                        if (i + 4 >= to || Escapes.hex4(text, i + 1) < 0) {
                            return false;
                        }
                        i += 4;
                    }
                    default -> {
                        return false;
                    }
                }
            } else if (b >= 0 && b < 0x20) {
                return false;
            }
            i++;
        }
    }

    /** Index of the first quote, backslash or control character, or one a little before it; eight bytes are looked at a time. */
    private static int plainUntil(byte[] text, int from, int to) {
        int i = from;
        while (i <= to - Long.BYTES) {
            long word = (long) LONGS.get(text, i);
            long quote = word ^ LOW * '"';
            long slash = word ^ LOW * '\\';
            long match = ((quote - LOW & ~quote) | (slash - LOW & ~slash) | (word - LOW * ' ' & ~word)) & HIGH;
            if (match != 0) {
                return i + (Long.numberOfTrailingZeros(match) >>> 3);
            }
            i += Long.BYTES;
        }
        return i;
    }

    private boolean number(int to) {
        int from = at;
        int i = at;
        if (bytes[i] == '-') {
            i++;
        }
        int digits = digits(i, to);
        if (digits == 0 || digits > 1 && bytes[i] == '0') {
            return false;
        }
        i += digits;
        if (i < to && bytes[i] == '.') {
            digits = digits(i + 1, to);
            if (digits == 0) {
                return false;
            }
            i += 1 + digits;
        }
        if (i < to && (bytes[i] == 'e' || bytes[i] == 'E')) {
            i++;
            if (i < to && (bytes[i] == '+' || bytes[i] == '-')) {
                i++;
            }
            digits = digits(i, to);
            if (digits == 0) {
                return false;
            }
            i += digits;
        }
        int node = add('0', from); // first, for it may replace the array
        end[node] = i;
        at = i;
        return true;
    }

    private int digits(int from, int to) {
        int i = from;
        while (i < to && bytes[i] >= '0' && bytes[i] <= '9') {
            i++;
        }
        return i - from;
    }

    private boolean literal(int to) {
        String word = bytes[at] == 't' ? "true" : bytes[at] == 'f' ? "false" : "null";
        if (to - at < word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if (bytes[at + i] != word.charAt(i)) {
                return false;
            }
        }
        int node = add(word.charAt(0), at);
        at += word.length();
        end[node] = at;
        return true;
    }

    // ---- Walking

    /** The value that the whole text is. */
    public static final int ROOT = 0;

    /** No such node; every question about it is answered with no. */
    static final int NONE = -1;

    /** The node behind a container's head: its first name or element, or {@link #next} of it when it is empty. */
    int first(int container) {
        return container + 1;
    }

    /** The node behind this one and all that is in it. */
    public int next(int node) {
        return next[node];
    }

    public boolean isObject(int node) {
        return node >= 0 && kind[node] == '{';
    }

    public boolean isArray(int node) {
        return node >= 0 && kind[node] == '[';
    }

    public boolean isString(int node) {
        return node >= 0 && (kind[node] == '"' || kind[node] == 'e');
    }

    /** Of a string, whether any letter of it is escaped. */
    boolean isEscaped(int node) {
        return node >= 0 && kind[node] == 'e';
    }

    boolean isNumber(int node) {
        return node >= 0 && kind[node] == '0';
    }

    boolean isTrue(int node) {
        return node >= 0 && kind[node] == 't';
    }

    boolean isFalse(int node) {
        return node >= 0 && kind[node] == 'f';
    }

    /** True if there is such a node and it is not null. */
    public boolean isValue(int node) {
        return node >= 0 && kind[node] != 'n';
    }

    /** Of an object, the value of a member with that name (ASCII), the last one if there are several; else {@link #NONE}. */
    int get(int object, String name) {
        int found = NONE;
        if (isObject(object)) {
            for (int at = first(object), stop = next[object]; at < stop; at = next[at + 1]) {
                if (is(at, name)) {
                    found = at + 1;
                }
            }
        }
        return found;
    }

    /** Whether a string (or name) is that ASCII text, however it is escaped. */
    public boolean is(int node, String ascii) {
        if (node < 0) {
            return false;
        }
        if (kind[node] == 'e') {
            return slice(node).text().equals(ascii);
        }
        int from = start[node];
        if (kind[node] != '"' || end[node] - from != ascii.length()) {
            return false;
        }
        for (int i = 0; i < ascii.length(); i++) {
            if (bytes[from + i] != ascii.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** A string's text, decoded; empty for anything else. */
    public String text(int node) {
        return isString(node) ? slice(node).text() : "";
    }

    /** A string's content as it stands between its quotes. */
    Slice slice(int string) {
        return new Slice(bytes, start[string], end[string]);
    }

    /** A value as it stands, a string with its quotes. */
    Slice raw(int node) {
        return new Slice(bytes, rawFrom(node), rawTo(node));
    }

    /** Begin of a string's content, or of any other value. */
    public int from(int node) {
        return start[node];
    }

    /** End of a string's content, or of any other value. */
    public int to(int node) {
        return end[node];
    }

    /** Where a value begins as it stands, a string with its quotes. */
    public int rawFrom(int node) {
        return isString(node) ? start[node] - 1 : start[node];
    }

    /** Where a value ends as it stands. */
    public int rawTo(int node) {
        return isString(node) ? end[node] + 1 : end[node];
    }

    byte[] bytes() {
        return bytes;
    }

    public boolean isEmptyString(int node) {
        return isString(node) && start[node] == end[node];
    }

    /** A whole number of at most nine digits and not negative; -1 for anything else. */
    public int wholeNumber(int node) {
        if (!isNumber(node) || end[node] - start[node] > 9) {
            return -1;
        }
        int number = 0;
        for (int i = start[node]; i < end[node]; i++) {
            if (bytes[i] < '0' || bytes[i] > '9') {
                return -1;
            }
            number = number * 10 + bytes[i] - '0';
        }
        return number;
    }
}
