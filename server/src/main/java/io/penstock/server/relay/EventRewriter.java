package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.AnswerProbe;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ScriptCounter;
import org.jspecify.annotations.Nullable;

/**
 * Writes a provider's events anew in the client's dialect, one at a time, for faces that promise no zero-copy. An event is {@link
 * #read} once; then it is asked what it says, and written, or taken as the last. Belongs to one exchange; event loop only.
 */
public interface EventRewriter {
    /** Reads the event whose data is the JSON in {@code [from, to)} of {@code in}, of which nothing is needed afterwards. */
    void read(ByteBuf in, int from, int to);

    /**
     * What the event read last says; adds what it delivers to {@code text}. Null if that cannot be told from here: a look at it in
     * place must tell.
     */
    @Nullable
    AnswerProbe probe(Protocol protocol, ScriptCounter text);

    /** Writes the event read last, blank line included, or nothing. */
    void write(ByteBuf out);

    /** Reads and writes an event that is large: on any thread, while nothing else is asked of this. */
    void event(ByteBuf in, int from, int to, ByteBuf out);

    /** The event read last ends the answer: it is not written before {@link #end}. */
    default void last() {}

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
