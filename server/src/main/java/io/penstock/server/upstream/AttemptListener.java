package io.penstock.server.upstream;

import io.netty.buffer.ByteBuf;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.http.ResponseHead;

/** What an {@link UpstreamConnection} tells of the attempt it carries. All calls on the event loop of the exchange. */
public interface AttemptListener {
    /** A connection is there: the listener sends its request on it now, or releases it. */
    void connected(UpstreamConnection connection);

    /** No connection could be made. */
    void connectFailed(String why);

    /** The head of the answer; {@code in} holds its bytes during the call only. */
    void head(ResponseHead head, BodyFraming framing, ByteBuf in);

    /** Bytes of the body, framing included; ownership moves. The listener walks {@code framing}. */
    void body(ByteBuf bytes);

    /** The end of one read: what was written to the client should be flushed. */
    void readComplete();

    /** The answer ended by its framing; the connection has left the exchange. */
    void messageEnded();

    /**
     * The connection ended, or broke its protocol, before the answer did; it has left the exchange.
     *
     * @param answered whether any byte of an answer came
     * @param sent whether the request had left in full
     */
    void connectionLost(String why, boolean answered, boolean sent);

    /** The answer could not be handled, or not even be read, by a fault of ours; the connection has left the exchange. */
    void mishap(Throwable bug);
}
