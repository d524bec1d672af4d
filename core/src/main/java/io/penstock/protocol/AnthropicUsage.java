package io.penstock.protocol;

import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads usage as Anthropic writes it: {@code input_tokens} excludes what came from the cache and what was written to it,
 * {@code output_tokens} includes thinking. A stream tells the input in {@code message_start} and the output, or all of
 * it again, in {@code message_delta}. Stateless; safe from any thread.
 */
public final class AnthropicUsage {
    private static final PlainUsage PLAIN = new PlainUsage(
            Map.of(
                    "input_tokens", UsageCounter.INPUT,
                    "cache_read_input_tokens", UsageCounter.CACHE_READ,
                    "cache_creation_input_tokens", UsageCounter.CACHE_WRITE,
                    "output_tokens", UsageCounter.OUTPUT),
            List.of("cache_creation", "output_tokens_details"),
            new PlainUsage(
                    Map.of(
                            "ephemeral_5m_input_tokens", UsageCounter.CACHE_WRITE_5M,
                            "ephemeral_1h_input_tokens", UsageCounter.CACHE_WRITE_1H,
                            "thinking_tokens", UsageCounter.REASONING),
                    List.of(),
                    null));

    private AnthropicUsage() {}

    /**
     * Reads an event's data ({@code message_start}, {@code message_delta}) or a whole answer, {@code json[from, to)}.
     * True if it has a usage object; what is not valid JSON has none and changes nothing.
     */
    public static boolean read(byte[] json, int from, int to, UsageCounter counter) {
        return StrictJson.usage(json, from, to, counter, AnthropicUsage::members);
    }

    /** Reads a usage object itself, otherwise like {@link #read}. */
    public static boolean readUsage(byte[] json, int from, int to, UsageCounter counter) {
        return PLAIN.read(json, from, to, counter) || StrictJson.usage(json, from, to, counter, AnthropicUsage::usage);
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

    /** A member of an event or an answer; true if it was a usage, or a message with one. */
    static boolean member(JsonParser parser, UsageCounter counter) {
        if (parser.currentName().equals("usage")) {
            return usage(parser, counter);
        }
        if (!parser.currentName().equals("message")) {
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
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return false;
        }
        while (StrictJson.nextMember(parser)) {
            switch (parser.currentName()) {
                case "input_tokens" -> StrictJson.tell(parser, counter, UsageCounter.INPUT);
                case "cache_read_input_tokens" -> StrictJson.tell(parser, counter, UsageCounter.CACHE_READ);
                case "cache_creation_input_tokens" -> StrictJson.tell(parser, counter, UsageCounter.CACHE_WRITE);
                case "output_tokens" -> StrictJson.tell(parser, counter, UsageCounter.OUTPUT);
                case "cache_creation", "output_tokens_details" -> details(parser, counter);
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
                case "ephemeral_5m_input_tokens" -> StrictJson.tell(parser, counter, UsageCounter.CACHE_WRITE_5M);
                case "ephemeral_1h_input_tokens" -> StrictJson.tell(parser, counter, UsageCounter.CACHE_WRITE_1H);
                case "thinking_tokens" -> StrictJson.tell(parser, counter, UsageCounter.REASONING);
                default -> parser.skipChildren();
            }
        }
    }
}
