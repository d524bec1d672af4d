package io.penstock.protocol.translate;

import io.penstock.error.GatewayError;
import io.penstock.protocol.JsonText;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The end of a stream of responses that broke: the response that the stream told of, whole, and failed. Static. */
public final class ResponseFailure {
    private ResponseFailure() {}

    /**
     * The events, as SSE bytes. Where nothing was told yet the response is created first, for clients refuse to hear of one
     * that they do not know.
     *
     * @param sequence number of the next event
     * @param openrouter whether {@code error_type} is told beside it
     */
    public static byte[] events(GatewayError error, ResponseIdentity identity, long sequence, boolean openrouter) {
        JsonOut out = new JsonOut();
        long next = sequence;
        if (next == 0) {
            begin(out, "response.created", next++);
            ResponsesJson.response(identity, "in_progress", null, null, List.of(), null, "", null, out);
            out.ascii("}\n\n");
        }
        begin(out, "response.failed", next);
        ResponsesJson.response(identity, "failed", null, error(error), List.of(), null, "", null, out);
        if (openrouter) {
            out.ascii(",\"error_type\":").quoted(error.kind().openrouterType());
        }
        return out.ascii("}\n\n").toBytes();
    }

    private static void begin(JsonOut out, String type, long sequence) {
        ResponsesJson.event(type, sequence, out).ascii(",\"response\":");
    }

    private static byte[] error(GatewayError error) {
        StringBuilder json =
                new StringBuilder("{\"code\":\"").append(code(error)).append("\",\"message\":");
        return JsonText.quote(json, error.message()).append('}').toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Clients know a closed set of codes here. */
    private static String code(GatewayError error) {
        return switch (error.kind()) {
            case RATE_LIMIT -> "rate_limit_exceeded";
            case BAD_REQUEST, TOO_LARGE, UNPROCESSABLE -> "invalid_prompt";
            default -> "server_error";
        };
    }
}
