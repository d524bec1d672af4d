package io.penstock.protocol;

import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.ProviderRefusal;
import io.penstock.error.GatewayError.UpstreamFailed;
import io.penstock.error.GatewayError.UpstreamOverloaded;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes a {@link GatewayError} as each client protocol's JSON error body. Static methods, safe from any thread; the result
 * is one line of UTF-8 JSON without a line end. Shapes: CONTRACT section 9, OPENROUTER section 6.
 */
public final class ErrorBody {
    private ErrorBody() {}

    /** {@code {"error":{"message":…,"type":…,"param":…,"code":…}}} */
    public static byte[] openai(GatewayError error) {
        String type = error.kind().openaiType();
        String code = error.kind().openaiCode();
        if (error instanceof ProviderRefusal refusal) {
            type = refusal.type() == null ? type : refusal.type();
            code = refusal.code() == null ? code : refusal.code();
        }
        StringBuilder out = new StringBuilder(160).append("{\"error\":{\"message\":");
        JsonText.quote(out, error.message()).append(",\"type\":");
        JsonText.quote(out, type).append(",\"param\":");
        JsonText.quoteOrNull(out, error.param()).append(",\"code\":");
        return utf8(JsonText.quoteOrNull(out, code).append("}}"));
    }

    /** {@code {"type":"error","error":{"type":…,"message":…},"request_id":…}} */
    public static byte[] anthropic(GatewayError error, String requestId) {
        String type = error.kind().anthropicType();
        if (error instanceof ProviderRefusal refusal && refusal.type() != null) {
            type = refusal.type();
        }
        StringBuilder out = new StringBuilder(160).append("{\"type\":\"error\",\"error\":{\"type\":");
        JsonText.quote(out, type).append(",\"message\":");
        JsonText.quote(out, error.message()).append("},\"request_id\":");
        return utf8(JsonText.quote(out, requestId).append('}'));
    }

    /** {@code {"error":{"code":404,"message":…,"metadata":{"error_type":…}}}}; the provider's part when it came from there. */
    public static byte[] openrouter(GatewayError error) {
        return utf8(openrouterError(new StringBuilder(160).append('{'), error).append('}'));
    }

    /** The last event of a broken chat stream: the error beside an empty delta that finishes with {@code "error"}. */
    public static byte[] openrouterChunk(
            GatewayError error, String generationId, long createdSeconds, String model, @Nullable String provider) {
        StringBuilder out = new StringBuilder(320).append("{\"id\":");
        JsonText.quote(out, generationId)
                .append(",\"object\":\"chat.completion.chunk\",\"created\":")
                .append(createdSeconds)
                .append(",\"model\":");
        JsonText.quote(out, model).append(",\"provider\":");
        JsonText.quoteOrNull(out, provider).append(',');
        openrouterError(out, error)
                .append(",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"")
                .append(",\"native_finish_reason\":null}]}");
        return utf8(out);
    }

    private static StringBuilder openrouterError(StringBuilder out, GatewayError error) {
        out.append("\"error\":{\"code\":").append(error.kind().status()).append(",\"message\":");
        JsonText.quote(out, error.message()).append(",\"metadata\":{\"error_type\":");
        JsonText.quote(out, error.kind().openrouterType());
        String provider = provider(error);
        if (provider != null) {
            out.append(",\"provider_name\":");
            JsonText.quote(out, provider);
        }
        String raw = raw(error);
        if (raw != null) {
            out.append(",\"raw\":");
            JsonText.quote(out, raw);
        }
        return out.append("}}");
    }

    private static @Nullable String provider(GatewayError error) {
        if (error instanceof ProviderRefusal refusal) {
            return refusal.provider();
        }
        if (error instanceof UpstreamFailed failed) {
            return failed.provider();
        }
        return error instanceof UpstreamOverloaded overloaded ? overloaded.provider() : null;
    }

    private static @Nullable String raw(GatewayError error) {
        if (error instanceof ProviderRefusal refusal) {
            return refusal.message();
        }
        if (error instanceof UpstreamFailed failed) {
            return failed.providerMessage();
        }
        return error instanceof UpstreamOverloaded overloaded ? overloaded.providerMessage() : null;
    }

    private static byte[] utf8(StringBuilder out) {
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }
}
