package io.penstock.server.upstream;

import io.penstock.server.http.Bytes;

/**
 * One credential of a provider with the head lines that every request with it carries, made once. Safe from any thread; the
 * only thing that changes is since when the provider refuses it.
 */
public final class Credential {
    private final int place;
    private final int weight;
    private final WarningPace refusals;
    private final byte[] headLines; // a secret: never logged, never in an error
    private final Mark refused = new Mark();

    /**
     * Made by its target.
     *
     * @param place its number among the target's, from 0
     * @param headLines complete header lines, each ended by CRLF
     */
    Credential(int place, int weight, WarningPace refusals, String headLines) {
        this.place = place;
        this.weight = weight;
        this.refusals = refusals;
        this.headLines = Bytes.ascii(headLines);
    }

    int place() {
        return place;
    }

    public int weight() {
        return weight;
    }

    byte[] headLines() {
        return headLines;
    }

    /** How often it was refused. */
    public WarningPace refusals() {
        return refusals;
    }

    /** The provider refused it for all it has: others are preferred until then, on the clock of {@link System#nanoTime}. */
    public void refused(long untilNanos) {
        refused.until(untilNanos);
    }

    /** The provider took it. */
    public void accepted() {
        refused.clear();
    }

    /** Whether the provider has not refused it lately. */
    boolean usable() {
        return !refused.holds();
    }

    @Override
    public String toString() {
        return "credential";
    }
}
