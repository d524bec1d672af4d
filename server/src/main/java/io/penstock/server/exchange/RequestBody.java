package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.penstock.server.http.Bytes;
import io.penstock.server.upstream.UpstreamConnection;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A request's body as the pieces it was read in, none of them copied; but small pieces of a body in very many of them are
 * joined, so that what a piece costs beside its bytes stays within bounds. Owns its pieces until {@link #release}; counts
 * them against the bytes of all bodies in memory. Event loop only.
 */
final class RequestBody {
    private static final ByteBuf[] NONE = {};
    private static final int FEW = 4;
    private static final int MANY = 64; // pieces; behind them, small ones are joined
    private static final int SMALL_BYTES = 1024;
    private static final int JOINED_BYTES = 16 * 1024;

    private final AtomicLong inMemory;
    private ByteBuf[] pieces = NONE; // owned
    private @Nullable ByteBuf joined; // the last piece, where it is one of ours that small ones are copied to
    private int count;
    private int bytes;

    RequestBody(AtomicLong inMemory) {
        this.inMemory = inMemory;
    }

    int bytes() {
        return bytes;
    }

    /** How many buffers it is kept in. */
    int pieces() {
        return count;
    }

    /** Takes {@code [from, to)} of what was read. Returns the bytes of all bodies that are now in memory. */
    long add(ByteBuf read, int from, int to) {
        int size = to - from;
        if (count >= MANY && size <= SMALL_BYTES) {
            join(read, from, size);
        } else {
            joined = null;
            keep(read.retainedSlice(from, size));
        }
        bytes += size;
        return inMemory.addAndGet(size);
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

    /** Copies {@code [from, to)} of the body to the end of {@code out}. */
    void copy(int from, int to, ByteBuf out) {
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

    /** Writes {@code [from, to)} of the body to the provider as slices of the pieces. */
    void write(int from, int to, UpstreamConnection connection) {
        int start = 0;
        for (int i = 0; i < count && start < to; i++) {
            ByteBuf piece = pieces[i];
            int end = start + piece.readableBytes();
            if (end > from) {
                int first = Math.max(from, start);
                int last = Math.min(to, end);
                connection.write(piece.retainedSlice(piece.readerIndex() + first - start, last - first));
            }
            start = end;
        }
    }

    /** Gives all pieces back; harmless when done twice. */
    void release() {
        for (int i = 0; i < count; i++) {
            pieces[i].release();
        }
        count = 0;
        joined = null;
        if (bytes > 0) {
            inMemory.addAndGet(-bytes);
            bytes = 0;
        }
    }
}
