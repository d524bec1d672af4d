package io.penstock.provider;

import io.penstock.protocol.translate.Quirk;

/**
 * Fireworks. {@code reasoning_content}: docs.fireworks.ai/guides/reasoning; that it is read in earlier turns:
 * docs.fireworks.ai/fine-tuning/thinking-history.
 */
final class Fireworks {
    private Fireworks() {}

    static Provider row() {
        return Provider.builder("fireworks", "Fireworks")
                .otherNames("fireworks-ai")
                .environment("FIREWORKS_API_KEY")
                .credentials("fw_")
                .at(
                        Endpoint.openai("https://api.fireworks.ai/inference/v1"),
                        Endpoint.bearerMessages("https://api.fireworks.ai/inference"))
                .quirks(Quirk.REASONING_CONTENT_BACK)
                .build();
    }
}
