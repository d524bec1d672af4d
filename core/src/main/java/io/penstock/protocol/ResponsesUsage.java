package io.penstock.protocol;

import java.util.Map;

/**
 * Reads usage as the Responses API writes it: {@code input_tokens} includes what came from the cache and what was written to
 * it, {@code output_tokens} includes reasoning. A stream tells it once, in the event that ends the answer. Stateless; safe
 * from any thread.
 */
public final class ResponsesUsage {
    static final UsageTable TABLE = UsageTable.withCost(
            Map.of(
                    "input_tokens", UsageCounter.PROMPT,
                    "output_tokens", UsageCounter.OUTPUT,
                    "total_tokens", UsageCounter.TOTAL),
            Map.of(
                    "input_tokens_details",
                    UsageTable.of(Map.of(
                            "cached_tokens", UsageCounter.CACHE_READ,
                            "cache_write_tokens", UsageCounter.CACHE_WRITE)),
                    "output_tokens_details",
                    UsageTable.of(Map.of("reasoning_tokens", UsageCounter.REASONING))));

    private ResponsesUsage() {}

    /**
     * Reads a usage object, {@code json[from, to)}. True if it is one; what is not valid JSON is none and changes nothing.
     */
    public static boolean readUsage(byte[] json, int from, int to, UsageCounter counter) {
        return TABLE.read(json, from, to, counter);
    }
}
