package io.penstock.store;

/**
 * How an exchange that held money ended.
 *
 * @param kind {@link EntryKind#SETTLEMENT} or {@link EntryKind#RELEASE}
 * @param holdNanos what was held, all of which is free again
 * @param atMillis when it ended, which decides the day that it is counted to
 * @param log its row in the request log, written by the same transaction: it tells whose exchange it was and what it cost
 */
public record ExchangeEnd(EntryKind kind, long holdNanos, long atMillis, RequestLogEntry log) {
    public ExchangeEnd {
        if (kind != EntryKind.SETTLEMENT && kind != EntryKind.RELEASE) {
            throw new IllegalArgumentException("kind: " + kind + " (expected: SETTLEMENT or RELEASE)");
        }
        long amountNanos = log.costNanos();
        if (holdNanos < 0 || amountNanos < 0) {
            throw new IllegalArgumentException(
                    "holdNanos: " + holdNanos + ", amountNanos: " + amountNanos + " (expected: >= 0)");
        }
        if (kind == EntryKind.RELEASE && amountNanos != 0) {
            throw new IllegalArgumentException("amountNanos of a release: " + amountNanos + " (expected: 0)");
        }
    }

    public String requestId() {
        return log.requestId();
    }

    /** The key that pays. */
    public long keyId() {
        return log.keyId();
    }

    /** The cost; 0 for a release. */
    public long amountNanos() {
        return log.costNanos();
    }

    /** Whether the cost rests on tokens that we counted. */
    public boolean estimated() {
        return kind == EntryKind.SETTLEMENT && log.usage().estimated();
    }

    /** Whether the cost is above the hold: it is settled in full. */
    public boolean overHold() {
        return amountNanos() > holdNanos;
    }

    /** What is left to say of an exchange whose end could not be written: its hold is free again, nothing is charged. */
    public ExchangeEnd interrupted() {
        return new ExchangeEnd(EntryKind.RELEASE, holdNanos, atMillis, log.interrupted());
    }
}
