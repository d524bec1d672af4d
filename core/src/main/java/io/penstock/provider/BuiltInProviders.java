package io.penstock.provider;

import java.util.List;

/**
 * The providers that ship with the jar: a class of facts for each, and its line here (PROVIDERS section 1 of July 2026,
 * unless a class names another source; what nobody read at the vendor's says so).
 *
 * <p>Six of them are documented to speak OpenAI's Responses API; of Groq, Fireworks, Ollama, vLLM and llama.cpp it is only
 * said, so that it is the owner's to configure ({@code providers.<id>.responses}).
 *
 * <p>Twelve of them speak Anthropic's protocol themselves, so that its clients reach them byte for byte. That their
 * Anthropic endpoints take a Bearer credential is documented for Fireworks, OpenRouter and the local servers; for
 * Moonshot, Z.ai and MiniMax it follows from their set-up guides for Claude Code and is not verified by a call.
 */
public final class BuiltInProviders implements ProviderSource {
    private static final List<Provider> ALL = List.of(
            OpenAi.row(),
            Anthropic.row(),
            OpenRouter.row(),
            DeepSeek.row(),
            Gemini.row(),
            Xai.row(),
            Moonshot.row(),
            Zai.row(),
            MiniMax.row(),
            Mistral.row(),
            Groq.row(),
            Together.row(),
            Fireworks.row(),
            Ollama.row(),
            LmStudio.row(),
            LlamaCpp.row(),
            Vllm.row());

    /** For {@code ServiceLoader}. */
    public BuiltInProviders() {}

    @Override
    public List<Provider> providers() {
        return ALL;
    }

    static List<Provider> all() {
        return ALL;
    }

    /** What is known of the provider of that id. */
    static ProviderTraits traits(String id) {
        for (Provider provider : ALL) {
            if (provider.id().equals(id)) {
                return provider.traits();
            }
        }
        return ProviderTraits.UNKNOWN;
    }
}
