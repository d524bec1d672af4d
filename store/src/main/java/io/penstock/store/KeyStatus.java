package io.penstock.store;

/** Whether a key opens anything. Expiry is not a status: it comes by the clock. */
public enum KeyStatus {
    ACTIVE("active"),
    /** Switched off, can be switched on again. */
    DISABLED("disabled"),
    /** Switched off for good. */
    REVOKED("revoked"),
    /** Declared by an earlier configuration, not by this one. In memory only: found out anew at every start. */
    UNDECLARED("undeclared");

    private final String label;

    KeyStatus(String label) {
        this.label = label;
    }

    /** The word in the database, in lists and in answers. */
    public String label() {
        return label;
    }

    /** The opposite of {@link #label}. */
    public static KeyStatus of(String label) {
        for (KeyStatus status : values()) {
            if (status.label.equals(label)) {
                return status;
            }
        }
        return DISABLED; // a word of a newer build: rather closed than open
    }
}
