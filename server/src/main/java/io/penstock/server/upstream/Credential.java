package io.penstock.server.upstream;

import io.penstock.server.http.Bytes;

/**
 * One credential of a provider with the head lines that every request with it carries, made once. Safe from any thread; the
 * only thing that changes is since when the provider refuses it.
 */
public final class Credential {
    private final int weight;
    private final Refusals refusals;
    private final byte[] headLines; // a secret: never logged, never in an error
    private volatile long refusedUntilNanos;
    private volatile boolean refused;

    /**
     * Made by its target.
     *
     * @param headLines complete header lines, each ended by CRLF
     */
    Credential(int weight, Refusals refusals, String headLines) {
        this.weight = weight;
        this.refusals = refusals;
        this.headLines = Bytes.ascii(headLines);
    }

    public int weight() {
        return weight;
    }

    byte[] headLines() {
        return headLines;
    }

    /** How often it was refused. */
    public Refusals refusals() {
        return refusals;
    }

    /** The provider refused it (401, 402, 403): others are preferred until then, on the clock of {@link System#nanoTime}. */
    public void refused(long untilNanos) {
        refusedUntilNanos = untilNanos;
        refused = true;
    }

    /** The provider took it. */
    public void accepted() {
        if (refused) {
            refused = false;
        }
    }

    boolean usable(long nowNanos) {
        return !refused || refusedUntilNanos - nowNanos <= 0;
    }

    @Override
    public String toString() {
        return "credential";
    }
}
