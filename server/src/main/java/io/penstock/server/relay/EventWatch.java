package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;

/** Looks on while a stream passes. Belongs to one exchange; event loop only. */
public interface EventWatch {
    /** An event whose data is the JSON in {@code [from, to)} of {@code in}, which is left alone. */
    void event(ByteBuf in, int from, int to);
}
