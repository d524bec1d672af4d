package io.penstock.protocol;

import java.util.Map;

/**
 * Reads usage as the Responses API writes it: {@code input_tokens} includes what came from the cache and what was written to
 * it, {@code output_tokens} includes reasoning. A stream tells it once, in the event that ends the answer. Stateless; safe
 * from any thread.
 */
public final class ResponsesUsage {
    static final UsageTable TABLE = new UsageTable(
            Map.ofEntries(
                    Map.entry("input_tokens", UsageCounter.PROMPT),
                    Map.entry("output_tokens", UsageCounter.OUTPUT),
                    Map.entry("total_tokens", UsageCounter.TOTAL),
                    Map.entry("cost", ToldCost.USD),
                    Map.entry("cost_in_usd_ticks", ToldCost.TICKS),
                    Map.entry("is_byok", ToldCost.OWN_KEY)),
            Map.of(
                    "input_tokens_details",
                    UsageTable.of(Map.of(
                            "cached_tokens", UsageCounter.CACHE_READ,
                            "cache_write_tokens", UsageCounter.CACHE_WRITE)),
                    "output_tokens_details",
                    UsageTable.of(Map.of("reasoning_tokens", UsageCounter.REASONING)),
                    "cost_details",
                    UsageTable.of(Map.of("upstream_inference_cost", ToldCost.UPSTREAM_USD))));

    private ResponsesUsage() {}

    /**
     * Reads a usage object, {@code json[from, to)}. True if it is one; what is not valid JSON is none and changes nothing.
     */
    public static boolean readUsage(byte[] json, int from, int to, UsageCounter counter) {
        return TABLE.read(json, from, to, counter);
    }
}
