package io.penstock.server.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/** What has come on one connection and has yet to be taken: an unfinished head, or what stands behind the request at hand. */
final class Unread {
    private static final int ROOM_MIN = 1024;

    private @Nullable ByteBuf bytes; // owned

    boolean any() {
        return bytes != null;
    }

    /** Ownership moves; nothing is there yet. */
    void keep(ByteBuf rest) {
        bytes = rest;
    }

    /** All of it, which is then the caller's. */
    @Nullable
    ByteBuf take() {
        ByteBuf all = bytes;
        bytes = null;
        return all;
    }

    /** The same, with what came behind it, whose ownership moves; that alone is lost if there is no memory. */
    ByteBuf takeWith(ByteBuf more, ByteBufAllocator allocator) {
        ByteBuf before = bytes;
        if (before == null) {
            return more;
        }
        try {
            ByteBuf whole = before;
            if (before.writableBytes() < more.readableBytes()) {
                int room = Math.max(ROOM_MIN, (before.readableBytes() + more.readableBytes()) * 2);
                whole = allocator.directBuffer(room).writeBytes(before);
                before.release();
            }
            bytes = null;
            return whole.writeBytes(more);
        } finally {
            more.release();
        }
    }

    void release() {
        ByteBuf all = take();
        if (all != null) {
            all.release();
        }
    }
}
