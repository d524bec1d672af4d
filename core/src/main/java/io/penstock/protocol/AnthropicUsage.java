package io.penstock.protocol;

import java.util.List;
import java.util.Map;

/**
 * Reads usage as Anthropic writes it: {@code input_tokens} excludes what came from the cache and what was written to it,
 * {@code output_tokens} includes thinking. A stream tells the input in {@code message_start} and the output, or all of
 * it again, in {@code message_delta}. Stateless; safe from any thread.
 */
public final class AnthropicUsage {
    static final UsageTable TABLE = new UsageTable(
            Map.of(
                    "input_tokens", UsageCounter.INPUT,
                    "cache_read_input_tokens", UsageCounter.CACHE_READ,
                    "cache_creation_input_tokens", UsageCounter.CACHE_WRITE,
                    "output_tokens", UsageCounter.OUTPUT),
            List.of("cache_creation", "output_tokens_details"),
            new UsageTable(
                    Map.of(
                            "ephemeral_5m_input_tokens", UsageCounter.CACHE_WRITE_5M,
                            "ephemeral_1h_input_tokens", UsageCounter.CACHE_WRITE_1H,
                            "thinking_tokens", UsageCounter.REASONING),
                    List.of(),
                    null));

    private AnthropicUsage() {}

    /**
     * Reads a usage object, {@code json[from, to)}. True if it is one; what is not valid JSON is none and changes nothing.
     */
    public static boolean readUsage(byte[] json, int from, int to, UsageCounter counter) {
        return TABLE.read(json, from, to, counter);
    }
}
