package io.penstock.provider;

import io.penstock.protocol.translate.Quirk;

/**
 * MiniMax. {@code <think>} in the content; that it must come back there:
 * platform.minimax.io/docs/api-reference/text-openai-api (of M2.1). A credential may be a JSON web token.
 */
final class MiniMax {
    private MiniMax() {}

    static Provider row() {
        return Provider.builder("minimax", "MiniMax")
                .environment("MINIMAX_API_KEY")
                .credentials("eyJhbGciOi")
                .at(
                        Endpoint.chat("https://api.minimax.io/v1"),
                        Endpoint.bearerMessages("https://api.minimax.io/anthropic"),
                        Endpoint.responses("https://api.minimax.io/v1"))
                .quirks(Quirk.THINK_TAGS, Quirk.THINK_TAGS_BACK)
                .build();
    }
}
