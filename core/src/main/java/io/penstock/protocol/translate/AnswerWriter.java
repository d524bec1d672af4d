package io.penstock.protocol.translate;

import io.penstock.protocol.Usage;

/**
 * Writes an answer as a stream of events in the client's protocol, each with its blank line, while it is told. Belongs to one
 * exchange; not thread-safe.
 */
interface AnswerWriter extends AnswerSink {
    /** What the next events are written to. */
    void to(JsonOut out);

    /** The end of a complete answer: whatever is still open, usage, and the protocol's last word. */
    void end(Usage usage);

    /** How many events were numbered. */
    default long events() {
        return 0;
    }

    /** Bytes that are held back, or kept for the end. */
    int heldBytes();
}
