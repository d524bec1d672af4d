package io.penstock.server.face;

/** What a known path asks for. */
public enum Operation {
    /** {@code POST …/chat/completions} */
    CHAT,
    /** {@code POST …/messages} */
    MESSAGES,
    /** {@code POST …/responses} */
    RESPONSES,
    /** {@code POST …/messages/count_tokens} */
    COUNT_TOKENS,
    MODELS,
    /** One model; its id is the rest of the path. */
    MODEL,
    /** {@code HEAD} on a base URL: 200, no key asked. */
    PROBE,
    LIVE,
    READY,
    METRICS;

    /** Whether it carries a body for a provider. */
    public boolean relays() {
        return this == CHAT || this == MESSAGES || this == RESPONSES || this == COUNT_TOKENS;
    }

    /** Whether a gateway key must be shown. */
    public boolean needsKey() {
        return relays() || this == MODELS || this == MODEL;
    }
}
