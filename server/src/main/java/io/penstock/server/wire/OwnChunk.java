package io.penstock.server.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.server.http.Bytes;

/** A chunk of the client's body that we frame: room for its size line is left in front and filled in at the end. */
public final class OwnChunk {
    private static final int ROOM = 10; // 8 hexadecimal digits and CRLF
    private static final byte[] CRLF = Bytes.ascii("\r\n");
    private static final byte[] LAST = Bytes.ascii("0\r\n\r\n");
    private static final byte[] HEX = Bytes.ascii("0123456789abcdef");

    private OwnChunk() {}

    /** An empty one, to be written to and {@link #close closed}. */
    public static ByteBuf open(ByteBufAllocator allocator) {
        return allocator.directBuffer(512).setIndex(ROOM, ROOM);
    }

    public static boolean isEmpty(ByteBuf chunk) {
        return !chunk.isReadable();
    }

    /** Frames what was written since {@link #open}; or, for a client without chunks, leaves it as it is. */
    public static ByteBuf close(ByteBuf chunk, boolean chunked) {
        int size = chunk.readableBytes();
        if (!chunked || size == 0) {
            return chunk;
        }
        int at = ROOM;
        chunk.setByte(--at, '\n').setByte(--at, '\r');
        for (int rest = size; rest > 0; rest >>>= 4) {
            chunk.setByte(--at, HEX[rest & 15]);
        }
        return chunk.readerIndex(at).writeBytes(CRLF);
    }

    /** Ends the body of which this is the last chunk. */
    public static ByteBuf writeLast(ByteBuf chunk) {
        return chunk.writeBytes(LAST);
    }

    /** One chunk that holds these bytes. */
    public static ByteBuf of(ByteBufAllocator allocator, byte[] payload, boolean chunked) {
        return close(open(allocator).writeBytes(payload), chunked);
    }
}
