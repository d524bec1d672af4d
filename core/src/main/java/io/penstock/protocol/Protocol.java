package io.penstock.protocol;

/** A wire protocol that a client or a provider speaks. */
public enum Protocol {
    /** OpenAI chat completions: {@code POST …/chat/completions}. */
    OPENAI,
    /** Anthropic messages: {@code POST …/v1/messages}. */
    ANTHROPIC;

    /** The name in configuration, metrics and logs. */
    public String label() {
        return this == OPENAI ? "openai" : "anthropic";
    }
}
