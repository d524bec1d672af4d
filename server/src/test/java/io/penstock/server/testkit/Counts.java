package io.penstock.server.testkit;

import io.penstock.protocol.Usage;

/** Token counts as every protocol can tell them: {@code input} is all of it, {@code read} and {@code written} are parts of it. */
public record Counts(long input, long read, long written, long output, long reasoning) {
    public static Counts of(Usage usage) {
        return new Counts(
                usage.totalInput(),
                usage.cacheRead(),
                usage.cacheWrite() + usage.cacheWrite1h(),
                usage.output(),
                usage.reasoning());
    }
}
