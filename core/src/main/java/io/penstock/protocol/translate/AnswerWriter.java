package io.penstock.protocol.translate;

import io.penstock.protocol.Usage;

/**
 * Writes an answer as a stream of events in the client's protocol, each with its blank line, while it is told. Belongs to one
 * exchange; not thread-safe.
 */
abstract class AnswerWriter implements AnswerSink {
    JsonOut out = new JsonOut();

    /** What the next events are written to. */
    final void to(JsonOut newOut) {
        out = newOut;
    }

    /** The end of a complete answer: whatever is still open, usage, and the protocol's last word. */
    abstract void end(Usage usage);

    /** How many events were numbered. */
    long events() {
        return 0;
    }

    /** Bytes that are held back, or kept for the end. */
    abstract int heldBytes();
}
