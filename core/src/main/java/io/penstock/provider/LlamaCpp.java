package io.penstock.provider;

import io.penstock.protocol.translate.Quirk;
import io.penstock.provider.LocalTraits.SelfReport;

/**
 * llama.cpp, on its usual port; a credential is optional. Tags are for models that the server has no
 * parser for (general knowledge). Whether they want thinking back is a matter of the model's template, and they do without it.
 */
final class LlamaCpp {
    private LlamaCpp() {}

    static Provider row() {
        return Provider.builder("llamacpp", "llama.cpp")
                .local(new LocalTraits(SelfReport.PROPS, "llamacpp", ""))
                .at(Endpoint.local(8080))
                .quirks(Quirk.THINK_TAGS)
                .build();
    }
}
