package io.penstock.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Answers of the admin API as maps and lists: they are small, and read once. Missing members are empty texts and lists. */
record Json(@Nullable Object value) {
    private static final JsonFactory FACTORY = JsonFactory.builder().build();

    /** What is not JSON at all is the empty value. */
    static Json parse(String text) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            parser.nextToken();
            return new Json(read(parser));
        } catch (JacksonException e) {
            return new Json(null);
        }
    }

    private static @Nullable Object read(JsonParser parser) {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            Map<String, @Nullable Object> members = new LinkedHashMap<>();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                members.put(name, read(parser));
            }
            return members;
        }
        if (token == JsonToken.START_ARRAY) {
            List<@Nullable Object> elements = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                elements.add(read(parser));
            }
            return elements;
        }
        return token == JsonToken.VALUE_NULL ? null : parser.getString();
    }

    Json get(String member) {
        return new Json(value instanceof Map<?, ?> members ? members.get(member) : null);
    }

    List<Json> list() {
        List<Json> all = new ArrayList<>();
        if (value instanceof List<?> elements) {
            for (Object element : elements) {
                all.add(new Json(element));
            }
        }
        return all;
    }

    /** Numbers and booleans as they were written; empty for null. */
    String text() {
        return value == null ? "" : value.toString();
    }
}
