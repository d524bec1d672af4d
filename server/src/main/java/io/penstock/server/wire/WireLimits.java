package io.penstock.server.wire;

/**
 * The bounds of one HTTP server's requests: bytes, and durations in nanoseconds. {@code CONTRACT 12} gives the gateway's names
 * and defaults.
 *
 * @param bodyBytes of one request's body
 * @param headNanos for a head, from its first byte
 * @param requestNanos for a body
 * @param idleNanos for a client that takes nothing of its answer
 * @param connections at once
 */
public record WireLimits(long bodyBytes, long headNanos, long requestNanos, long idleNanos, int connections) {
    /** A connection without a request is closed after so long. */
    static final long KEEP_ALIVE_NANOS = 60_000_000_000L;

    /** After an early refusal, what the client still sends is read and dropped for so long, so that it sees the answer. */
    static final long LINGER_NANOS = 5_000_000_000L;

    /** A large body waits for its room in memory for so long. */
    static final long ROOM_NANOS = 10_000_000_000L;
}
