package io.penstock.server.attempt;

import io.netty.buffer.ByteBuf;

/** Where the bytes of an attempt's answer go. Event loop only. */
public interface ClientSide {
    /** Bytes of a stream, framed as the client needs them. Ownership moves. Not flushed. */
    void relayed(ByteBuf bytes);

    /** What was written shall leave. */
    void flush();

    /** Whether more may be read of the provider: the client takes what there is, or nobody waits for it. */
    boolean takesMore();

    /** Whether the head of an answer has gone to the client, so that none of another kind can follow. */
    boolean headSent();
}
