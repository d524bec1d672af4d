package io.penstock.server.wire;

/** Where a connection stands. */
enum ConnectionState {
    /** A request is waited for, or its head has yet to come whole. */
    HEAD,
    /** The body comes. */
    BODY,
    /** The request is being answered. */
    EXCHANGE,
    /** An answer waits for its time: what comes is dropped. */
    SLOWED,
    /** Answered, and on the way to be closed: what comes is dropped. */
    LINGER,
    CLOSED;

    /** Whether nobody reads what comes. */
    boolean drops() {
        return this == SLOWED || this == LINGER || this == CLOSED;
    }
}
