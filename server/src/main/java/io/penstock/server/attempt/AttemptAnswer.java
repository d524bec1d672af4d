package io.penstock.server.attempt;

import io.netty.buffer.ByteBuf;
import io.penstock.server.relay.StreamRelay;
import io.penstock.store.Outcome;
import org.jspecify.annotations.Nullable;

/** What has come back to an attempt: nothing so far, or a stream, or a plain answer. Event loop only; {@link #close} releases what is held. */
public abstract class AttemptAnswer implements AutoCloseable {
    static final AttemptAnswer NONE = new AttemptAnswer() {};

    AttemptAnswer() {}

    /** Takes bytes of the body, framing included. Ownership moves. */
    void onBytes(ByteBuf bytes) {
        bytes.release();
    }

    /** The body has come to its end. */
    void ended() {}

    /** Of the exchange, if the answer ends here. */
    Outcome outcome() {
        return Outcome.FAILED;
    }

    /** Whether the provider refused to count because of the request. */
    boolean refusedCount() {
        return false;
    }

    /** Whether there is none so far. */
    public final boolean none() {
        return this == NONE;
    }

    /** Whether it is plain, and held. */
    public boolean plain() {
        return false;
    }

    /** A plain answer as the client shall read it. Ownership of the result moves. */
    public ByteBuf told() {
        throw new IllegalStateException("no plain answer");
    }

    /** Null where it is no stream. */
    public @Nullable StreamRelay relay() {
        return null;
    }

    /** Whether an event of an answer came. */
    public boolean begun() {
        return false;
    }

    /** The finish or stop reason that came last; null while none did. */
    public @Nullable String finishReason() {
        return null;
    }

    /** Whether a stream came to its last event, and only what may stand behind it is waited for. */
    public boolean closing() {
        return false;
    }

    /** Waits no longer for what may stand behind the last event. */
    void closed() {}

    /** The end of a complete stream, which was withheld; null where the answer is plain. Ownership moves. */
    public @Nullable ByteBuf streamEnd() {
        return null;
    }

    /** A chunk that waits for what follows it goes to the client. */
    public void letGo() {}

    /** Gives up what is held. Harmless when done twice. */
    @Override
    public void close() {}
}
