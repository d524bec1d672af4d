package io.penstock.provider;

import io.penstock.catalog.Model;
import io.penstock.protocol.translate.Quirk;

/**
 * xAI. What Grok 4 refuses: docs.x.ai/docs/guides/reasoning.
 */
final class Xai {
    private Xai() {}

    /** Grok models that think and refuse to be told how much; later ones are told. */
    private static final String NO_EFFORT = "grok-4(-[0-9]{4}|-latest|(-1)?-fast.*)?";

    static Provider row() {
        return Provider.builder("xai", "xAI")
                .otherNames("x-ai")
                .environment("XAI_API_KEY")
                .credentials("xai-")
                .at(Endpoint.chat("https://api.x.ai/v1"), Endpoint.responses("https://api.x.ai/v1"))
                .models(
                        ModelRule.where(Model::reasoning).refuses("stop", "presence_penalty", "frequency_penalty"),
                        ModelRule.named(NO_EFFORT).and(Model::reasoning).has(Quirk.NO_EFFORT))
                .build();
    }
}
