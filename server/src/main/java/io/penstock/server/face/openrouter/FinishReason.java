package io.penstock.server.face.openrouter;

import java.util.Locale;

/** OpenRouter's five words for why an answer ended. Static; safe from any thread. */
final class FinishReason {
    static final String STOP = "stop";
    static final String TOOL_CALLS = "tool_calls";

    private FinishReason() {}

    /** What a provider's word means; {@code stop} for one that is not known, since the answer did end. */
    static String of(String providers) {
        return switch (providers.toLowerCase(Locale.ROOT)) {
            case "tool_calls", "tool_call", "function_call", "tool_use" -> TOOL_CALLS;
            case "length", "max_tokens", "model_length", "max_output_tokens", "model_context_window_exceeded" ->
                "length";
            case "content_filter",
                    "content_filtered",
                    "refusal",
                    "safety",
                    "sensitive",
                    "recitation",
                    "blocklist",
                    "prohibited_content",
                    "spii",
                    "image_safety",
                    "guardrail_intervened" -> "content_filter";
            case "error", "engine_error", "network_error", "insufficient_system_resource", "malformed_function_call" ->
                "error";
            default -> STOP;
        };
    }
}
