package io.penstock.server.exchange;

import io.penstock.error.GatewayError.InvalidField;
import io.penstock.error.GatewayException;
import io.penstock.protocol.ChatRequest;
import io.penstock.protocol.ChatRequest.Field;
import io.penstock.server.face.Operation;

/** Refuses requests whose fields are not what their protocol says. Static. */
final class FieldChecks {
    private FieldChecks() {}

    /** Throws {@link GatewayException} for a field of another type, or one that is missing. */
    static void check(ChatRequest request, Operation operation) {
        if (request.isInvalid(Field.STREAM)) {
            throw new GatewayException(new InvalidField("stream", "true or false"));
        }
        if (request.isInvalid(Field.STREAM_OPTIONS)) {
            throw new GatewayException(new InvalidField("stream_options", "an object"));
        }
        if (request.isInvalid(Field.MESSAGES)) {
            throw new GatewayException(new InvalidField("messages", "an array"));
        }
        switch (operation) {
            case RESPONSES -> checkResponses(request);
            case EMBEDDINGS -> checkGiven(request, Field.INPUT, Field.INPUT);
            case COMPLETIONS -> {
                checkGiven(request, Field.PROMPT, Field.PROMPT);
                checkChat(request);
            }
            default -> checkChat(request);
        }
    }

    private static void checkChat(ChatRequest request) {
        if (request.isInvalid(Field.MAX_TOKENS)) {
            throw new GatewayException(new InvalidField("max_tokens", "a whole number"));
        }
        if (request.isInvalid(Field.MAX_COMPLETION_TOKENS)) {
            throw new GatewayException(new InvalidField("max_completion_tokens", "a whole number"));
        }
        if (request.isInvalid(Field.N)) {
            throw new GatewayException(new InvalidField("n", "a whole number"));
        }
    }

    /** A text or several, in a field or in another; that the model is missing is said before that they are. */
    private static void checkGiven(ChatRequest request, Field field, Field other) {
        boolean missing = !request.has(field) && !request.has(other) && request.has(Field.MODEL);
        if (missing || request.isInvalid(field)) {
            throw new GatewayException(new InvalidField(field.wireName(), "a string or an array"));
        }
    }

    private static void checkResponses(ChatRequest request) {
        checkGiven(request, Field.INPUT, Field.PROMPT);
        if (request.isInvalid(Field.MAX_OUTPUT_TOKENS)) {
            throw new GatewayException(new InvalidField("max_output_tokens", "a whole number"));
        }
        if (request.background()) { // nobody would settle it
            throw new GatewayException(
                    new InvalidField("background", "false: answers are not kept to be fetched later"));
        }
    }
}
