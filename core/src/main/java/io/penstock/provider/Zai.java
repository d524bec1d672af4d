package io.penstock.provider;

import io.penstock.protocol.translate.Quirk;

/**
 * Z.ai. The toggle and {@code reasoning_content}: docs.z.ai/guides/capabilities/thinking-mode. {@code max_tokens} alone:
 * not verified. A credential may be a JSON web token.
 */
final class Zai {
    private Zai() {}

    static Provider row() {
        return Provider.builder("zai", "Z.AI")
                .otherNames("z-ai")
                .environment("ZAI_API_KEY")
                .credentials("eyJhbGciOi")
                .at(
                        Endpoint.chat("https://api.z.ai/api/paas/v4"), // no /v1 in it
                        Endpoint.bearerMessages("https://api.z.ai/api/anthropic"))
                .quirks(Quirk.REASONING_CONTENT_BACK, Quirk.THINKING_TOGGLE, Quirk.MAX_TOKENS_ONLY)
                .build();
    }
}
