package io.penstock.protocol;

import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads usage as OpenAI writes it, and as those who follow OpenAI do: {@code prompt_tokens} includes what came from the
 * cache and what was written to it, {@code completion_tokens} includes reasoning. Cached tokens are also looked for
 * where DeepSeek ({@code prompt_cache_hit_tokens}) and Moonshot ({@code cached_tokens}) put them, all of it under
 * {@code x_groq} too. Stateless; safe from any thread.
 */
public final class OpenAiUsage {
    private static final PlainUsage PLAIN = new PlainUsage(
            Map.of(
                    "prompt_tokens", UsageCounter.PROMPT,
                    "completion_tokens", UsageCounter.OUTPUT,
                    "total_tokens", UsageCounter.TOTAL,
                    "prompt_cache_hit_tokens", UsageCounter.CACHE_READ,
                    "cached_tokens", UsageCounter.CACHE_READ,
                    "prompt_cache_miss_tokens", UsageCounter.CACHE_MISS),
            List.of("prompt_tokens_details", "completion_tokens_details"),
            new PlainUsage(
                    Map.of(
                            "cached_tokens", UsageCounter.CACHE_READ,
                            "cache_write_tokens", UsageCounter.CACHE_WRITE,
                            "reasoning_tokens", UsageCounter.REASONING),
                    List.of(),
                    null));

    private OpenAiUsage() {}

    /**
     * Reads a chunk or a whole answer, {@code json[from, to)}. True if it has a usage object; what is not valid JSON
     * has none and changes nothing.
     */
    public static boolean read(byte[] json, int from, int to, UsageCounter counter) {
        return StrictJson.usage(json, from, to, counter, OpenAiUsage::members);
    }

    /** Reads a usage object itself, otherwise like {@link #read}. */
    public static boolean readUsage(byte[] json, int from, int to, UsageCounter counter) {
        return PLAIN.read(json, from, to, counter) || StrictJson.usage(json, from, to, counter, OpenAiUsage::usage);
    }

    private static boolean members(JsonParser parser, UsageCounter counter) {
        boolean found = false;
        if (StrictJson.entersObject(parser)) {
            while (StrictJson.nextMember(parser)) {
                found |= member(parser, counter);
            }
        }
        return found;
    }

    /** A member of a chunk or an answer; true if it was a usage, or held one. */
    static boolean member(JsonParser parser, UsageCounter counter) {
        if (parser.currentName().equals("usage")) {
            return usage(parser, counter);
        }
        if (!parser.currentName().equals("x_groq")) {
            parser.skipChildren();
            return false;
        }
        boolean found = false;
        if (StrictJson.entersObject(parser)) {
            while (StrictJson.nextMember(parser)) {
                if (parser.currentName().equals("usage")) {
                    found |= usage(parser, counter);
                } else {
                    parser.skipChildren();
                }
            }
        }
        return found;
    }

    /** A usage object, by Jackson alone. */
    static boolean usage(JsonParser parser, UsageCounter counter) {
        if (parser.currentToken() != JsonToken.START_OBJECT) { // null in every chunk but the last
            parser.skipChildren();
            return false;
        }
        while (StrictJson.nextMember(parser)) {
            switch (parser.currentName()) {
                case "prompt_tokens" -> StrictJson.tell(parser, counter, UsageCounter.PROMPT);
                case "completion_tokens" -> StrictJson.tell(parser, counter, UsageCounter.OUTPUT);
                case "total_tokens" -> StrictJson.tell(parser, counter, UsageCounter.TOTAL);
                case "prompt_cache_hit_tokens", "cached_tokens" ->
                    StrictJson.tell(parser, counter, UsageCounter.CACHE_READ);
                case "prompt_cache_miss_tokens" -> StrictJson.tell(parser, counter, UsageCounter.CACHE_MISS);
                case "prompt_tokens_details", "completion_tokens_details" -> details(parser, counter);
                default -> parser.skipChildren();
            }
        }
        return true;
    }

    private static void details(JsonParser parser, UsageCounter counter) {
        if (!StrictJson.entersObject(parser)) {
            return;
        }
        while (StrictJson.nextMember(parser)) {
            switch (parser.currentName()) {
                case "cached_tokens" -> StrictJson.tell(parser, counter, UsageCounter.CACHE_READ);
                case "cache_write_tokens" -> StrictJson.tell(parser, counter, UsageCounter.CACHE_WRITE);
                case "reasoning_tokens" -> StrictJson.tell(parser, counter, UsageCounter.REASONING);
                default -> parser.skipChildren();
            }
        }
    }
}
