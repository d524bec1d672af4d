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
    /** {@code POST …/embeddings} */
    EMBEDDINGS,
    /** {@code POST …/completions}, OpenAI's older way to ask. */
    COMPLETIONS,
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
        return switch (this) {
            case CHAT, MESSAGES, RESPONSES, COUNT_TOKENS, EMBEDDINGS, COMPLETIONS -> true;
            default -> false;
        };
    }

    /** Whether it can be answered in a stream. */
    public boolean streams() {
        return relays() && this != COUNT_TOKENS && this != EMBEDDINGS;
    }

    /** Whether a gateway key must be shown. */
    public boolean needsKey() {
        return relays() || this == MODELS || this == MODEL;
    }
}
