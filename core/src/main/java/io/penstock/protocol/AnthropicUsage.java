package io.penstock.protocol;

import java.util.HashMap;
import java.util.Map;

/**
 * Reads usage as Anthropic writes it: {@code input_tokens} excludes what came from the cache and what was written to it,
 * {@code output_tokens} includes thinking. A stream tells the input in {@code message_start} and the output, or all of
 * it anew, in {@code message_delta}; {@code iterations} tell each run of a model that an answer took. Stateless; safe from any thread.
 */
public final class AnthropicUsage {
    private static final Map<String, UsageTable> DETAILS = Map.of(
            "cache_creation",
            UsageTable.of(Map.of(
                    "ephemeral_5m_input_tokens", UsageCounter.CACHE_WRITE_5M,
                    "ephemeral_1h_input_tokens", UsageCounter.CACHE_WRITE_1H)),
            "output_tokens_details",
            UsageTable.of(Map.of("thinking_tokens", UsageCounter.REASONING)));

    static final UsageTable TABLE = new UsageTable(
            counts(Map.of("cost", ToldCost.USD, "is_byok", ToldCost.OWN_KEY)),
            with(
                    with(
                            DETAILS,
                            "cost_details",
                            UsageTable.of(Map.of("upstream_inference_cost", ToldCost.UPSTREAM_USD))),
                    "iterations",
                    UsageTable.ofRuns(counts(Map.of("model", UsageCounter.MODEL)), DETAILS)));

    private static Map<String, Integer> counts(Map<String, Integer> more) {
        Map<String, Integer> counts = new HashMap<>(more);
        counts.put("input_tokens", UsageCounter.INPUT);
        counts.put("cache_read_input_tokens", UsageCounter.CACHE_READ);
        counts.put("cache_creation_input_tokens", UsageCounter.CACHE_WRITE);
        counts.put("output_tokens", UsageCounter.OUTPUT);
        return counts;
    }

    private static Map<String, UsageTable> with(Map<String, UsageTable> details, String name, UsageTable more) {
        Map<String, UsageTable> all = new HashMap<>(details);
        all.put(name, more);
        return all;
    }

    private AnthropicUsage() {}

    /**
     * Reads a usage object, {@code json[from, to)}. True if it is one; what is not valid JSON is none and changes nothing.
     */
    public static boolean readUsage(byte[] json, int from, int to, UsageCounter counter) {
        return TABLE.read(json, from, to, counter);
    }
}
