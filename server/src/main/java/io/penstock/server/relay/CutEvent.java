package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.Pieces;
import org.jspecify.annotations.Nullable;

/**
 * An event that was cut by the end of a buffer, until the rest of it comes: a copy, or, once it is long, the buffers it came in.
 * Event loop only; {@link #close} releases it.
 */
final class CutEvent implements AutoCloseable {
    private static final int COPIED_BYTES_MAX = 64 * 1024;

    private final ByteBufAllocator allocator;
    private @Nullable ByteBuf copy; // owned
    private @Nullable Pieces pieces; // owned: the same, once it is long

    CutEvent(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    boolean isEmpty() {
        return copy == null && pieces == null;
    }

    int bytes() {
        return pieces != null ? pieces.bytes() : copy == null ? 0 : copy.readableBytes();
    }

    /** Adds what came of it. */
    void add(ByteBuf bytes, int from, int to) {
        int size = to - from;
        ByteBuf small = copy;
        if (pieces != null || bytes() + size > COPIED_BYTES_MAX) {
            Pieces large = pieces == null ? new Pieces() : pieces;
            pieces = large;
            if (small != null) {
                copy = null;
                large.append(small, small.readerIndex(), small.writerIndex());
                small.release();
            }
            large.append(bytes, from, to);
            return;
        }
        if (small == null) {
            small = allocator.directBuffer(Math.max(256, size * 2));
            copy = small;
        }
        Bytes.copy(bytes, from, to, small);
    }

    /** The event, which is held no more: the caller's now. Null if there is none. */
    @Nullable
    ByteBuf take() {
        ByteBuf event = copy;
        copy = null;
        Pieces large = pieces;
        pieces = null;
        if (large != null) {
            try {
                event = allocator.directBuffer(large.bytes());
                large.copy(0, large.bytes(), event);
            } finally {
                large.release();
            }
        }
        return event;
    }

    @Override
    public void close() {
        if (copy != null) {
            copy.release();
            copy = null;
        }
        if (pieces != null) {
            pieces.release();
            pieces = null;
        }
    }
}
