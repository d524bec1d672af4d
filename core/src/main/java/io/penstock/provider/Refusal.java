package io.penstock.provider;

import io.penstock.error.Blame;
import io.penstock.error.ErrorKind;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.Deadline;
import io.penstock.error.GatewayError.ProviderRefusal;
import io.penstock.error.GatewayError.UpstreamFailed;
import io.penstock.error.GatewayError.UpstreamOverloaded;
import io.penstock.error.GatewayError.UpstreamUnavailable;
import io.penstock.protocol.ProviderError;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a provider's answer with another status than 2xx means here (CONTRACT section 9).
 *
 * @param error what the client is told
 * @param blame whose fault it is
 */
public record Refusal(GatewayError error, Blame blame) {
    /**
     * Reads a refusal.
     *
     * @param body of the answer
     * @param masks take out what the provider may repeat and the client must not see
     * @param foreign whether its names for errors are not those of the client's protocol, and are left out
     * @param nativeId of the model that was asked for, if every model can do what was asked; else null
     */
    public static Refusal read(
            int status,
            byte[] body,
            String provider,
            @Nullable String nativeId,
            Masks masks,
            boolean foreign,
            long retryAfterSeconds) {
        ProviderError said = ProviderError.read(body, 0, body.length, masks::inError);
        ProviderError named = foreign ? new ProviderError(said.message(), null, null, null) : said;
        String words = said.message().isEmpty() ? "status " + status : said.message();
        return switch (status) {
            case 401, 402 -> credential(provider, status, Blame.CREDENTIAL);
            case 403 ->
                moderation(said)
                        ? refused(ErrorKind.FORBIDDEN, named, provider, words, retryAfterSeconds, Blame.REQUEST)
                        : credential(provider, status, ofOneModel(said, nativeId) ? Blame.ACCESS : Blame.CREDENTIAL);
            case 400 -> refused(ErrorKind.BAD_REQUEST, named, provider, words, retryAfterSeconds, Blame.REQUEST);
            case 408 -> refused(ErrorKind.REQUEST_TIMEOUT, named, provider, words, retryAfterSeconds, Blame.REQUEST);
            case 413 -> refused(ErrorKind.TOO_LARGE, named, provider, words, retryAfterSeconds, Blame.REQUEST);
            case 422 -> refused(ErrorKind.UNPROCESSABLE, named, provider, words, retryAfterSeconds, Blame.REQUEST);
            case 429 -> refused(ErrorKind.RATE_LIMIT, named, provider, words, retryAfterSeconds, Blame.RATE);
            case 529 -> new Refusal(new UpstreamOverloaded(provider, words, retryAfterSeconds), Blame.PROVIDER);
            case 404 ->
                nativeId == null
                        ? new Refusal(new UpstreamFailed(provider, words), Blame.REQUEST)
                        : new Refusal(
                                new UpstreamUnavailable(provider + " does not know " + nativeId + " any more"
                                        + (said.message().isEmpty() ? "" : ": " + words)),
                                Blame.OFFER);
            case 504 -> new Refusal(new Deadline(provider + ": " + words), Blame.PROVIDER);
            default -> new Refusal(new UpstreamFailed(provider, words), Blame.PROVIDER);
        };
    }

    private static Refusal refused(
            ErrorKind kind, ProviderError said, String provider, String words, long retryAfterSeconds, Blame blame) {
        return new Refusal(
                new ProviderRefusal(kind, provider, words, said.type(), said.code(), said.param(), retryAfterSeconds),
                blame);
    }

    private static Refusal credential(String provider, int status, Blame blame) {
        return new Refusal(
                new UpstreamFailed(
                        provider,
                        "it refused the gateway's credential or account (status " + status + "); your own key is fine"),
                blame);
    }

    /** What an error inside a stream means here, by the provider's name for it; both are masked already. */
    public static GatewayError event(String provider, String type, String words) {
        return switch (type) {
            case "overloaded_error", "server_is_overloaded" -> new UpstreamOverloaded(provider, words, -1);
            case "rate_limit_exceeded" -> refusal(ErrorKind.RATE_LIMIT, provider, words, type);
            case "invalid_prompt", "context_length_exceeded" -> refusal(ErrorKind.BAD_REQUEST, provider, words, type);
            default -> new UpstreamFailed(provider, words);
        };
    }

    private static GatewayError refusal(ErrorKind kind, String provider, String words, String code) {
        return new ProviderRefusal(kind, provider, words, null, code, null, -1);
    }

    /** Whether a 403 is about the model that was asked for, as OpenAI's is of a project without access to it. */
    private static boolean ofOneModel(ProviderError said, @Nullable String nativeId) {
        return "model_not_found".equals(said.code())
                || nativeId != null && said.message().contains(nativeId);
    }

    /** Whether a 403 is about the prompt and not about our account. */
    private static boolean moderation(ProviderError said) {
        String words = (said.message() + " " + said.type() + " " + said.code()).toLowerCase(Locale.ROOT);
        return words.contains("moderation") || words.contains("content_policy") || words.contains("flagged");
    }
}
