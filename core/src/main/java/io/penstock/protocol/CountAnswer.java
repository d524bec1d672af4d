package io.penstock.protocol;

import java.io.InputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** The answer of a provider that was asked to count the tokens of Anthropic messages. Static; safe from any thread. */
public final class CountAnswer {
    private static final JsonFactory JSON = JsonFactory.builder().build();

    private CountAnswer() {}

    /** Whether it is a count: some servers answer 200 to a path that they do not know. Never throws. */
    public static boolean is(InputStream json) {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            boolean found = false;
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                boolean tokens = parser.currentName().equals("input_tokens");
                found |= parser.nextToken() == JsonToken.VALUE_NUMBER_INT && tokens;
                parser.skipChildren();
            }
            return found;
        } catch (JacksonException broken) {
            return false;
        }
    }

    /** Whether a status of refusal is about the request; any other is about the provider, or our credential there. */
    public static boolean blamesRequest(int status) {
        return status == 400 || status == 413 || status == 422;
    }
}
