package io.penstock.server.attempt;

import io.netty.buffer.Unpooled;
import io.penstock.error.GatewayError.FieldNotYet;
import io.penstock.error.GatewayError.InvalidField;
import io.penstock.error.GatewayException;
import io.penstock.protocol.ChatRequest;
import io.penstock.protocol.ChatRequest.Field;
import io.penstock.server.wire.RequestBody;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * What a request's {@code provider} object asks for (OPENROUTER section 3), as far as it is understood.
 *
 * @param requireParameters whether a parameter that its provider cannot be told is to be refused rather than dropped
 */
record ProviderPreferences(boolean requireParameters) {
    static final ProviderPreferences NONE = new ProviderPreferences(false);

    private static final JsonFactory JSON = JsonFactory.builder().build();
    private static final int BYTES_MAX = 16 * 1024;

    /** Throws {@link GatewayException} for a wish that would be a broken promise when left out. */
    static ProviderPreferences read(ChatRequest request, RequestBody body) {
        int index = request.indexOf(Field.PROVIDER);
        if (index < 0) {
            return NONE;
        }
        int size = request.valueEnd(index) - request.valueStart(index);
        if (size > BYTES_MAX) {
            throw new GatewayException(new InvalidField("provider", "at most " + BYTES_MAX + " bytes"));
        }
        byte[] json = new byte[size];
        body.copy(
                request.valueStart(index),
                request.valueEnd(index),
                Unpooled.wrappedBuffer(json).clear());
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            return parser.nextToken() == JsonToken.VALUE_NULL ? NONE : members(parser);
        } catch (JacksonException impossible) { // the body was scanned
            throw new GatewayException(new InvalidField("provider", "an object"));
        }
    }

    private static ProviderPreferences members(JsonParser parser) {
        if (!parser.hasToken(JsonToken.START_OBJECT)) {
            throw new GatewayException(new InvalidField("provider", "an object"));
        }
        boolean requires = false;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (name) {
                case "require_parameters" -> {
                    if (!value.isBoolean()) {
                        throw new GatewayException(new InvalidField("provider.require_parameters", "true or false"));
                    }
                    requires = value == JsonToken.VALUE_TRUE;
                }
                // there is one attempt only
                case "allow_fallbacks" -> parser.skipChildren();
                default -> throw new GatewayException(new FieldNotYet("provider." + name));
            }
        }
        return new ProviderPreferences(requires);
    }
}
