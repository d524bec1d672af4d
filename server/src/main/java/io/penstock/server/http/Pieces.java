package io.penstock.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Bytes as the pieces they were read in, none of them copied; but small pieces of what comes in very many of them are joined,
 * so that what a piece costs beside its bytes stays within bounds, and all of them cost no more than grows with their bytes.
 * Owns its pieces until {@link #release}. Event loop only.
 */
public class Pieces {
    private static final ByteBuf[] NONE = {};
    private static final int FEW = 4;
    private static final int MANY = 64; // pieces; behind them, small ones are joined
    private static final int SMALL_BYTES = 1024;
    private static final int JOINED_BYTES = 16 * 1024;
    private static final int LARGE_BYTES = 16 * 1024; // of a buffer: one that is mostly empty is not worth keeping

    private ByteBuf[] pieces = NONE; // owned
    private @Nullable ByteBuf joined; // the last piece, where it is one of ours that small ones are copied to
    private int count;
    private int bytes;

    public final int bytes() {
        return bytes;
    }

    /** How many buffers they are kept in. */
    public final int count() {
        return count;
    }

    /** One of these buffers; still owned here. */
    public final ByteBuf piece(int index) {
        return pieces[index];
    }

    /** Takes {@code [from, to)} of what was read. */
    public final void append(ByteBuf read, int from, int to) {
        int size = to - from;
        if (count >= MANY && size <= SMALL_BYTES) {
            join(read, from, size);
        } else {
            joined = null;
            keep(
                    read.capacity() > LARGE_BYTES && size < read.capacity() / 4 * 3
                            ? read.alloc().directBuffer(size).writeBytes(read, from, size)
                            : read.retainedSlice(from, size));
        }
        bytes += size;
    }

    private void join(ByteBuf read, int from, int size) {
        ByteBuf into = joined;
        if (into == null || into.maxWritableBytes() < size) {
            into = read.alloc().directBuffer(2 * SMALL_BYTES, JOINED_BYTES);
            joined = into;
            keep(into);
        }
        into.writeBytes(read, from, size);
    }

    private void keep(ByteBuf piece) {
        if (count == pieces.length) {
            pieces = java.util.Arrays.copyOf(pieces, count == 0 ? 1 : Math.max(FEW, count * 2));
        }
        pieces[count++] = piece;
    }

    /** Copies {@code [from, to)} of the bytes to the end of {@code out}. */
    public final void copy(int from, int to, ByteBuf out) {
        int start = 0;
        for (int i = 0; i < count && start < to; i++) {
            ByteBuf piece = pieces[i];
            int end = start + piece.readableBytes();
            if (end > from) {
                int first = Math.max(from, start);
                int last = Math.min(to, end);
                Bytes.copy(piece, piece.readerIndex() + first - start, piece.readerIndex() + last - start, out);
            }
            start = end;
        }
    }

    /** Gives all pieces back; harmless when done twice. */
    public void release() {
        for (int i = 0; i < count; i++) {
            pieces[i].release();
            pieces[i] = Unpooled.EMPTY_BUFFER;
        }
        if (count > MANY) {
            pieces = NONE;
        }
        count = 0;
        bytes = 0;
        joined = null;
    }
}
