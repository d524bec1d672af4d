package io.penstock.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.error.ErrorKind;
import io.penstock.error.GatewayError;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ErrorBodyTest {
    private static final GatewayError REFUSAL = new GatewayError.ProviderRefusal(
            ErrorKind.RATE_LIMIT, "OpenAI", "Slow down", "tokens", "rate_limit_exceeded", "messages", 7);

    @Test
    void openaiClientsGetMessageTypeParamAndCode() {
        assertThat(text(ErrorBody.openai(new GatewayError.InvalidApiKey(null))))
                .isEqualTo("{\"error\":{\"message\":\"invalid api key\",\"type\":\"invalid_request_error\","
                        + "\"param\":null,\"code\":\"invalid_api_key\"}}");
        assertThat(text(ErrorBody.openai(new GatewayError.UnknownModel("a\"b", List.of()))))
                .isEqualTo("{\"error\":{\"message\":\"no model config found for: a\\\"b\","
                        + "\"type\":\"invalid_request_error\",\"param\":\"model\",\"code\":\"model_not_found\"}}");
    }

    @Test
    void aProvidersOwnTypeAndCodeAreKept() {
        assertThat(text(ErrorBody.openai(REFUSAL)))
                .isEqualTo("{\"error\":{\"message\":\"Slow down\",\"type\":\"tokens\",\"param\":\"messages\","
                        + "\"code\":\"rate_limit_exceeded\"}}");
        assertThat(text(ErrorBody.anthropic(REFUSAL, "gen-1")))
                .isEqualTo("{\"type\":\"error\",\"error\":{\"type\":\"tokens\",\"message\":\"Slow down\"},"
                        + "\"request_id\":\"gen-1\"}");
    }

    @Test
    void anthropicClientsGetATypeTheirSdkKnows() {
        assertThat(text(ErrorBody.anthropic(new GatewayError.InvalidApiKey(null), "gen-2")))
                .isEqualTo("{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\","
                        + "\"message\":\"invalid api key\"},\"request_id\":\"gen-2\"}");
    }

    @Test
    void openrouterClientsGetANumericCodeAndWhereItCameFrom() {
        assertThat(text(ErrorBody.openrouter(new GatewayError.ModelRequired())))
                .isEqualTo("{\"error\":{\"code\":400,\"message\":\"model field is required\","
                        + "\"metadata\":{\"error_type\":\"invalid_request\"}}}");
        assertThat(text(ErrorBody.openrouter(REFUSAL)))
                .isEqualTo(
                        "{\"error\":{\"code\":429,\"message\":\"Slow down\",\"metadata\":{"
                                + "\"error_type\":\"rate_limit_exceeded\",\"provider_name\":\"OpenAI\",\"raw\":\"Slow down\"}}}");
    }

    @Test
    void aBrokenOpenrouterStreamEndsWithAChunkThatFinishesInError() {
        byte[] chunk = ErrorBody.openrouterChunk(
                new GatewayError.UpstreamFailed("Z.AI", "it went away"), "gen-3", 17, "z-ai/glm-5", "Z.AI");
        assertThat(text(chunk))
                .isEqualTo("{\"id\":\"gen-3\",\"object\":\"chat.completion.chunk\",\"created\":17,"
                        + "\"model\":\"z-ai/glm-5\",\"provider\":\"Z.AI\",\"error\":{\"code\":502,"
                        + "\"message\":\"upstream service error: Z.AI: it went away\",\"metadata\":{"
                        + "\"error_type\":\"provider_unavailable\",\"provider_name\":\"Z.AI\",\"raw\":\"it went away\"}},"
                        + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\","
                        + "\"native_finish_reason\":null}]}");
    }

    @Test
    void textThatIsNotPlainIsEscaped() {
        assertThat(JsonText.quote(new StringBuilder(), "a\nb\tc\u0001\"\\é\uD83D\uDE00\uD800x")
                        .toString())
                .isEqualTo("\"a\\nb\\tc\\u0001\\\"\\\\é\uD83D\uDE00\\ud800x\"");
    }

    private static String text(byte[] json) {
        return new String(json, StandardCharsets.UTF_8);
    }
}
