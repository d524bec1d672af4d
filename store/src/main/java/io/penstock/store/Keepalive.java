package io.penstock.store;

/** What is sent to a key's clients while a provider is silent. */
public enum Keepalive {
    /** An SSE comment: right for every conforming client. */
    COMMENT,
    /** An empty data event, for clients whose timers do not see comments. */
    DATA;

    /** The word in the database. */
    public String label() {
        return this == COMMENT ? "comment" : "data";
    }

    /** The opposite of {@link #label}; a word of a newer build is a comment. */
    public static Keepalive of(String label) {
        return label.equals("data") ? DATA : COMMENT;
    }
}
