package io.penstock.server.attempt;

/** For whom an {@link Attempt} is made: who passes its answer on, and decides what comes behind its end. Event loop only. */
public interface AttemptOwner {
    /** The provider has begun to answer: its status is known, and nothing else. */
    void answering();

    /**
     * The first event of a stream's answer came: from here on there is no other attempt.
     *
     * @param contentType of the stream
     */
    void commit(byte[] contentType);

    /** Where the answer goes. */
    ClientSide client();

    /** The answer is complete but for its end, which waits for the settlement. */
    void complete();

    /** The provider has counted tokens as it was asked. */
    void counted();

    /** The attempt failed. */
    void ended(AttemptEnd end);

    /** How it went with the offer, for whoever counts. May come more than once: a stream that begins may fail yet. */
    void attempted(boolean well);

    /** A translation left something out. Any thread. */
    void dropped(String what);

    /** A fault of ours, or memory that has run out. */
    void mishap(Throwable bug);
}
