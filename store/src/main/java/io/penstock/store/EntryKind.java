package io.penstock.store;

/**
 * What a line of the ledger says. A hold and a release move nothing by themselves: {@code balance} is the sum of the
 * settlements (and, later, top-ups), {@code available} is the balance without the open holds.
 */
public enum EntryKind {
    /** Money set aside. */
    HOLD(1),
    /** The cost of an exchange, from the organisation to usage; the rest of its hold is free again. */
    SETTLEMENT(2),
    /** A hold given back whole. */
    RELEASE(3);

    private final int code;

    EntryKind(int code) {
        this.code = code;
    }

    /** The number in the database; never reused. */
    public int code() {
        return code;
    }

    public static EntryKind of(int code) {
        for (EntryKind kind : values()) {
            if (kind.code == code) {
                return kind;
            }
        }
        throw new IllegalArgumentException("kind: " + code + " (expected: 1 to " + values().length + ")");
    }
}
