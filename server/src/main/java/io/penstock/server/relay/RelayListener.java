package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

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

    /** The stream cannot be relayed further: an event, or what must be kept of the answer, is larger than any may be. */
    void tooLarge(String why);

    /** The stream cannot be relayed further, by a fault of ours. */
    void broken(Throwable bug);

    /**
     * Has an event's large work done away from the event loop, while nothing more is read of the provider.
     *
     * @param done told on the event loop, exactly once, with what the work threw or null; also when nobody waits for it any more
     * @return whether it will be done; else it is to be done at once
     */
    default boolean aside(int bytes, Runnable work, Consumer<@Nullable Throwable> done) {
        return false;
    }
}
