package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.protocol.AnswerProbe;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ScriptCounter;
import io.penstock.server.http.Bytes;

/**
 * One look over a provider's JSON in place, in the buffer that it was read in.
 *
 * <p>Not a validator: what is malformed is reported as {@link #broken()} and otherwise passes as it is. Strings are stepped
 * over eight bytes at a time. Event loop only; reused; allocates nothing. What it says is valid as long as the buffer is.
 */
public final class JsonProbe extends AnswerProbe {
    private static final long LOW = 0x0101010101010101L;
    private static final long HIGH = 0x8080808080808080L;

    private ByteBuf in = Unpooled.EMPTY_BUFFER; // not owned
    private int to;
    private int usageMember;
    private int stringEnd;
    private boolean stringPlain;

    /** Looks at the one JSON value in {@code [from, end)} and adds what it delivers to {@code text}. */
    void look(ByteBuf buffer, int from, int end, Protocol protocol, ScriptCounter text) {
        begin(from, end, protocol, text);
        in = buffer;
        to = end;
        usageMember = -1;
        int depth = 0;
        long key = 0;
        for (int i = from; i < end; ) {
            byte b = buffer.getByte(i);
            switch (b) {
                case '"' -> {
                    int start = i + 1;
                    if (!string(buffer, start, end)) {
                        breaks();
                        return;
                    }
                    int stop = stringEnd;
                    i = stop + 1;
                    if (i < end && buffer.getByte(i) <= ' ') {
                        i = skipBlank(buffer, i, end);
                    }
                    if (i < end && buffer.getByte(i) == ':') {
                        i++;
                        key = code(buffer, start, stop, end);
                        if (key == USAGE && depth == 1) {
                            usageMember = start - 1;
                        }
                    } else {
                        string(key, depth, start, stop, stringPlain);
                    }
                }
                case '{' -> {
                    open(b, key, depth++, i++);
                    key = 0;
                }
                case '[' -> open(b, key, depth++, i++);
                case '}', ']' -> {
                    close(--depth, ++i);
                    key = 0;
                }
                default -> i++;
            }
        }
        if (depth != 0) {
            breaks();
        }
    }

    /** Finds the closing quote of the string whose first byte is {@code from}; false if there is none. */
    private boolean string(ByteBuf buffer, int from, int end) {
        int i = from;
        long seen = 0;
        boolean escapes = false;
        while (true) {
            if (i + Long.BYTES <= end) {
                long word = buffer.getLongLE(i);
                long quote = word ^ LOW * '"';
                long slash = word ^ LOW * '\\';
                long match = ((quote - LOW & ~quote) | (slash - LOW & ~slash)) & HIGH;
                if (match == 0) {
                    seen |= word;
                    i += Long.BYTES;
                    continue;
                }
                int skip = Long.numberOfTrailingZeros(match) >>> 3;
                seen |= skip == 0 ? 0 : word & (1L << (skip << 3)) - 1;
                i += skip;
            }
            if (i >= end) {
                return false;
            }
            byte b = buffer.getByte(i);
            if (b == '"') {
                stringEnd = i;
                stringPlain = !escapes && (seen & HIGH) == 0;
                return true;
            }
            if (b == '\\') {
                escapes = true;
                i++;
            }
            seen |= b;
            i++;
        }
    }

    private static int skipBlank(ByteBuf buffer, int from, int end) {
        int i = from;
        while (i < end) {
            byte b = buffer.getByte(i);
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                return i;
            }
            i++;
        }
        return i;
    }

    /** A name, {@code [from, stop)}, as a number. */
    private static long code(ByteBuf buffer, int from, int stop, int end) {
        long head;
        if (from + Long.BYTES <= end) {
            head = buffer.getLongLE(from);
        } else {
            head = 0;
            for (int i = Math.min(end, from + Long.BYTES) - 1; i >= from; i--) {
                head = head << 8 | buffer.getByte(i) & 0xFF;
            }
        }
        return code(head, stop - from);
    }

    /** Where the name of a top-level {@code usage} begins, quotes included, whatever its value; -1 if there is none. */
    int usageMember() {
        return usageMember;
    }

    @Override
    protected boolean is(int from, int stop, byte[] ascii) {
        return Bytes.equals(in, from, stop, ascii);
    }

    @Override
    protected void copy(int from, byte[] into, int length) {
        in.getBytes(from, into, 0, length);
    }

    @Override
    protected void count(ScriptCounter counter, int from, int stop) {
        ScriptText.add(counter, in, from, stop);
    }

    @Override
    protected boolean isEmpty(int at) {
        int next = skipBlank(in, at + 1, to);
        return next < to && in.getByte(next) == ']';
    }
}
