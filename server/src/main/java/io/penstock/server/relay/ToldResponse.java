package io.penstock.server.relay;

import io.penstock.protocol.Utf8;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Which response the first event of a provider's stream told of, and under which number: what an event of ours at its end must
 * go on from.
 *
 * @param id of the response
 * @param createdSeconds Unix time
 * @param model its name at the provider
 * @param sequence the event's own number; 0 if it has none
 */
public record ToldResponse(String id, long createdSeconds, String model, long sequence) {
    private static final JsonFactory JSON = JsonFactory.builder().build();
    private static final int TEXT_CHARS_MAX = 1_024; // of an id, or of a name

    /** Reads an event that holds a response; null for what is none. */
    static @Nullable ToldResponse read(byte[] json) {
        String id = "";
        String model = "";
        long created = 0;
        long sequence = 0;
        try (JsonParser in = JSON.createParser(ObjectReadContext.empty(), Utf8.repaired(json))) {
            boolean inside = false;
            in.nextToken();
            for (JsonToken token = in.nextToken(); token != null; token = in.nextToken()) {
                if (token != JsonToken.PROPERTY_NAME) {
                    inside = false; // the end of the response, or of the event
                    continue;
                }
                String name = in.currentName();
                token = in.nextToken();
                if (!inside && token == JsonToken.START_OBJECT && name.equals("response")) {
                    inside = true;
                } else if (!inside && token == JsonToken.VALUE_NUMBER_INT && name.equals("sequence_number")) {
                    sequence = in.getLongValue();
                } else if (inside && token == JsonToken.VALUE_STRING && name.equals("id")) {
                    id = in.getString();
                } else if (inside && token == JsonToken.VALUE_STRING && name.equals("model")) {
                    model = in.getString();
                } else if (inside && token.isNumeric() && name.equals("created_at")) {
                    created = (long) in.getDoubleValue();
                } else {
                    in.skipChildren();
                }
            }
        } catch (JacksonException malformed) {
            return null;
        }
        boolean fits = !id.isEmpty() && id.length() <= TEXT_CHARS_MAX && model.length() <= TEXT_CHARS_MAX;
        return fits ? new ToldResponse(id, created, model, sequence) : null;
    }
}
