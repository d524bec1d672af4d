package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Writes a provider's events anew in the client's dialect, one at a time, for faces that promise no zero-copy. Belongs to
 * one exchange; event loop only.
 */
public interface EventRewriter {
    /** Writes the event whose data is the JSON in {@code [from, to)} of {@code in} to {@code out}, blank line included, or nothing. */
    void event(ByteBuf in, int from, int to, ByteBuf out);

    /** As {@link #event}, for what is large: on any thread, while nothing else is asked of this. */
    default void largeEvent(ByteBuf in, int from, int to, ByteBuf out) {
        event(in, from, to, out);
    }

    /**
     * Takes the data of the event that ends the answer, {@code [from, to)} of {@code in}: it is not written before
     * {@link #end}.
     */
    default void last(ByteBuf in, int from, int to) {}

    /** Writes what says nothing of an answer (a comment, a ping, a blank line): {@code [from, to)} of {@code in} with its line ends. */
    default void blank(ByteBuf in, int from, int to, ByteBuf out) {
        out.writeBytes(in, from, to - from);
    }

    /** Whether an event that is not JSON ends the answer; else such an event is this rewriter's to drop. */
    default boolean wantsJson() {
        return false;
    }

    /** Why nothing can be written any more; null while it can. */
    default @Nullable String problem() {
        return null;
    }

    /** The fault of ours by which nothing can be written any more; null while there is none. */
    default @Nullable Throwable fault() {
        return null;
    }

    /** Bytes that are kept from event to event, beyond a few. */
    default int heldBytes() {
        return 0;
    }

    /** Writes what stands at the end of a complete answer (usage with its cost, terminator). */
    void end(ByteBuf out);
}
