package io.penstock.store.key;

/** What is sent to a key's clients while a provider is silent. */
public enum Keepalive {
    /** An SSE comment: right for every conforming client. */
    COMMENT,
    /** An empty data event, for clients whose timers do not see comments. */
    DATA;

    String label() {
        return this == COMMENT ? "comment" : "data";
    }

    static Keepalive of(String label) {
        return label.equals("data") ? DATA : COMMENT;
    }
}
