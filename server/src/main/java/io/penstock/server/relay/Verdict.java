package io.penstock.server.relay;

/** What is to become of an event. */
enum Verdict {
    PASS,
    /** Says nothing of an answer: a comment, a ping, a blank line. */
    BLANK,
    DROP,
    /** A usage that the client did not ask for must go, or the chunk waits for what follows it. */
    TRIM,
    END,
    ERROR,
    /** An error that is no event: see {@link BareError}. */
    BARE_ERROR;

    /** Whether the client gets such an event, or what is left of it. */
    boolean passes() {
        return this == PASS || this == BLANK || this == TRIM;
    }
}
