package io.penstock.provider;

import io.penstock.protocol.translate.Quirk;
import io.penstock.provider.LocalTraits.SelfReport;

/**
 * LM Studio, on its usual port; a credential is optional. Tags are for models that the server has no
 * parser for (general knowledge). Whether they want thinking back is a matter of the model's template, and they do without it.
 */
final class LmStudio {
    private LmStudio() {}

    static Provider row() {
        return Provider.builder("lmstudio", "LM Studio")
                .local(new LocalTraits(SelfReport.API_V0_MODELS, "", ""))
                .at(Endpoint.local(1234))
                .at(Endpoint.responses("http://127.0.0.1:1234/v1"))
                .quirks(Quirk.THINK_TAGS)
                .build();
    }
}
