package io.penstock.protocol;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * What a provider says in an error body, whatever its dialect: {@code {"error":{"message":…}}}, {@code {"error":"…"}},
 * {@code {"type":"error","error":{…}}}, {@code {"message":…}}, {@code {"detail":…}}.
 *
 * @param message its words, cut to {@link #MESSAGE_CHARS_MAX}; empty if it has none
 * @param type its name for the error, null if it has none; cut to {@link #NAME_CHARS_MAX}, as are the next two
 * @param code its code as text, null if it has none
 * @param param the field it means, null if it names none
 */
public record ProviderError(
        String message,
        @Nullable String type,
        @Nullable String code,
        @Nullable String param) {
    /** Longest message that is passed on, in characters. */
    public static final int MESSAGE_CHARS_MAX = 2_000;

    /** Longest type, code and param. */
    public static final int NAME_CHARS_MAX = 128;

    private static final JsonFactory JSON = JsonFactory.builder().build();
    private static final ProviderError SILENT = new ProviderError("", null, null, null);

    /**
     * Reads an error body or the error object itself. Never throws: what cannot be read has an empty message.
     *
     * @param mask takes out of each text what must not be told, before it is cut: half a credential is one, too
     */
    public static ProviderError read(byte[] json, int from, int to, UnaryOperator<String> mask) {
        ProviderError said = read(json, from, to);
        return new ProviderError(
                cut(mask.apply(said.message), MESSAGE_CHARS_MAX),
                name(said.type, mask),
                name(said.code, mask),
                name(said.param, mask));
    }

    private static @Nullable String name(@Nullable String told, UnaryOperator<String> mask) {
        return told == null ? null : cut(mask.apply(told), NAME_CHARS_MAX);
    }

    private static ProviderError read(byte[] json, int from, int to) {
        byte[] utf8 = Utf8.repaired(Arrays.copyOfRange(json, from, to)); // else its words would be lost
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), utf8)) {
            JsonToken first = parser.nextToken();
            if (first == JsonToken.VALUE_STRING) {
                return new ProviderError(parser.getString(), null, null, null);
            }
            return first == JsonToken.START_OBJECT ? object(parser) : SILENT;
        } catch (JacksonException malformed) {
            return SILENT;
        }
    }

    private static ProviderError object(JsonParser parser) {
        String message = "";
        String type = null;
        String code = null;
        String param = null;
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (name) {
                case "error" -> {
                    if (value == JsonToken.START_OBJECT) {
                        return object(parser);
                    }
                    message = value == JsonToken.VALUE_STRING ? parser.getString() : message;
                }
                case "message", "detail" -> {
                    if (value == JsonToken.VALUE_STRING) {
                        message = parser.getString();
                    } else {
                        parser.skipChildren();
                    }
                }
                case "type" -> type = value == JsonToken.VALUE_STRING ? parser.getString() : null;
                case "code" ->
                    code = value.isScalarValue() && value != JsonToken.VALUE_NULL ? parser.getString() : null;
                case "param" -> param = value == JsonToken.VALUE_STRING ? parser.getString() : null;
                default -> parser.skipChildren();
            }
        }
        return new ProviderError(message, type, code, param);
    }

    private static String cut(String text, int charsMax) {
        return text.length() <= charsMax ? text : text.substring(0, charsMax);
    }
}
