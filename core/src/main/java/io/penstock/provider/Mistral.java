package io.penstock.provider;

import io.penstock.catalog.Model;
import io.penstock.protocol.translate.Quirk;

/**
 * Mistral. Ids of nine letters and strict fields (not verified); thinking as parts of the content as its AI SDK provider
 * sends it back (3.0.52).
 */
final class Mistral {
    private Mistral() {}

    static Provider row() {
        return Provider.builder("mistral", "Mistral")
                .otherNames("mistralai")
                .environment("MISTRAL_API_KEY")
                .at(Endpoint.chat("https://api.mistral.ai/v1"))
                .quirks(Quirk.NINE_LETTER_IDS, Quirk.KNOWN_FIELDS_ONLY, Quirk.MAX_TOKENS_ONLY)
                .models(ModelRule.where(Model::reasoning).has(Quirk.THINKING_PARTS_BACK))
                .build();
    }
}
