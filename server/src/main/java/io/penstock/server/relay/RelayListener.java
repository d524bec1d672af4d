package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;

/** What a {@link StreamRelay} tells the exchange it works for. All calls on the event loop, from within {@code onBytes}. */
public interface RelayListener {
    /** The first event of an answer came: the head must go out before what {@link #relayed} brings. */
    void answerBegins();

    /** Bytes for the client, framed as it needs them. Ownership moves. Not flushed. */
    void relayed(ByteBuf bytes);

    /**
     * The answer is complete and its end is withheld until {@link StreamRelay#releaseEnd}: a settlement can be made.
     * Called at most once, and nothing is relayed after it.
     */
    void answerComplete();

    /**
     * The provider reported an error inside its stream.
     *
     * @param begun whether {@link #answerBegins} was called; then the error event itself has been relayed
     * @param type the provider's name for it, masked; empty if it has none
     * @param message the provider's words, masked; empty if it has none
     */
    void errorEvent(boolean begun, String type, String message);

    /** The stream cannot be relayed further: its framing is malformed, or an event passes every bound. */
    void relayFailed(String why);

    /** The stream cannot be relayed further: what must be held of it finds no room among all that is held. */
    void noRoom();
}
