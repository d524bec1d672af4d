package io.penstock.provider;

import io.penstock.protocol.Protocol;
import io.penstock.protocol.translate.Quirk;

/**
 * DeepSeek. The toggle, {@code reasoning_effort}, {@code reasoning_content} back after calls; the words of the effort
 * from api-docs.deepseek.com/guides/thinking_mode. {@code max_tokens} alone: not verified.
 */
final class DeepSeek {
    private DeepSeek() {}

    static Provider row() {
        return Provider.builder("deepseek", "DeepSeek")
                .environment("DEEPSEEK_API_KEY")
                .credentials("sk-")
                .at(
                        Endpoint.chat("https://api.deepseek.com"),
                        Endpoint.of(Protocol.ANTHROPIC, "https://api.deepseek.com/anthropic"))
                .quirks(
                        Quirk.REASONING_CONTENT_BACK,
                        Quirk.THINKING_TOGGLE,
                        Quirk.EFFORT_BESIDE_TOGGLE,
                        Quirk.MAX_TOKENS_ONLY)
                .build();
    }
}
