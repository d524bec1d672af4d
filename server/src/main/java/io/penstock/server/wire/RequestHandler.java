package io.penstock.server.wire;

import io.netty.buffer.ByteBuf;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.TooBusy;
import io.penstock.protocol.BodyScanner;
import io.penstock.server.http.RequestHead;
import org.jspecify.annotations.Nullable;

/**
 * Answers the requests of one {@link HttpConnection}, one after the other: each is {@link #accept accepted} by its head and
 * {@link #answer answered} once it is whole, or {@link #refuse refused}. Whoever answers or refuses says so by
 * {@link HttpConnection#exchangeEnded}, at once or later. Event loop only.
 *
 * <p>One that stands in front of another extends {@link RequestFilter}.
 */
public interface RequestHandler {
    /** Makes the handler of a connection. */
    interface Factory {
        RequestHandler over(HttpConnection client);
    }

    /** What a client is told of a fault of ours, or of memory that has run out. */
    static GatewayError ownFault(Throwable bug) {
        return bug instanceof OutOfMemoryError ? new TooBusy("memory has run out") : new GatewayError.Internal();
    }

    /** The head of a request has come. */
    Acceptance accept(RequestHead head, ByteBuf in);

    /** Why no request that is accepted can be served just now, asked when all else about its head is right; null if it can. */
    default @Nullable GatewayError unavailable() {
        return null;
    }

    /**
     * The request is whole.
     *
     * @param body if it is kept; ownership moves
     * @param scanner what was found in the body, if that is looked through; to be given back to the loop
     */
    void answer(@Nullable RequestBody body, @Nullable BodyScanner scanner);

    /**
     * Answers a request with an error, be it the handler's own or the connection's, in the words of this handler. Where it throws
     * for want of memory nothing has been done, and it is asked again.
     */
    void refuse(GatewayError error);

    /** The client left in the middle of its request. */
    default void abandoned() {}

    /** The tick, while a request is being answered. */
    default void tick(long nowNanos) {}

    /** The client may be written to again, or had better not be, while a request is being answered. */
    default void writable(boolean writable) {}

    /** The client left while a request was being answered. What is written now goes nowhere. */
    void clientLeft();

    /** The drain time is over while a request is being answered: it ends now. False: with its connection. */
    default boolean abort() {
        return false;
    }

    /**
     * Sends a client that may have left, while its request is being answered, what changes nothing for one that listens; false
     * where there is no such thing. True also where nothing need be sent: the answer is a matter of moments.
     */
    default boolean probe() {
        return true;
    }

    /** A fault of ours, or memory that has run out, while a request is being answered: it still ends. False: with its connection. */
    default boolean mishap(Throwable bug) {
        return false;
    }
}
