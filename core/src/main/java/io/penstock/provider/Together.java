package io.penstock.provider;

import io.penstock.protocol.translate.Quirk;

/**
 * Together: {@code max_tokens} alone, not verified; whether it wants its {@code reasoning} back is not known.
 */
final class Together {
    private Together() {}

    static Provider row() {
        return Provider.builder("together", "Together")
                .otherNames("togetherai", "together-ai")
                .environment("TOGETHER_API_KEY")
                .credentials("tgp_v1_")
                .at(Endpoint.openai("https://api.together.xyz/v1"))
                .quirks(Quirk.MAX_TOKENS_ONLY)
                .build();
    }
}
