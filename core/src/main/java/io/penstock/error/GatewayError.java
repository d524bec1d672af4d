package io.penstock.error;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One refusal with its facts. {@link #message()} begins with the exact string of the product documentation; what helps the
 * reader further stands after {@code ": "}. This file is the only place where those strings stand.
 *
 * <p>Immutable; safe from any thread. Nothing in a message may come from a credential or a key.
 */
public sealed interface GatewayError {

    /** Status and the types of both protocols. */
    ErrorKind kind();

    /** For the client; one line, begins with the documented string. */
    String message();

    /** The request field that is meant, OpenAI's {@code param}; null when there is none. */
    default @Nullable String param() {
        return null;
    }

    /** Seconds for {@code Retry-After}; negative when there is nothing to say. */
    default long retryAfterSeconds() {
        return -1;
    }

    /** Whether a provider answered with it, did not answer, or is out of service; what is ours or the client's is not. */
    default boolean fromUpstream() {
        return this instanceof FromUpstream;
    }

    /** An error that a provider is the cause of. */
    sealed interface FromUpstream extends GatewayError {}

    private static String hinted(String exact, @Nullable String hint) {
        return hint == null || hint.isEmpty() ? exact : exact + ": " + hint;
    }

    private static String nearest(List<String> ids) {
        return ids.isEmpty() ? "" : " (nearest: " + String.join(", ", ids) + ")";
    }

    /** Missing, unknown, expired, revoked or disabled key: the client is not told which. */
    record InvalidApiKey(@Nullable String hint) implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.BAD_KEY;
        }

        @Override
        public String message() {
            return hinted("invalid api key", hint);
        }
    }

    record UnknownModel(String model, List<String> nearest) implements GatewayError {
        public UnknownModel {
            nearest = List.copyOf(nearest);
        }

        @Override
        public ErrorKind kind() {
            return ErrorKind.UNKNOWN_MODEL;
        }

        @Override
        public String message() {
            return "no model config found for: " + model + GatewayError.nearest(nearest);
        }

        @Override
        public String param() {
            return "model";
        }
    }

    record ModelRequired() implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.BAD_REQUEST;
        }

        @Override
        public String message() {
            return "model field is required";
        }

        @Override
        public String param() {
            return "model";
        }
    }

    record InvalidModel(@Nullable String hint) implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.BAD_REQUEST;
        }

        @Override
        public String message() {
            return hinted("invalid or empty requested model", hint);
        }

        @Override
        public String param() {
            return "model";
        }
    }

    /** A model that no configured provider offers; the hint names the variable or field that would change that. */
    record RoutingNotConfigured(String hint, List<String> nearest) implements GatewayError {
        public RoutingNotConfigured {
            nearest = List.copyOf(nearest);
        }

        @Override
        public ErrorKind kind() {
            return ErrorKind.BAD_REQUEST;
        }

        @Override
        public String message() {
            return hinted("provider routing is not configured", hint) + GatewayError.nearest(nearest);
        }

        @Override
        public String param() {
            return "model";
        }
    }

    record AmbiguousModel(String model, List<String> candidates) implements GatewayError {
        public AmbiguousModel {
            candidates = List.copyOf(candidates);
        }

        @Override
        public ErrorKind kind() {
            return ErrorKind.BAD_REQUEST;
        }

        @Override
        public String message() {
            return "invalid or empty requested model: \"" + model + "\" is ambiguous, it may mean "
                    + String.join(", ", candidates);
        }

        @Override
        public String param() {
            return "model";
        }
    }

    record AutoRoutingOff() implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.BAD_REQUEST;
        }

        @Override
        public String message() {
            return "auto routing is not enabled";
        }

        @Override
        public String param() {
            return "model";
        }
    }

    /** The guardrails of the key, of which these are named, leave no offer of the model; {@code auto} where that finds none. */
    record ModelNotAllowed(String model, List<String> guardrails) implements GatewayError {
        public ModelNotAllowed {
            guardrails = List.copyOf(guardrails);
        }

        @Override
        public ErrorKind kind() {
            return ErrorKind.FORBIDDEN;
        }

        @Override
        public String message() {
            return "model not allowed by guardrail policy: " + model + " (guardrail: " + String.join(", ", guardrails)
                    + ")";
        }

        @Override
        public String param() {
            return "model";
        }
    }

    record UnknownPath(String hint) implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.UNKNOWN_PATH;
        }

        @Override
        public String message() {
            return hinted("unknown api path", hint);
        }
    }

    record InvalidJson(@Nullable String problem) implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.BAD_REQUEST;
        }

        @Override
        public String message() {
            return hinted("invalid JSON body", problem);
        }
    }

    /** A field whose value cannot be what the protocol says. */
    record InvalidField(String field, String expected) implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.BAD_REQUEST;
        }

        @Override
        public String message() {
            return "invalid JSON body: " + field + " must be " + expected;
        }

        @Override
        public String param() {
            return field;
        }
    }

    /** A parameter that the model's provider cannot be told, in a request that requires its parameters. */
    record ParameterUnsupported(String field, String model) implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.BAD_REQUEST;
        }

        @Override
        public String message() {
            return "unsupported parameter: " + field + ": " + model
                    + " does not take it, and provider.require_parameters is set";
        }

        @Override
        public String param() {
            return field;
        }
    }

    /** A request field that this version does not honour yet, and that must not be dropped in silence. */
    record FieldNotYet(String field) implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.BAD_REQUEST;
        }

        @Override
        public String message() {
            return "unsupported parameter: " + field + " (not yet; leave it out)";
        }

        @Override
        public String param() {
            return field;
        }
    }

    record UnreadableBody(String hint) implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.BAD_REQUEST;
        }

        @Override
        public String message() {
            return hinted("failed to read request body", hint);
        }
    }

    /** Framing, head or target that HTTP does not allow, or that could be read in two ways. */
    record MalformedRequest(String hint) implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.BAD_REQUEST;
        }

        @Override
        public String message() {
            return hinted("malformed HTTP request", hint);
        }
    }

    record HeadTooLarge(String hint) implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.HEAD_TOO_LARGE;
        }

        @Override
        public String message() {
            return hinted("request head too large", hint);
        }
    }

    record UnsupportedVersion() implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.HTTP_VERSION;
        }

        @Override
        public String message() {
            return "HTTP version not supported: use HTTP/1.1";
        }
    }

    record ExpectationFailed() implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.EXPECTATION_FAILED;
        }

        @Override
        public String message() {
            return "expectation not supported: only 100-continue is";
        }
    }

    /** Head or body did not arrive in time. */
    record SlowRequest(String hint) implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.REQUEST_TIMEOUT;
        }

        @Override
        public String message() {
            return hinted("failed to read request body", hint);
        }
    }

    /** Foreign Host or Origin: a web page, or a name that is not ours (DNS rebinding). */
    record ForeignOrigin(String hint) implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.FORBIDDEN;
        }

        @Override
        public String message() {
            return hinted("origin not allowed", hint);
        }
    }

    record ImagesUnsupported(String model) implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.BAD_REQUEST;
        }

        @Override
        public String message() {
            return "images are not supported by this model: " + model;
        }

        @Override
        public String param() {
            return "messages";
        }
    }

    record AudioUnsupported(String model) implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.BAD_REQUEST;
        }

        @Override
        public String message() {
            return "audio is not supported by this model: " + model;
        }

        @Override
        public String param() {
            return "messages";
        }
    }

    /** {@code setting} is what the owner can change. */
    record BodyTooLarge(long limitBytes, String setting) implements GatewayError {
        /** By the limit that holds for every body. */
        public BodyTooLarge(long limitBytes) {
            this(limitBytes, "limits.body");
        }

        @Override
        public ErrorKind kind() {
            return ErrorKind.TOO_LARGE;
        }

        @Override
        public String message() {
            return "request body too large: the limit is " + limitBytes + " bytes (" + setting + ")";
        }
    }

    /** A body that must be translated and is not too long for that, but of too many pieces. */
    record TooManyValues(int limit) implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.TOO_LARGE;
        }

        @Override
        public String message() {
            return "request body too large: it has more than " + limit
                    + " JSON values, and this model's provider speaks another protocol";
        }
    }

    record EncodingUnsupported(String hint) implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.UNSUPPORTED_ENCODING;
        }

        @Override
        public String message() {
            return hinted("content encoding not supported", hint);
        }
    }

    /** Could not talk to the provider: no connection, or one that broke before an answer. */
    record BadGateway(String provider, String hint) implements FromUpstream {
        @Override
        public ErrorKind kind() {
            return ErrorKind.UPSTREAM;
        }

        @Override
        public String message() {
            return hinted("bad gateway", provider + " " + hint);
        }
    }

    /** The provider is known to be out of service for now. */
    record UpstreamUnavailable(String hint) implements FromUpstream {
        @Override
        public ErrorKind kind() {
            return ErrorKind.UPSTREAM;
        }

        @Override
        public String message() {
            return hinted("upstream service unavailable", hint);
        }
    }

    /** The provider answered with a failure of its own, or refused our credential or account. */
    record UpstreamFailed(String provider, @Nullable String providerMessage) implements FromUpstream {
        @Override
        public ErrorKind kind() {
            return ErrorKind.UPSTREAM;
        }

        @Override
        public String message() {
            return hinted(
                    "upstream service error",
                    providerMessage == null || providerMessage.isEmpty()
                            ? provider
                            : provider + ": " + providerMessage);
        }
    }

    /** The provider is overloaded (529); told to Anthropic clients as that. */
    record UpstreamOverloaded(String provider, @Nullable String providerMessage, long retryAfterSeconds)
            implements FromUpstream {
        @Override
        public ErrorKind kind() {
            return ErrorKind.OVERLOADED;
        }

        @Override
        public String message() {
            return providerMessage == null || providerMessage.isEmpty()
                    ? "upstream service unavailable: " + provider + " is overloaded"
                    : providerMessage;
        }
    }

    /** A refusal of the provider that is about this request: status and message are kept. */
    record ProviderRefusal(
            ErrorKind kind,
            String provider,
            String message,
            @Nullable String type,
            @Nullable String code,
            @Nullable String param,
            long retryAfterSeconds)
            implements FromUpstream {}

    /** An event or an answer that is larger than we may hold or translate: no fault of the provider's. */
    record ResponseTooLarge(String hint) implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.UPSTREAM;
        }

        @Override
        public String message() {
            return hinted("response too large", hint);
        }
    }

    /** A provider has not answered in time. */
    record Deadline(String hint) implements FromUpstream {
        @Override
        public ErrorKind kind() {
            return ErrorKind.DEADLINE;
        }

        @Override
        public String message() {
            return hinted("request timeout", hint);
        }
    }

    /** A model whose provider speaks the other protocol. */
    record NoHandlerForProtocol(String hint) implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.UPSTREAM;
        }

        @Override
        public String message() {
            return hinted("no provider handler configured for protocol", hint);
        }
    }

    record StoreUnavailable() implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.UNAVAILABLE;
        }

        @Override
        public String message() {
            return "store unavailable: the ledger cannot be written (disk full or read-only?); it recovers by itself";
        }

        @Override
        public long retryAfterSeconds() {
            return 5;
        }
    }

    record ShuttingDown() implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.UNAVAILABLE;
        }

        @Override
        public String message() {
            return "shutting down";
        }

        @Override
        public long retryAfterSeconds() {
            return 1;
        }
    }

    /** A bound of ours is reached for the moment: connections, or bodies in memory. */
    record TooBusy(String hint) implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.UNAVAILABLE;
        }

        @Override
        public String message() {
            return hinted("gateway busy", hint);
        }

        @Override
        public long retryAfterSeconds() {
            return 1;
        }
    }

    record Internal() implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.INTERNAL;
        }

        @Override
        public String message() {
            return "internal server error";
        }
    }

    record RewriteFailed() implements GatewayError {
        @Override
        public ErrorKind kind() {
            return ErrorKind.INTERNAL;
        }

        @Override
        public String message() {
            return "failed to rewrite request body";
        }
    }
}
