package io.penstock.plan;

import io.penstock.protocol.ChatRequest;
import io.penstock.protocol.tokens.MediaTokens;

/** A plain estimate of a request's input tokens, for when a provider does not report them. Static; safe from any thread. */
public final class InputGuess {
    /** What one image costs at most at the providers of the catalog (Anthropic and OpenAI document about 1,600). */
    public static final long TOKENS_PER_IMAGE_MAX = MediaTokens.IMAGE_TOKENS_MAX;

    private static final int BYTES_PER_TOKEN = 4; // English prose and JSON; see TokenEstimate
    private static final int TOKENS_PER_MESSAGE = 4; // role and borders
    private static final int TOKENS_PER_TOOL = 120; // name, description and schema, median of the agents' captures

    private InputGuess() {}

    /** Tokens of the whole request. */
    public static long tokens(ChatRequest request) {
        return request.textBytes() / BYTES_PER_TOKEN
                + (long) Math.max(1, request.messageCount()) * TOKENS_PER_MESSAGE // Responses takes a text for one
                + (long) request.toolCount() * TOKENS_PER_TOOL
                + (request.hasImages() || request.hasFiles() ? TOKENS_PER_IMAGE_MAX : 0);
    }
}
