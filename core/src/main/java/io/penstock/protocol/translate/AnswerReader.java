package io.penstock.protocol.translate;

/** Reads what a provider answers in its protocol. Belongs to one exchange; not thread-safe. */
interface AnswerReader {
    /** One event's data. Event types that are not known say nothing. */
    void event(JsonTape tape, AnswerSink sink);

    /** The stream is over: what was held back is told. */
    void end(AnswerSink sink);

    /** A plain answer, whole. */
    void whole(JsonTape tape, AnswerSink sink);
}
