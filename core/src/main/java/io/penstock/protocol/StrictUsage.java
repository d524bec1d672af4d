package io.penstock.protocol;

import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/**
 * Reads any valid usage object, by Jackson with the same bounds as {@link BodyScanner}. Stateless; safe from any
 * thread.
 */
final class StrictUsage {
    private StrictUsage() {}

    /** True if {@code json[from, to)} is an object and valid to its end; otherwise the counter is as it was. */
    static boolean read(UsageTable table, byte[] json, int from, int to, UsageCounter counter) {
        counter.begin();
        try (JsonParser parser = StrictJson.FACTORY.createParser(ObjectReadContext.empty(), json, from, to - from)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            members(parser, counter, table);
            if (parser.nextToken() != null) {
                return false;
            }
            counter.commit();
            return true;
        } catch (JacksonException e) {
            return false; // not JSON, or an event that was cut
        }
    }

    private static void members(JsonParser parser, UsageCounter counter, UsageTable known) {
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            byte[] name = parser.currentName().getBytes(StandardCharsets.UTF_8);
            int field = known.field(name, 0, name.length);
            UsageTable inside = known.inside(field);
            JsonToken value = parser.nextToken();
            if (inside != null && inside.runs()) {
                runs(parser, counter, inside);
            } else if (ToldCost.is(field)) {
                cost(parser, counter, field);
            } else if (field >= 0) {
                tell(parser, counter, field);
            } else if (inside != null && value == JsonToken.START_OBJECT) {
                members(parser, counter, inside);
            } else {
                parser.skipChildren();
            }
        }
    }

    /** Runs of a model, each an object as the one that holds them, and the name of its model. */
    private static void runs(JsonParser parser, UsageCounter counter, UsageTable known) {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            parser.skipChildren();
            return;
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() == JsonToken.START_OBJECT) {
                long[] before = counter.iterationBegins();
                members(parser, counter, known);
                counter.iterationEnds(before);
            } else {
                parser.skipChildren();
            }
        }
    }

    /** Tells what is said of money; what is no amount spoils nothing. */
    private static void cost(JsonParser parser, UsageCounter counter, int field) {
        switch (parser.currentToken()) {
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> counter.cost().tell(field, parser.getString());
            case VALUE_TRUE, VALUE_FALSE -> {
                if (field == ToldCost.OWN_KEY) {
                    counter.cost().tellOwnKey(parser.currentToken() == JsonToken.VALUE_TRUE);
                }
            }
            case START_OBJECT -> members(parser, counter, ToldCost.PARTS);
            default -> parser.skipChildren();
        }
    }

    /** Tells the counter the number at hand: null is nothing told, anything but an integer spoils; or whose it is. */
    private static void tell(JsonParser parser, UsageCounter counter, int field) {
        if (field == UsageCounter.MODEL) {
            if (parser.currentToken() == JsonToken.VALUE_STRING) {
                counter.iterationBy(parser.getString());
            }
            parser.skipChildren();
            return;
        }
        if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
            counter.tell(field, parser.getLongValue());
        } else if (parser.currentToken() != JsonToken.VALUE_NULL) {
            counter.spoil();
            parser.skipChildren();
        }
    }
}
