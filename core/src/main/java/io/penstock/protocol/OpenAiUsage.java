package io.penstock.protocol;

import java.util.Map;

/**
 * Reads usage as OpenAI writes it, and as those who follow OpenAI do: {@code prompt_tokens} includes what came from the
 * cache and what was written to it, {@code completion_tokens} includes reasoning. Cached tokens are also looked for
 * where DeepSeek ({@code prompt_cache_hit_tokens}), Moonshot ({@code cached_tokens}) and Mistral ({@code num_cached_tokens})
 * put them. Stateless; safe from
 * any thread.
 */
public final class OpenAiUsage {
    static final UsageTable TABLE = UsageTable.withCost(
            Map.ofEntries(
                    Map.entry("prompt_tokens", UsageCounter.PROMPT),
                    Map.entry("completion_tokens", UsageCounter.OUTPUT),
                    Map.entry("total_tokens", UsageCounter.TOTAL),
                    Map.entry("prompt_cache_hit_tokens", UsageCounter.CACHE_READ),
                    Map.entry("cached_tokens", UsageCounter.CACHE_READ),
                    Map.entry("num_cached_tokens", UsageCounter.CACHE_READ),
                    Map.entry("prompt_cache_miss_tokens", UsageCounter.CACHE_MISS),
                    Map.entry("reasoning_tokens", UsageCounter.REASONING)),
            Map.of(
                    "prompt_tokens_details",
                    UsageTable.of(Map.of(
                            "cached_tokens", UsageCounter.CACHE_READ,
                            "cache_write_tokens", UsageCounter.CACHE_WRITE,
                            "audio_tokens", UsageCounter.AUDIO)),
                    "completion_tokens_details",
                    UsageTable.of(Map.of("reasoning_tokens", UsageCounter.REASONING))));

    private OpenAiUsage() {}

    /**
     * Reads a usage object, {@code json[from, to)}. True if it is one; what is not valid JSON is none and changes nothing.
     */
    public static boolean readUsage(byte[] json, int from, int to, UsageCounter counter) {
        return TABLE.read(json, from, to, counter);
    }
}
