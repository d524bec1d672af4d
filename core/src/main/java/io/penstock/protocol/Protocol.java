package io.penstock.protocol;

/** A wire protocol that a client or a provider speaks. */
public enum Protocol {
    /** OpenAI chat completions: {@code POST …/chat/completions}. */
    OPENAI("openai"),
    /** Anthropic messages: {@code POST …/v1/messages}. */
    ANTHROPIC("anthropic"),
    /** OpenAI responses: {@code POST …/responses}. */
    RESPONSES("responses");

    private final String label;

    Protocol(String label) {
        this.label = label;
    }

    /** The name in configuration, metrics and logs. */
    public String label() {
        return label;
    }
}
