package io.penstock.provider;

import io.penstock.protocol.translate.Quirk;
import io.penstock.provider.LocalTraits.SelfReport;

/**
 * vLLM, on its usual port; a credential is optional. Tags are for models that the server has no
 * parser for (general knowledge). Whether they want thinking back is a matter of the model's template, and they do without it.
 */
final class Vllm {
    private Vllm() {}

    static Provider row() {
        return Provider.builder("vllm", "vLLM")
                .local(new LocalTraits(SelfReport.MAX_MODEL_LEN, "vllm", ""))
                .at(Endpoint.local(8000))
                .quirks(Quirk.THINK_TAGS)
                .build();
    }
}
