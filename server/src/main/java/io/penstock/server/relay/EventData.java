package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.server.http.Bytes;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Where the data of the event at hand stands: in place, or, if it stood in several lines, joined in a buffer of ours. Event loop
 * only; {@link #close} releases that one.
 */
final class EventData implements AutoCloseable {
    private static final byte[] LINE = Bytes.ascii("data:");
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    /** What an event holds. */
    enum Kind {
        NO_DATA,
        DATA,
        /** An error that is no event: see {@link BareError}. */
        BARE_ERROR
    }

    private final ByteBufAllocator allocator;
    private @Nullable ByteBuf joined; // owned
    private int start;
    private int end;

    EventData(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /** Begin of the data in {@link #in}; -1 if there is none. */
    int start() {
        return start;
    }

    int end() {
        return end;
    }

    int length() {
        return end - start;
    }

    /** The buffer that the data stands in: of an event in {@code buffer} that one, unless the data had to be joined. */
    ByteBuf in(ByteBuf buffer) {
        return joined == null ? buffer : joined;
    }

    /** The data joined of several lines; null if it stands in one. Still owned here. */
    @Nullable
    ByteBuf joined() {
        return joined;
    }

    boolean startsWith(ByteBuf buffer, byte[] text) {
        return Bytes.startsWith(in(buffer), start, end, text);
    }

    /** A copy of it. */
    byte[] bytes(ByteBuf buffer) {
        byte[] copy = new byte[length()];
        in(buffer).getBytes(start, copy);
        return copy;
    }

    /**
     * Finds the data of the event {@code [from, to)} of {@code buffer}.
     *
     * @param first whether nothing of the stream came before: it may begin with a mark (WHATWG HTML 9.2.5)
     */
    Kind find(ByteBuf buffer, int from, int to, boolean first) {
        close();
        start = -1;
        int begin = first && Bytes.startsWith(buffer, from, to, BYTE_ORDER_MARK) ? from + BYTE_ORDER_MARK.length : from;
        for (int line = begin; line < to; ) {
            int lineEnd = Bytes.indexOfLineEnd(buffer, line, to);
            int stop = lineEnd < 0 ? to : lineEnd;
            if (Bytes.startsWith(buffer, line, stop, LINE)) {
                if (start >= 0) {
                    join(buffer, begin, to);
                    return Kind.DATA;
                }
                start = line + LINE.length;
                if (start < stop && buffer.getByte(start) == ' ') {
                    start++;
                }
                end = stop;
            } else if (BareError.is(buffer, line, stop)) {
                return Kind.BARE_ERROR;
            }
            line = stop + 1;
        }
        return start < 0 ? Kind.NO_DATA : Kind.DATA;
    }

    /** An event whose data stands in several lines (nobody is known to send one): they are joined by LF. */
    private void join(ByteBuf buffer, int from, int to) {
        ByteBuf data = allocator.directBuffer(to - from);
        joined = data;
        for (int line = from; line < to; ) {
            int lineEnd = Bytes.indexOfLineEnd(buffer, line, to);
            int stop = lineEnd < 0 ? to : lineEnd;
            if (Bytes.startsWith(buffer, line, stop, LINE)) {
                data.writeBytes(buffer, line + LINE.length, stop - line - LINE.length)
                        .writeByte('\n');
            }
            line = stop + 1;
        }
        start = data.readerIndex();
        end = data.writerIndex();
    }

    /** The whole event, its data in one line: a credential may be cut by the end of a line. */
    byte[] event(ByteBuf buffer, int from, int to) {
        if (joined == null) {
            byte[] copy = new byte[to - from];
            buffer.getBytes(from, copy);
            return copy;
        }
        ByteArrayOutputStream event = new ByteArrayOutputStream(to - from);
        ByteArrayOutputStream data = new ByteArrayOutputStream(to - from);
        for (int line = from; line < to; ) {
            int lineEnd = Bytes.indexOfLineEnd(buffer, line, to);
            int stop = lineEnd < 0 ? to : lineEnd;
            boolean ofData = Bytes.startsWith(buffer, line, stop, LINE);
            byte[] text = new byte[stop - line];
            buffer.getBytes(line, text);
            if (ofData) {
                int begin = text.length > LINE.length && text[LINE.length] == ' ' ? LINE.length + 1 : LINE.length;
                data.write(text, begin, text.length - begin);
            } else if (text.length > 0) {
                event.write(text, 0, text.length);
                event.write('\n');
            }
            line = stop + 1;
        }
        event.writeBytes(LINE);
        event.write(' ');
        event.writeBytes(data.toByteArray());
        event.write('\n');
        event.write('\n');
        return event.toByteArray();
    }

    @Override
    public void close() {
        ByteBuf held = joined;
        joined = null;
        if (held != null) {
            held.release();
        }
    }
}
