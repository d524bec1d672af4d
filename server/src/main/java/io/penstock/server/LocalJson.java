package io.penstock.server;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Small JSON as maps, lists, texts, numbers and flags; what is missing or of another type is empty. Static. */
final class LocalJson {
    private static final JsonFactory JSON = JsonFactory.builder().build();

    private LocalJson() {}

    /** The object that it is; empty if it is something else. Throws {@code JacksonException} for what is not JSON. */
    static Map<String, Object> object(byte[] json) {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            return parser.nextToken() == JsonToken.START_OBJECT ? members(parser) : Map.of();
        }
    }

    private static Map<String, Object> members(JsonParser parser) {
        Map<String, Object> members = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            Object value = value(parser);
            if (value != null) {
                members.put(name, value);
            }
        }
        return members;
    }

    /** Jackson bounds the depth. */
    private static @Nullable Object value(JsonParser parser) {
        return switch (parser.currentToken()) {
            case START_OBJECT -> members(parser);
            case START_ARRAY -> {
                List<Object> items = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    Object item = value(parser);
                    if (item != null) {
                        items.add(item);
                    }
                }
                yield items;
            }
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT -> parser.getValueAsLong();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> null;
        };
    }

    static Map<String, Object> object(Map<String, Object> in, String name) {
        return object(in.get(name));
    }

    @SuppressWarnings("unchecked") // made above
    static Map<String, Object> object(@Nullable Object value) {
        return value instanceof Map ? (Map<String, Object>) value : Map.of();
    }

    static List<Object> list(Map<String, Object> in, String name) {
        return in.get(name) instanceof List<?> list ? List.copyOf(list) : List.of();
    }

    static String text(Map<String, Object> in, String name) {
        return in.get(name) instanceof String text ? text : "";
    }

    /** A whole number from 1 on; 0 if there is none. */
    static int count(Map<String, Object> in, String name) {
        return in.get(name) instanceof Long number && number > 0 && number <= Integer.MAX_VALUE ? number.intValue() : 0;
    }

    static boolean flag(Map<String, Object> in, String name) {
        return Boolean.TRUE.equals(in.get(name));
    }
}
