package io.penstock.server.wire;

import io.netty.buffer.ByteBuf;

/**
 * The answer to one request that is written over time: a head, then pieces of the body, then its end. A handler that has more to
 * say than {@link #writable} allows waits for {@link RequestHandler#writable}. Where the client left meanwhile, nothing more is
 * to be written. Event loop only.
 */
public final class StreamedAnswer {
    private final HttpConnection client;
    private final boolean chunked;

    private StreamedAnswer(HttpConnection client) {
        this.client = client;
        this.chunked = !client.http10();
    }

    /**
     * Begins one, and lets its head go.
     *
     * @param head as {@link Reply#begin} made it, and perhaps with more; ownership moves
     */
    public static StreamedAnswer begin(HttpConnection client, ByteBuf head) {
        StreamedAnswer answer = new StreamedAnswer(client);
        Reply.stream(client, head);
        client.write(head);
        client.flush();
        return answer;
    }

    /** Whether the client takes what it gets; else what is written now piles up in memory. */
    public boolean writable() {
        return client.writable();
    }

    /** Writes and flushes a piece. */
    public void write(byte[] piece) {
        if (piece.length > 0 && !client.headOnly()) {
            client.write(OwnChunk.of(client.channel().alloc(), piece, chunked));
            client.flush();
        }
    }

    /** The answer is complete; the connection goes on. */
    public void end() {
        if (chunked && !client.headOnly()) {
            client.write(OwnChunk.writeLast(client.channel().alloc().directBuffer(8)));
        }
        client.exchangeEnded(false);
    }

    /** The answer will never be complete, and must not look so: the connection ends. */
    public void cut() {
        client.exchangeEnded(true);
    }
}
