package io.penstock.provider;

import io.penstock.protocol.Protocol;

/** What can be asked of an endpoint. The paths under the base URL are those of the protocols, the same everywhere. */
public enum Operation {
    /** A chat completion, a message or a response. */
    GENERATE("/chat/completions", "/v1/messages", "/responses"),
    /** Count the input's tokens, without an answer. Only Anthropic's protocol has such a thing. */
    COUNT_TOKENS("", "/v1/messages/count_tokens", ""),
    /** Vectors for texts. Only OpenAI's protocol has such a thing. */
    EMBEDDINGS("/embeddings", "", ""),
    /** OpenAI's older completion of a prompt, which few still serve. */
    COMPLETIONS("/completions", "", ""),
    /** List the models. */
    MODELS("/models", "/v1/models", "/models");

    private final String openai;
    private final String anthropic;
    private final String responses;

    Operation(String openai, String anthropic, String responses) {
        this.openai = openai;
        this.anthropic = anthropic;
        this.responses = responses;
    }

    /** Whether a server that answers so does not know the path at all, or the model in it. */
    public static boolean unknownBy(int status) {
        return status == 404 || status == 405 || status == 501;
    }

    /**
     * The path under a base URL of that protocol. OpenAI's base URLs hold their version ({@code …/v1}, or {@code …/v4} at
     * Z.ai), Anthropic's do not.
     *
     * @throws IllegalArgumentException if the protocol has no such operation
     */
    public String path(Protocol protocol) {
        String path = switch (protocol) {
            case OPENAI -> openai;
            case ANTHROPIC -> anthropic;
            case RESPONSES -> responses;
        };
        if (path.isEmpty()) {
            throw new IllegalArgumentException(this + " in " + protocol.label() + " (expected: a path there)");
        }
        return path;
    }
}
