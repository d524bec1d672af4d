package io.penstock.provider;

import static io.penstock.protocol.Protocol.ANTHROPIC;
import static io.penstock.protocol.Protocol.OPENAI;
import static io.penstock.protocol.Protocol.RESPONSES;

import io.penstock.protocol.Protocol;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The providers that ship with the jar, as one table of facts (vendors' documentation and models.dev, July 2026).
 *
 * <p>Six of them are documented to speak OpenAI's Responses API; of Groq, Fireworks, Ollama, vLLM and llama.cpp it is only
 * said, so that it is the owner's to configure ({@code providers.<id>.responses}).
 *
 * <p>Twelve of them speak Anthropic's protocol themselves, so that its clients reach them byte for byte. That their
 * Anthropic endpoints take a Bearer credential is documented for Fireworks, OpenRouter and the local servers; for
 * Moonshot, Z.ai and MiniMax it follows from their set-up guides for Claude Code and is not verified by a call.
 */
public final class BuiltInProviders implements ProviderSource {
    /** App attribution, which OpenRouter takes. */
    private static final Set<String> APP_HEADERS =
            Set.of("http-referer", "x-title", "x-openrouter-title", "x-openrouter-categories");

    private static final List<Provider> ALL = table();

    /** For {@code ServiceLoader}. */
    public BuiltInProviders() {}

    @Override
    public List<Provider> providers() {
        return ALL;
    }

    private static List<Provider> table() {
        List<Provider> all = new ArrayList<>();
        all.add(hosted(
                "openai",
                "OpenAI",
                "OPENAI_API_KEY",
                chat("https://api.openai.com/v1"),
                responses("https://api.openai.com/v1")));
        all.add(hosted(
                "anthropic",
                "Anthropic",
                "ANTHROPIC_API_KEY",
                Endpoint.of(ANTHROPIC, "https://api.anthropic.com").countingTokens()));
        all.add(hosted(
                "openrouter",
                "OpenRouter",
                "OPENROUTER_API_KEY",
                openai("https://openrouter.ai/api/v1").passing(APP_HEADERS),
                openRouterMessages(),
                responses("https://openrouter.ai/api/v1").passing(APP_HEADERS)));
        all.add(hosted(
                "deepseek",
                "DeepSeek",
                "DEEPSEEK_API_KEY",
                chat("https://api.deepseek.com"),
                Endpoint.of(ANTHROPIC, "https://api.deepseek.com/anthropic")));
        all.add(hosted(
                "gemini",
                "Google Gemini",
                "GEMINI_API_KEY",
                List.of("google", "google-ai-studio"),
                chat("https://generativelanguage.googleapis.com/v1beta/openai")));
        all.add(hosted(
                "xai",
                "xAI",
                "XAI_API_KEY",
                List.of("x-ai"),
                chat("https://api.x.ai/v1"),
                responses("https://api.x.ai/v1")));
        all.add(hosted(
                "moonshot",
                "Moonshot AI",
                "MOONSHOT_API_KEY",
                List.of("moonshotai"),
                chat("https://api.moonshot.ai/v1"),
                bearerMessages("https://api.moonshot.ai/anthropic"),
                responses("https://api.moonshot.ai/v1")));
        all.add(hosted(
                "zai",
                "Z.AI",
                "ZAI_API_KEY",
                List.of("z-ai"),
                chat("https://api.z.ai/api/paas/v4"), // no /v1 in it
                bearerMessages("https://api.z.ai/api/anthropic")));
        all.add(hosted(
                "minimax",
                "MiniMax",
                "MINIMAX_API_KEY",
                chat("https://api.minimax.io/v1"),
                bearerMessages("https://api.minimax.io/anthropic"),
                responses("https://api.minimax.io/v1")));
        all.add(hosted(
                "mistral", "Mistral", "MISTRAL_API_KEY", List.of("mistralai"), chat("https://api.mistral.ai/v1")));
        all.add(hosted("groq", "Groq", "GROQ_API_KEY", chat("https://api.groq.com/openai/v1")));
        all.add(hosted(
                "together",
                "Together",
                "TOGETHER_API_KEY",
                List.of("togetherai", "together-ai"),
                openai("https://api.together.xyz/v1")));
        all.add(hosted(
                "fireworks",
                "Fireworks",
                "FIREWORKS_API_KEY",
                List.of("fireworks-ai"),
                openai("https://api.fireworks.ai/inference/v1"),
                bearerMessages("https://api.fireworks.ai/inference")));
        all.add(local("ollama", "Ollama", 11434));
        all.add(local("lmstudio", "LM Studio", 1234).with(responses("http://127.0.0.1:1234/v1")));
        all.add(local("llamacpp", "llama.cpp", 8080));
        all.add(local("vllm", "vLLM", 8000));
        return List.copyOf(all);
    }

    /** As {@link #openai}, of a vendor that does not serve the older completions, or not with these models. */
    private static Endpoint chat(String baseUrl) {
        return openai(baseUrl).withoutCompletions();
    }

    private static Endpoint openai(String baseUrl) {
        return Endpoint.of(OPENAI, baseUrl);
    }

    private static Endpoint responses(String baseUrl) {
        return Endpoint.of(RESPONSES, baseUrl);
    }

    private static Endpoint bearerMessages(String baseUrl) {
        return Endpoint.of(ANTHROPIC, baseUrl).with(Auth.BEARER);
    }

    private static Endpoint openRouterMessages() {
        Endpoint messages = bearerMessages("https://openrouter.ai/api");
        List<String> names = new ArrayList<>(messages.clientHeaders());
        names.addAll(APP_HEADERS);
        return messages.passing(Set.copyOf(names));
    }

    private static Provider hosted(String id, String name, String variable, Endpoint... endpoints) {
        return hosted(id, name, variable, List.of(), endpoints);
    }

    private static Provider hosted(
            String id, String name, String variable, List<String> otherNames, Endpoint... endpoints) {
        return new Provider(id, name, otherNames, List.of(variable), byProtocol(endpoints), false);
    }

    /** The local servers speak chat and messages on their usual port; a credential is optional, as a Bearer. */
    private static Provider local(String id, String name, int port) {
        String base = "http://127.0.0.1:" + port;
        return new Provider(
                id, name, List.of(), List.of(), byProtocol(openai(base + "/v1"), bearerMessages(base)), true);
    }

    private static Map<Protocol, Endpoint> byProtocol(Endpoint... endpoints) {
        Map<Protocol, Endpoint> map = new EnumMap<>(Protocol.class);
        for (Endpoint endpoint : endpoints) {
            map.put(endpoint.protocol(), endpoint);
        }
        return Map.copyOf(map);
    }
}
