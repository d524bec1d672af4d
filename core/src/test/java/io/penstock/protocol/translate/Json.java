package io.penstock.protocol.translate;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** JSON as Jackson reads it, for tests to judge by: nothing of the package under test is used here. */
public final class Json {
    private static final JsonFactory JACKSON = new JsonFactory();

    private Json() {}

    public static Tree parse(String json) {
        return parse(json.getBytes(StandardCharsets.UTF_8));
    }

    /** Throws a {@code JacksonException} for what is not one JSON value. */
    public static Tree parse(byte[] json) {
        try (JsonParser parser = JACKSON.createParser(ObjectReadContext.empty(), json)) {
            parser.nextToken();
            Tree tree = new Tree(value(parser));
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException(
                        "more than one value in " + new String(json, StandardCharsets.UTF_8));
            }
            return tree;
        }
    }

    private static @Nullable Object value(JsonParser parser) {
        JsonToken token = parser.currentToken();
        if (token == null) {
            throw new IllegalArgumentException("no value");
        }
        return switch (token) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> object = new LinkedHashMap<>();
                while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                    String name = parser.getString();
                    parser.nextToken();
                    object.put(name, value(parser));
                }
                yield object;
            }
            case START_ARRAY -> {
                List<@Nullable Object> array = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(value(parser));
                }
                yield array;
            }
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new BigDecimal(parser.getString());
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> null;
        };
    }

    /** A value, or the absence of one: both may be asked for anything. */
    public record Tree(@Nullable Object value) {
        public Tree get(String name) {
            return new Tree(value instanceof Map<?, ?> object ? object.get(name) : null);
        }

        public boolean has(String name) {
            return value instanceof Map<?, ?> object && object.containsKey(name);
        }

        public List<Tree> list() {
            return value instanceof List<?> array
                    ? array.stream().map(Tree::new).toList()
                    : List.of();
        }

        boolean isObject() {
            return value instanceof Map;
        }

        boolean isArray() {
            return value instanceof List;
        }

        boolean isString() {
            return value instanceof String;
        }

        public boolean isNull() {
            return value == null;
        }

        /** Of a string; empty for anything else. */
        public String text() {
            return value instanceof String text ? text : "";
        }

        public int number() {
            return value instanceof BigDecimal number ? number.intValueExact() : -1;
        }

        /** The same for the same value, whatever its layout and escapes; JSON again. */
        @Override
        public String toString() {
            StringBuilder out = new StringBuilder();
            write(value, out);
            return out.toString();
        }

        private static void write(@Nullable Object value, StringBuilder out) {
            if (value instanceof Map<?, ?> object) {
                out.append('{');
                object.forEach((name, member) -> {
                    out.append(out.charAt(out.length() - 1) == '{' ? "" : ",");
                    out.append(quoted("" + name)).append(':');
                    write(member, out);
                });
                out.append('}');
            } else if (value instanceof List<?> array) {
                out.append('[');
                for (int i = 0; i < array.size(); i++) {
                    out.append(i == 0 ? "" : ",");
                    write(array.get(i), out);
                }
                out.append(']');
            } else {
                out.append(value instanceof String text ? quoted(text) : "" + value);
            }
        }
    }

    /** A text as JSON, an unpaired surrogate as an escape. */
    static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair = Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1));
            if (pair) {
                out.append(c).append(text.charAt(++i));
            } else if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c == '\n') {
                out.append("\\n");
            } else if (c < 0x20 || Character.isSurrogate(c)) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
