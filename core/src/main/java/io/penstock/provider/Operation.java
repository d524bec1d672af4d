package io.penstock.provider;

import io.penstock.protocol.Protocol;

/** What can be asked of an endpoint. The paths under the base URL are those of the protocols, the same everywhere. */
public enum Operation {
    /** A chat completion, or a message. */
    GENERATE("/chat/completions", "/v1/messages"),
    /** Count the input's tokens, without an answer. OpenAI's protocol has no such thing. */
    COUNT_TOKENS("", "/v1/messages/count_tokens"),
    /** List the models. */
    MODELS("/models", "/v1/models");

    private final String openai;
    private final String anthropic;

    Operation(String openai, String anthropic) {
        this.openai = openai;
        this.anthropic = anthropic;
    }

    /**
     * The path under a base URL of that protocol. OpenAI's base URLs hold their version ({@code …/v1}, or {@code …/v4} at
     * Z.ai), Anthropic's do not.
     *
     * @throws IllegalArgumentException if the protocol has no such operation
     */
    public String path(Protocol protocol) {
        String path = protocol == Protocol.OPENAI ? openai : anthropic;
        if (path.isEmpty()) {
            throw new IllegalArgumentException(this + " in " + protocol.label() + " (expected: a path there)");
        }
        return path;
    }
}
