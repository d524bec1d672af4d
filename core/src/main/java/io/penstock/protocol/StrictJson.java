package io.penstock.protocol;

import java.util.function.BiPredicate;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/**
 * The one Jackson factory, with the same bounds as {@link BodyScanner}, and what reading an object member by member
 * takes. Always from bytes: from a String, Jackson reads hexadecimal digits by their low byte only.
 */
final class StrictJson {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(BodyScanner.DEPTH_MAX)
                    .maxNumberLength(BodyScanner.NUMBER_BYTES_MAX)
                    .maxNameLength(BodyScanner.NAME_BYTES_MAX)
                    .maxTokenCount(BodyScanner.TOKENS_MAX)
                    .maxStringLength(Integer.MAX_VALUE) // what holds the bytes has its own bound
                    .build())
            .disable(TokenStreamFactory.Feature.CHARSET_DETECTION) // UTF-8, whatever it looks like
            .build();

    private StrictJson() {}

    static JsonParser parser(byte[] json, int from, int to) {
        return FACTORY.createParser(ObjectReadContext.empty(), json, from, to - from);
    }

    /** True if the value at hand is an object; anything else is passed over. */
    static boolean entersObject(JsonParser parser) {
        if (parser.currentToken() == JsonToken.START_OBJECT) {
            return true;
        }
        parser.skipChildren();
        return false;
    }

    /** True if the object at hand has another member, which then is at hand: its name known, its value the token. */
    static boolean nextMember(JsonParser parser) {
        if (parser.nextToken() != JsonToken.PROPERTY_NAME) {
            return false;
        }
        parser.nextToken();
        return true;
    }

    /** True if nothing but white space follows. */
    static boolean ends(JsonParser parser) {
        return parser.nextToken() == null;
    }

    /**
     * Reads one JSON value with {@code reading}, which says whether it met a usage. True if it did and the value is
     * valid to its end; otherwise the counter is as it was.
     */
    static boolean usage(
            byte[] json, int from, int to, UsageCounter counter, BiPredicate<JsonParser, UsageCounter> reading) {
        counter.begin();
        try (JsonParser parser = parser(json, from, to)) {
            if (parser.nextToken() == null || !reading.test(parser, counter) || !ends(parser)) {
                return false;
            }
            counter.commit();
            return true;
        } catch (JacksonException e) {
            return false; // not JSON, or an event that was cut
        }
    }

    /** Tells the counter the number at hand: null is nothing told, anything but an integer spoils. */
    static void tell(JsonParser parser, UsageCounter counter, int field) {
        if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
            counter.tell(field, parser.getLongValue());
        } else if (parser.currentToken() != JsonToken.VALUE_NULL) {
            counter.spoil();
            parser.skipChildren();
        }
    }
}
