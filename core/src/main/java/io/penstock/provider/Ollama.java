package io.penstock.provider;

import io.penstock.protocol.translate.Quirk;
import io.penstock.provider.LocalTraits.SelfReport;

/**
 * Ollama, on its usual port; a credential is optional. Tags are for models that the server has no
 * parser for (general knowledge). Whether they want thinking back is a matter of the model's template, and they do without it.
 */
final class Ollama {
    private Ollama() {}

    static Provider row() {
        return Provider.builder("ollama", "Ollama")
                .local(new LocalTraits(SelfReport.API_SHOW, "", "latest"))
                .at(Endpoint.local(11434))
                .quirks(Quirk.THINK_TAGS)
                .build();
    }
}
