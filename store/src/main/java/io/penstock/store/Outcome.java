package io.penstock.store;

/** How an exchange ended, as a person would say it. */
public enum Outcome {
    /** The whole answer was sent. */
    COMPLETED(1),
    /** Refused before any attempt: key, model, limit, money. */
    REFUSED(2),
    /** No provider answered. */
    FAILED(3),
    /** The provider's answer broke off. */
    CUT(4),
    /** The client left before the end. */
    LEFT(5),
    /** The process or the store died: nothing was charged. */
    INTERRUPTED(6);

    private final int code;

    Outcome(int code) {
        this.code = code;
    }

    /** The number in the database; never reused. */
    public int code() {
        return code;
    }

    public static Outcome of(int code) {
        for (Outcome outcome : values()) {
            if (outcome.code == code) {
                return outcome;
            }
        }
        throw new IllegalArgumentException("outcome: " + code + " (expected: 1 to " + values().length + ")");
    }
}
