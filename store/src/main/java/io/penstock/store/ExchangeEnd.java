package io.penstock.store;

/**
 * How an exchange that held money ended.
 *
 * @param kind {@link EntryKind#SETTLEMENT} or {@link EntryKind#RELEASE}
 * @param holdNanos what was held, all of which is free again
 * @param amountNanos the cost; 0 for a release
 * @param estimated the cost rests on tokens that we counted
 * @param overHold the cost is above the hold, and is settled in full
 * @param atMillis when it ended, which decides the day that it is counted to
 * @param log its row in the request log, written by the same transaction
 */
public record ExchangeEnd(
        String requestId,
        long keyId,
        EntryKind kind,
        long holdNanos,
        long amountNanos,
        boolean estimated,
        boolean overHold,
        long atMillis,
        RequestLogEntry log) {
    public ExchangeEnd {
        if (kind != EntryKind.SETTLEMENT && kind != EntryKind.RELEASE) {
            throw new IllegalArgumentException("kind: " + kind + " (expected: SETTLEMENT or RELEASE)");
        }
        if (holdNanos < 0 || amountNanos < 0) {
            throw new IllegalArgumentException(
                    "holdNanos: " + holdNanos + ", amountNanos: " + amountNanos + " (expected: >= 0)");
        }
        if (kind == EntryKind.RELEASE && amountNanos != 0) {
            throw new IllegalArgumentException("amountNanos of a release: " + amountNanos + " (expected: 0)");
        }
    }

    /** What is left to say of an exchange whose end could not be written: its hold is free again, nothing is charged. */
    public ExchangeEnd interrupted() {
        return new ExchangeEnd(
                requestId, keyId, EntryKind.RELEASE, holdNanos, 0, false, false, atMillis, log.interrupted());
    }
}
