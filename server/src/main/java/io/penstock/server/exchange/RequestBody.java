package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.penstock.server.http.Bytes;
import io.penstock.server.upstream.UpstreamConnection;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A request's body as the pieces it was read in, none of them copied. Owns its pieces until {@link #release}; counts them
 * against the bytes of all bodies in memory. Event loop only.
 */
final class RequestBody {
    private static final ByteBuf[] NONE = {};
    private static final int FEW = 4;

    private final AtomicLong inMemory;
    private ByteBuf[] pieces = NONE; // owned
    private int count;
    private int bytes;

    RequestBody(AtomicLong inMemory) {
        this.inMemory = inMemory;
    }

    int bytes() {
        return bytes;
    }

    /** Takes the next piece. Ownership moves. Returns the bytes of all bodies that are now in memory. */
    long add(ByteBuf piece) {
        if (count == pieces.length) {
            pieces = java.util.Arrays.copyOf(pieces, count == 0 ? 1 : Math.max(FEW, count * 2));
        }
        pieces[count++] = piece;
        int size = piece.readableBytes();
        bytes += size;
        return inMemory.addAndGet(size);
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
        if (bytes > 0) {
            inMemory.addAndGet(-bytes);
            bytes = 0;
        }
    }
}
