package io.penstock.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.error.Blame;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.ProviderRefusal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RefusalTest {
    private static final Masks MASKS = Masks.of(List.of("own-secret-0123456789"));

    private static Refusal read(int status, String body, @Nullable String nativeId, boolean foreign) {
        return Refusal.read(status, body.getBytes(StandardCharsets.UTF_8), "Lab", nativeId, MASKS, foreign, 7);
    }

    private static String error(String message) {
        return "{\"error\":{\"message\":\"" + message + "\",\"type\":\"t\",\"code\":\"c\",\"param\":\"p\"}}";
    }

    @ParameterizedTest
    @CsvSource({
        "400, REQUEST, 400, no",
        "401, CREDENTIAL, 502, upstream service error: Lab: it refused the gateway's credential",
        "402, CREDENTIAL, 502, upstream service error: Lab: it refused the gateway's credential",
        "403, CREDENTIAL, 502, upstream service error: Lab: it refused the gateway's credential",
        "404, OFFER, 502, upstream service unavailable: Lab does not know m-1 any more: no",
        "408, REQUEST, 408, no",
        "413, REQUEST, 413, no",
        "418, PROVIDER, 502, upstream service error: Lab: no",
        "422, REQUEST, 422, no",
        "429, RATE, 429, no",
        "500, PROVIDER, 502, upstream service error: Lab: no",
        "503, PROVIDER, 502, upstream service error: Lab: no",
        "504, PROVIDER, 504, request timeout: Lab: no",
        "529, PROVIDER, 503, no"
    })
    void theStatusSaysWhoseFaultItIs(int status, Blame blame, int told, String message) {
        Refusal refusal = read(status, error("no"), "m-1", false);

        assertThat(refusal.blame()).isEqualTo(blame);
        assertThat(refusal.error().kind().status()).isEqualTo(told);
        assertThat(refusal.error().message()).startsWith(message);
        assertThat(refusal.error().fromUpstream()).isTrue();
    }

    @Test
    void a403MayBeAboutThePromptOrAboutOneModel() {
        assertThat(read(403, error("flagged by moderation"), "m-1", false).blame())
                .isEqualTo(Blame.REQUEST);
        assertThat(read(403, error("no access to m-1"), "m-1", false).blame()).isEqualTo(Blame.ACCESS);
        assertThat(read(403, error("no access to m-1"), null, false).blame()).isEqualTo(Blame.CREDENTIAL);
    }

    @Test
    void a404IsAboutTheModelOnlyWhereEveryModelCanDoWhatWasAsked() {
        assertThat(read(404, error("no"), null, false).blame()).isEqualTo(Blame.REQUEST);
    }

    @Test
    void namesOfAnotherProtocolAreLeftOutAndSecretsAreMasked() {
        GatewayError own =
                read(400, error("key own-secret-0123456789 of"), "m-1", false).error();
        GatewayError foreign = read(400, error("no"), "m-1", true).error();

        assertThat(own).isInstanceOfSatisfying(ProviderRefusal.class, refusal -> {
            assertThat(refusal.message()).isEqualTo("key *** of");
            assertThat(refusal.type()).isEqualTo("t");
            assertThat(refusal.retryAfterSeconds()).isEqualTo(7);
        });
        assertThat(foreign).isInstanceOfSatisfying(ProviderRefusal.class, refusal -> {
            assertThat(refusal.type()).isNull();
            assertThat(refusal.code()).isNull();
            assertThat(refusal.param()).isNull();
        });
    }

    @ParameterizedTest
    @CsvSource({
        "overloaded_error, 503",
        "server_is_overloaded, 503",
        "rate_limit_exceeded, 429",
        "invalid_prompt, 400",
        "context_length_exceeded, 400",
        "api_error, 502",
        "'', 502"
    })
    void anErrorInsideAStreamIsKnownByItsName(String type, int status) {
        assertThat(Refusal.event("Lab", type, "no").kind().status()).isEqualTo(status);
    }
}
