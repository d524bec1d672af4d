package io.penstock.server.exchange;

/**
 * The bounds of one gateway, as the event loop needs them: bytes, and durations in nanoseconds. {@code CONTRACT 12} gives
 * names and defaults.
 */
public record Limits(
        long bodyBytes,
        long bodiesBytes,
        long responseBytes,
        long headNanos,
        long requestNanos,
        long firstByteNanos,
        long idleNanos,
        long totalNanos,
        long keepaliveNanos,
        int connections) {
    /** A connection without a request is closed after so long. */
    static final long KEEP_ALIVE_NANOS = 60_000_000_000L;

    /** After an early refusal, what the client still sends is read and dropped for so long, so that it sees the answer. */
    static final long LINGER_NANOS = 5_000_000_000L;
}
