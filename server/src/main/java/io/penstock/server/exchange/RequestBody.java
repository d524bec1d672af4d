package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.server.http.Pieces;
import io.penstock.server.upstream.UpstreamConnection;
import java.util.concurrent.atomic.AtomicLong;

/** A request's body, which counts against the bytes of all bodies in memory until {@link #release}. Event loop only. */
final class RequestBody extends Pieces {
    private static final int PIECE_BYTES = 256 * 1024; // pooled: a larger one is memory of its own each time

    private final AtomicLong inMemory;

    RequestBody(AtomicLong inMemory) {
        this.inMemory = inMemory;
    }

    /** Takes {@code [from, to)} of what was read. Returns the bytes of all bodies that are now in memory. */
    long add(ByteBuf read, int from, int to) {
        append(read, from, to);
        return inMemory.addAndGet(to - from);
    }

    /** Puts other bytes in the place of all that was read, which is given back first, so that they need no more memory. */
    void replace(byte[] other, int length, ByteBufAllocator allocator) {
        release();
        for (int from = 0; from < length; from += PIECE_BYTES) {
            int size = Math.min(PIECE_BYTES, length - from);
            ByteBuf piece = allocator.directBuffer(size).writeBytes(other, from, size);
            add(piece, piece.readerIndex(), piece.writerIndex());
            piece.release();
        }
    }

    /** Writes {@code [from, to)} of the body to the provider as slices of the pieces. */
    void write(int from, int to, UpstreamConnection connection) {
        int start = 0;
        for (int i = 0; i < count() && start < to; i++) {
            ByteBuf piece = piece(i);
            int end = start + piece.readableBytes();
            if (end > from) {
                int first = Math.max(from, start);
                int last = Math.min(to, end);
                connection.write(piece.retainedSlice(piece.readerIndex() + first - start, last - first));
            }
            start = end;
        }
    }

    /** The pieces, retained once more each: whoever asks releases them, on any thread. */
    ByteBuf[] share() {
        ByteBuf[] pieces = new ByteBuf[count()];
        for (int i = 0; i < pieces.length; i++) {
            pieces[i] = piece(i).retain();
        }
        return pieces;
    }

    @Override
    public void release() {
        if (bytes() > 0) {
            inMemory.addAndGet(-bytes());
        }
        super.release();
    }
}
