package io.penstock.server.attempt;

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
        int connections) {}
