package io.penstock.error;

import org.jspecify.annotations.Nullable;

/** The meaning of a refusal: its HTTP status and how each client protocol names it. Immutable; safe from any thread. */
public enum ErrorKind {
    BAD_REQUEST(400, "invalid_request_error", null, "invalid_request_error", "invalid_request"),
    BAD_KEY(401, "invalid_request_error", "invalid_api_key", "authentication_error", "authentication"),
    NO_MONEY(402, "insufficient_quota", "insufficient_quota", "billing_error", "payment_required"),
    FORBIDDEN(403, "permission_denied", "permission_denied", "permission_error", "permission_denied"),
    UNKNOWN_MODEL(404, "invalid_request_error", "model_not_found", "not_found_error", "not_found"),
    UNKNOWN_PATH(404, "invalid_request_error", "unknown_path", "not_found_error", "not_found"),
    REQUEST_TIMEOUT(408, "invalid_request_error", "request_timeout", "invalid_request_error", "timeout"),
    TOO_LARGE(413, "invalid_request_error", "request_too_large", "request_too_large", "payload_too_large"),
    UNSUPPORTED_ENCODING(415, "invalid_request_error", null, "invalid_request_error", "invalid_request"),
    EXPECTATION_FAILED(417, "invalid_request_error", null, "invalid_request_error", "invalid_request"),
    UNPROCESSABLE(422, "invalid_request_error", null, "invalid_request_error", "unprocessable"),
    RATE_LIMIT(429, "rate_limit_exceeded", "rate_limit_exceeded", "rate_limit_error", "rate_limit_exceeded"),
    HEAD_TOO_LARGE(431, "invalid_request_error", null, "invalid_request_error", "invalid_request"),
    INTERNAL(500, "server_error", null, "api_error", "server"),
    UPSTREAM(502, "server_error", null, "api_error", "provider_unavailable"),
    UNAVAILABLE(503, "server_error", null, "api_error", "provider_unavailable"),
    /** Status 503 on the OpenAI and OpenRouter faces, 529 on the Anthropic face (CONTRACT section 9). */
    OVERLOADED(503, "server_error", "overloaded", "overloaded_error", "provider_overloaded"),
    DEADLINE(504, "server_error", null, "api_error", "timeout"),
    HTTP_VERSION(505, "invalid_request_error", null, "invalid_request_error", "invalid_request");

    private final int status;
    private final String openaiType;
    private final @Nullable String openaiCode;
    private final String anthropicType;
    private final String openrouterType;

    ErrorKind(int status, String openaiType, @Nullable String openaiCode, String anthropicType, String openrouterType) {
        this.status = status;
        this.openaiType = openaiType;
        this.openaiCode = openaiCode;
        this.anthropicType = anthropicType;
        this.openrouterType = openrouterType;
    }

    /** HTTP status on the OpenAI and OpenRouter faces. */
    public int status() {
        return status;
    }

    /** HTTP status on the Anthropic face, whose clients know 529. */
    public int anthropicStatus() {
        return this == OVERLOADED ? 529 : status;
    }

    /** {@code error.type} of the OpenAI protocol. */
    public String openaiType() {
        return openaiType;
    }

    /** {@code error.code} of the OpenAI protocol; null is written as {@code null}. */
    public @Nullable String openaiCode() {
        return openaiCode;
    }

    /** {@code error.type} of the Anthropic protocol. */
    public String anthropicType() {
        return anthropicType;
    }

    /** {@code error.metadata.error_type} of the OpenRouter dialect. */
    public String openrouterType() {
        return openrouterType;
    }
}
