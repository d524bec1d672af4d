package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.server.http.Bytes;
import io.penstock.server.wire.OwnChunk;
import org.jspecify.annotations.Nullable;

/** What goes to the client in chunks of ours, gathered until it is flushed. Event loop only; {@link #close} releases it. */
final class ClientChunks implements AutoCloseable {
    private final RelayListener listener;
    private final ByteBufAllocator allocator;
    private final boolean chunked; // else (HTTP/1.0) bytes as they are
    private @Nullable ByteBuf out; // owned

    ClientChunks(RelayListener listener, ByteBufAllocator allocator, boolean chunked) {
        this.listener = listener;
        this.allocator = allocator;
        this.chunked = chunked;
    }

    /** What is written to next; still owned here. */
    ByteBuf out() {
        if (out == null) {
            out = OwnChunk.open(allocator);
        }
        return out;
    }

    /** Goes on with a chunk that was {@link OwnChunk#open opened} elsewhere; after a {@link #flush} alone. Ownership moves. */
    void goOn(ByteBuf chunk) {
        out = chunk;
    }

    void copy(ByteBuf bytes, int from, int to) {
        if (to > from) {
            Bytes.copy(bytes, from, to, out());
        }
    }

    /** Hands over what was gathered. */
    void flush() {
        ByteBuf chunk = out;
        out = null;
        if (chunk != null) {
            if (OwnChunk.isEmpty(chunk)) {
                chunk.release();
            } else {
                listener.relayed(OwnChunk.close(chunk, chunked));
            }
        }
    }

    /** What was gathered, with what ends the client's body. Ownership moves. */
    ByteBuf last() {
        ByteBuf last = out == null ? allocator.directBuffer(16) : OwnChunk.close(out, chunked);
        out = null;
        return chunked ? OwnChunk.writeLast(last) : last;
    }

    @Override
    public void close() {
        if (out != null) {
            out.release();
            out = null;
        }
    }
}
