package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;

/**
 * Steps over the members of a JSON object that was found to be whole, in place. Not a validator: at what it does not
 * understand it ends. Event loop only; allocates nothing but itself.
 */
final class JsonMembers {
    private final ByteBuf in;
    private final int to;
    private int at;
    private int nameStart;
    private int nameEnd;
    private int valueStart;
    private int valueEnd;

    /** The members of the object in {@code [from, to)} of {@code in}. */
    JsonMembers(ByteBuf in, int from, int to) {
        this.in = in;
        this.to = to;
        int open = blank(in, from, to);
        this.at = open < to && in.getByte(open) == '{' ? open + 1 : to;
    }

    /** Goes to the next member; false if there is none. */
    boolean next() {
        int i = blank(in, at, to);
        if (i < to && in.getByte(i) == ',') {
            i = blank(in, i + 1, to);
        }
        if (i >= to || in.getByte(i) != '"') {
            return false;
        }
        nameStart = i;
        nameEnd = valueEnd(in, i, to);
        int colon = blank(in, nameEnd, to);
        valueStart = blank(in, colon + 1, to);
        valueEnd = valueEnd(in, valueStart, to);
        at = valueEnd;
        return valueEnd > valueStart && in.getByte(colon) == ':';
    }

    /** Where the name begins, quotes included. */
    int nameStart() {
        return nameStart;
    }

    int valueStart() {
        return valueStart;
    }

    int valueEnd() {
        return valueEnd;
    }

    /** Whether its value is {@code null}. */
    boolean isNull() {
        return in.getByte(valueStart) == 'n';
    }

    /** Whether the name, quotes included, is this. */
    boolean named(byte[] quoted) {
        if (nameEnd - nameStart != quoted.length) {
            return false;
        }
        for (int i = 0; i < quoted.length; i++) {
            if (in.getByte(nameStart + i) != quoted[i]) {
                return false;
            }
        }
        return true;
    }

    /** Whether its name is, byte for byte, that of the other's member at hand. */
    boolean namedAs(JsonMembers other) {
        int length = nameEnd - nameStart;
        if (other.nameEnd - other.nameStart != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (in.getByte(nameStart + i) != other.in.getByte(other.nameStart + i)) {
                return false;
            }
        }
        return true;
    }

    static int blank(ByteBuf in, int from, int to) {
        int i = from;
        while (i < to && in.getByte(i) <= ' ' && in.getByte(i) >= 0) {
            i++;
        }
        return i;
    }

    /** The index behind the value that begins at {@code from}; {@code to} if it does not end. */
    static int valueEnd(ByteBuf in, int from, int to) {
        int depth = 0;
        for (int i = from; i < to; i++) {
            switch (in.getByte(i)) {
                case '"' -> {
                    i++;
                    while (i < to && in.getByte(i) != '"') {
                        i += in.getByte(i) == '\\' ? 2 : 1;
                    }
                    if (depth == 0) {
                        return Math.min(to, i + 1);
                    }
                }
                case '{', '[' -> depth++;
                case '}', ']' -> {
                    if (--depth <= 0) {
                        return depth < 0 ? i : i + 1; // of the value itself, or of what holds it
                    }
                }
                case ',', ' ', '\t', '\n', '\r' -> {
                    if (depth == 0) {
                        return i;
                    }
                }
                default -> {}
            }
        }
        return to;
    }
}
