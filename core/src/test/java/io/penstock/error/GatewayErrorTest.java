package io.penstock.error;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.ErrorBody;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GatewayErrorTest {
    private static final Path GOLDEN = Path.of("src/test/resources/wire/errors.txt");

    /** The product documentation's strings and statuses; whoever changes one changes a promise. */
    static List<Arguments> documented() {
        return List.of(
                row("invalid api key", 401, new GatewayError.InvalidApiKey("send it")),
                row("no model config found for: x/y", 404, new GatewayError.UnknownModel("x/y", List.of())),
                row("model field is required", 400, new GatewayError.ModelRequired()),
                row("invalid or empty requested model", 400, new GatewayError.InvalidModel(null)),
                row(
                        "invalid or empty requested model",
                        400,
                        new GatewayError.AmbiguousModel("m", List.of("a/m", "b/m"))),
                row(
                        "provider routing is not configured",
                        400,
                        new GatewayError.RoutingNotConfigured("set OPENAI_API_KEY", List.of())),
                row("auto routing is not enabled", 400, new GatewayError.AutoRoutingOff()),
                row(
                        "model not allowed by guardrail policy",
                        403,
                        new GatewayError.ModelNotAllowed("a/b", List.of("house"))),
                row("unknown api path", 404, new GatewayError.UnknownPath("the base URL is http://h/openai/v1")),
                row("invalid JSON body", 400, new GatewayError.InvalidJson("at byte 3")),
                row("invalid JSON body", 400, new GatewayError.InvalidField("stream", "true or false")),
                row("failed to read request body", 400, new GatewayError.UnreadableBody("")),
                row("failed to read request body", 408, new GatewayError.SlowRequest("")),
                row("failed to rewrite request body", 500, new GatewayError.RewriteFailed()),
                row("images are not supported by this model", 400, new GatewayError.ImagesUnsupported("a/b")),
                row("audio is not supported by this model", 400, new GatewayError.AudioUnsupported("a/b")),
                row("unsupported parameter: provider", 400, new GatewayError.FieldNotYet("provider")),
                row("unsupported parameter: seed", 400, new GatewayError.ParameterUnsupported("seed", "a/b")),
                row("malformed HTTP request", 400, new GatewayError.MalformedRequest("two lengths")),
                row("request head too large", 431, new GatewayError.HeadTooLarge("at most 64 KB")),
                row("HTTP version not supported", 505, new GatewayError.UnsupportedVersion()),
                row("expectation not supported", 417, new GatewayError.ExpectationFailed()),
                row("origin not allowed", 403, new GatewayError.ForeignOrigin("host \"a.b\"")),
                row("request body too large", 413, new GatewayError.BodyTooLarge(7)),
                row("request body too large", 413, new GatewayError.TooManyValues(7)),
                row("content encoding not supported", 415, new GatewayError.EncodingUnsupported("")),
                row("bad gateway", 502, new GatewayError.BadGateway("OpenAI", "refused the connection")),
                row("upstream service unavailable", 502, new GatewayError.UpstreamUnavailable("")),
                row("upstream service unavailable", 503, new GatewayError.UpstreamOverloaded("OpenAI", null, -1)),
                row("upstream service error", 502, new GatewayError.UpstreamFailed("OpenAI", null)),
                row("response too large", 502, new GatewayError.ResponseTooLarge("an event of 9 bytes")),
                row("request timeout", 504, new GatewayError.Deadline("")),
                row("no provider handler configured for protocol", 502, new GatewayError.NoHandlerForProtocol("")),
                row("store unavailable", 503, new GatewayError.StoreUnavailable()),
                row("gateway busy", 503, new GatewayError.TooBusy("connections")),
                row("shutting down", 503, new GatewayError.ShuttingDown()),
                row("internal server error", 500, new GatewayError.Internal()));
    }

    private static Arguments row(String exact, int status, GatewayError error) {
        return Arguments.of(exact, status, error);
    }

    @ParameterizedTest
    @MethodSource("documented")
    void theMessageBeginsWithTheDocumentedStringAndAHintStandsBehindAColon(
            String exact, int status, GatewayError error) {
        assertThat(error.message()).startsWith(exact);
        String rest = error.message().substring(exact.length());
        assertThat(rest).matches("|: .+| \\(.+\\)");
        assertThat(error.message()).doesNotContain("\n").doesNotEndWith(" ");
        assertThat(error.kind().status()).isEqualTo(status);
    }

    /** As the product documentation has them, and what those beyond it say. */
    private static Stream<GatewayError> each() {
        return Stream.concat(
                documented().stream().map(row -> (GatewayError) row.get()[2]),
                Stream.of(
                        new GatewayError.UnknownModel("gpt-6", List.of("openai/gpt-5", "openai/gpt-5.2")),
                        new GatewayError.InvalidModel("a \"string\" is expected"),
                        new GatewayError.RoutingNotConfigured("set OPENAI_API_KEY", List.of("openai/gpt-5")),
                        new GatewayError.InvalidApiKey(null),
                        new GatewayError.InvalidJson(null),
                        new GatewayError.UpstreamFailed("OpenAI", "No \"such\" luck"),
                        new GatewayError.UpstreamOverloaded("Anthropic", "Overloaded", 3),
                        new GatewayError.ProviderRefusal(
                                ErrorKind.RATE_LIMIT, "OpenAI", "Slow down", "tokens", "too_fast", "messages", 7),
                        new GatewayError.ProviderRefusal(
                                ErrorKind.BAD_REQUEST, "Z.AI", "Bad é", null, null, null, -1)));
    }

    /** Whoever changes a line of that file changes what clients are told. */
    @Test
    void everyRefusalHasItsStatusAndItsBodyInEachProtocol() throws IOException {
        StringBuilder all = new StringBuilder();
        each().forEach(error -> all.append(error)
                .append("\n  ")
                .append(error.kind().status())
                .append(", of Anthropic ")
                .append(error.kind().anthropicStatus())
                .append(error.retryAfterSeconds() < 0 ? "" : ", again in " + error.retryAfterSeconds() + " s")
                .append("\n  ")
                .append(text(ErrorBody.openai(error)))
                .append("\n  ")
                .append(text(ErrorBody.anthropic(error, "gen-1")))
                .append("\n  ")
                .append(text(ErrorBody.openrouter(error)))
                .append('\n'));
        assertThat(all.toString()).isEqualTo(Files.readString(GOLDEN));
    }

    @Test
    void noRefusalIsWithoutAGolden() {
        assertThat(each().map(GatewayError::getClass).distinct())
                .containsExactlyInAnyOrderElementsOf(records(GatewayError.class).toList());
    }

    private static Stream<Class<? extends GatewayError>> records(Class<? extends GatewayError> of) {
        Class<?>[] permitted = of.getPermittedSubclasses();
        return permitted == null
                ? Stream.of(of)
                : Stream.of(permitted).flatMap(one -> records(one.asSubclass(GatewayError.class)));
    }

    private static String text(byte[] json) {
        return new String(json, StandardCharsets.UTF_8);
    }

    @Test
    void nearestIdsAreNamed() {
        assertThat(new GatewayError.UnknownModel("gpt-6", List.of("openai/gpt-5", "openai/gpt-5.2")).message())
                .isEqualTo("no model config found for: gpt-6 (nearest: openai/gpt-5, openai/gpt-5.2)");
    }

    @Test
    void aProvidersOverloadIs529ForAnthropicClientsAnd503ForOthers() {
        ErrorKind kind = new GatewayError.UpstreamOverloaded("Anthropic", "Overloaded", 3).kind();
        assertThat(kind.anthropicStatus()).isEqualTo(529);
        assertThat(kind.status()).isEqualTo(503);
    }

    @Test
    void anExceptionCarriesTheErrorWithoutAStackTrace() {
        GatewayException carried = new GatewayException(new GatewayError.ModelRequired());
        assertThat(carried.getStackTrace()).isEmpty();
        assertThat(carried.error()).isEqualTo(new GatewayError.ModelRequired());
        assertThat(carried).hasMessage("model field is required");
    }

    @Test
    void onlyWhatAProviderIsTheCauseOfComesFromUpstream() {
        assertThat(documented().stream()
                        .map(row -> (GatewayError) row.get()[2])
                        .filter(GatewayError::fromUpstream)
                        .map(error -> error.getClass().getSimpleName())
                        .distinct())
                .containsExactly(
                        "BadGateway", "UpstreamUnavailable", "UpstreamOverloaded", "UpstreamFailed", "Deadline");
        assertThat(new GatewayError.ProviderRefusal(ErrorKind.BAD_REQUEST, "OpenAI", "no", null, null, null, -1)
                        .fromUpstream())
                .isTrue();
    }
}
