package io.penstock.provider;

import io.penstock.catalog.Model;
import io.penstock.protocol.translate.Quirk;

/**
 * OpenAI. That {@code max_tokens} is refused is the catalog's fact; {@code developer} and the levels of effort as general
 * knowledge has them. Images: its guide "Images and vision", read on 2026-11-21.
 */
final class OpenAi {
    private OpenAi() {}

    private static final long GPT_4O_MINI_IMAGE = 2_833 + 8 * 5_667; // tokens, and for each tile; eight tiles at most
    private static final long MINI_IMAGE = 2_489; // 1,536 patches at most, times 1.62
    private static final long NANO_IMAGE = 3_779; // 1,536 patches at most, times 2.46

    static Provider row() {
        return Provider.builder("openai", "OpenAI")
                .environment("OPENAI_API_KEY")
                .credentials("sk-proj-", "sk-")
                .at(Endpoint.chat("https://api.openai.com/v1"), Endpoint.responses("https://api.openai.com/v1"))
                .quirks(Quirk.DEVELOPER_ROLE)
                .models(ModelRule.where(Model::needsMaxCompletionTokens).has(Quirk.REFUSES_SAMPLING))
                .family(ModelRule.named("gpt-5\\.[1-9].*").has(Quirk.EFFORT_NONE_TO_XHIGH))
                .imageTokens("gpt-4o-mini", GPT_4O_MINI_IMAGE)
                .imageTokens("^(?=.*gpt-).*-nano", NANO_IMAGE)
                .imageTokens("^(?=.*gpt-).*-mini", MINI_IMAGE)
                .build();
    }
}
