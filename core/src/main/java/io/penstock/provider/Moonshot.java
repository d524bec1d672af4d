package io.penstock.provider;

import io.penstock.protocol.translate.Quirk;

/**
 * Moonshot AI. The toggle and {@code reasoning_content}; that Kimi from K2.5 refuses sampling parameters is what its
 * clients document (AgentScope, November 2026), not read at the vendor's.
 */
final class Moonshot {
    private Moonshot() {}

    /** Kimi models whose sampling is fixed. */
    private static final String FIXED_SAMPLING = "kimi-k(2[.-][5-9]|[3-9]).*";

    static Provider row() {
        return Provider.builder("moonshot", "Moonshot AI")
                .otherNames("moonshotai")
                .environment("MOONSHOT_API_KEY")
                .credentials("sk-")
                .at(
                        Endpoint.chat("https://api.moonshot.ai/v1"),
                        Endpoint.bearerMessages("https://api.moonshot.ai/anthropic"),
                        Endpoint.responses("https://api.moonshot.ai/v1"))
                .quirks(Quirk.REASONING_CONTENT_BACK, Quirk.THINKING_TOGGLE)
                .models(ModelRule.named(FIXED_SAMPLING)
                        .refuses("temperature", "top_p", "presence_penalty", "frequency_penalty"))
                .build();
    }
}
