package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.Penstock;
import io.penstock.routing.Preference;
import io.penstock.server.config.ModelConfig;
import io.penstock.server.config.ProviderConfig;
import io.penstock.server.testkit.HttpProvider;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.Received;
import io.penstock.server.testkit.Reply;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong with a provider is held against what it went wrong with, and against nothing else. */
class HealthTest {
    static final List<String> FACES = List.of(Lab.CHAT, Lab.MESSAGES, Lab.RESPONSES);

    /** After so many failures in a row something is left alone. */
    private static final int FAILURES = 3;

    private static final String SECOND_KEY = "second-secret-0123456789";

    private final HttpProvider first = new HttpProvider();
    private final HttpProvider second = new HttpProvider();
    private Lab lab;

    @AfterEach
    void stop() {
        lab.close();
        first.close();
        second.close();
    }

    /** Two providers of the same free model, which auto takes before any that costs something. */
    private void start(ProviderConfig.Builder one, ProviderConfig.Builder other) {
        lab = Lab.also((builder, provider) -> {
            Penstock.Builder it = builder.routing(true, Preference.PRICE);
            for (ProviderConfig.Builder each : List.of(one, other)) {
                it = it.provider(each.model(ModelConfig.builder("open/shared")
                                .nativeId("shared")
                                .build())
                        .model(ModelConfig.builder("rare").nativeId("rare").build())
                        .build());
            }
            return it;
        });
    }

    private static ProviderConfig.Builder one() {
        return ProviderConfig.builder("one").apiKey(Lab.PROVIDER_KEY);
    }

    private static ProviderConfig.Builder other() {
        return ProviderConfig.builder("other").apiKey(Lab.PROVIDER_KEY);
    }

    private static ProviderConfig.Builder at(ProviderConfig.Builder builder, String origin) {
        return builder.openai(origin + "/v1").anthropic(origin).responses(origin + "/v1");
    }

    /** An origin where nobody listens. */
    private static String nowhere() {
        try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "http://127.0.0.1:" + gone.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static MockResponse plain(String path) {
        return HttpProvider.json(200, Lab.plain(path).upstream());
    }

    private Reply ask(String path, String model) {
        return lab.ask(Lab.post(path, Lab.body(path, model, false)));
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void autoLeavesAProviderThatIsDeadInTheProtocolThatIsAsked(String path) {
        for (String dead : FACES) {
            ProviderConfig.Builder half = one();
            String nowhere = nowhere();
            String origin = first.url("");
            half.openai((dead.equals(Lab.CHAT) ? nowhere : origin) + "/v1")
                    .anthropic(dead.equals(Lab.MESSAGES) ? nowhere : origin)
                    .responses((dead.equals(Lab.RESPONSES) ? nowhere : origin) + "/v1");
            start(half, at(other(), second.url("")));
            first.always(plain(path));
            second.always(plain(path));
            int failed = 0;
            for (int i = 0; i < 10; i++) {
                failed += ask(path, "auto").status() == 200 ? 0 : 1;
            }
            assertThat(failed).as("failed on %s with %s dead", path, dead).isEqualTo(path.equals(dead) ? FAILURES : 0);
            first.forget();
            ask(path, "auto");
            assertThat(first.received()).hasSize(path.equals(dead) ? 0 : 1);
            lab.close();
        }
    }

    @Test
    void aModelThatItsProviderDoesNotKnowLeavesItsOtherModelsAlone() {
        start(at(one(), first.url("")), at(other(), second.url("")));
        first.always(HttpProvider.json(404, "{\"error\":{\"message\":\"no such model\"}}"));
        for (int i = 0; i < 5; i++) {
            assertThat(ask(Lab.CHAT, "one/rare").status()).isEqualTo(502);
        }
        first.always(plain(Lab.CHAT));
        for (int i = 0; i < 5; i++) {
            assertThat(ask(Lab.CHAT, "open/shared").status()).isEqualTo(200);
        }
        assertThat(second.received()).isEmpty();
    }

    @Test
    void aModelThatItsProviderDoesNotKnowIsAskedElsewhereFromThenOn() {
        start(at(one(), first.url("")), at(other(), second.url("")));
        first.next(HttpProvider.json(404, "{\"error\":{\"message\":\"no such model\"}}"))
                .next(plain(Lab.MESSAGES));
        second.always(plain(Lab.CHAT));
        assertThat(ask(Lab.CHAT, "open/shared").status()).isEqualTo(502);
        assertThat(ask(Lab.CHAT, "open/shared").status()).isEqualTo(200);
        assertThat(second.received()).hasSize(1);
        assertThat(ask(Lab.MESSAGES, "open/shared").status())
                .as("in another protocol")
                .isEqualTo(200);
        assertThat(first.received()).hasSize(2);
    }

    @Test
    void aModelThatFailsLeavesTheOthersOfItsProviderAlone() {
        start(at(one(), first.url("")), at(other(), second.url("")));
        first.always(HttpProvider.json(500, "{\"error\":{\"message\":\"out of memory\"}}"));
        for (int i = 0; i < FAILURES; i++) {
            assertThat(ask(Lab.CHAT, "one/rare").status()).isEqualTo(502);
        }
        first.always(plain(Lab.CHAT));
        assertThat(ask(Lab.CHAT, "open/shared").status()).isEqualTo(200);
        assertThat(second.received()).isEmpty();
    }

    @Test
    void anAddressThatCannotBeReachedIsLeftByAllThatIsThere() {
        start(at(one(), nowhere()), at(other(), second.url("")));
        second.always(plain(Lab.CHAT));
        for (int i = 0; i < FAILURES; i++) {
            assertThat(ask(Lab.MESSAGES, "one/rare").status()).isEqualTo(502);
        }
        assertThat(ask(Lab.CHAT, "open/shared").status()).isEqualTo(200);
        assertThat(second.received()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 403})
    void aModelThatIsWithheldLeavesTheOthersOfItsProviderAlone(int status) {
        start(at(one(), first.url("")), at(other(), second.url("")));
        String body = "{\"error\":{\"message\":\"project has no access to model rare, or too often\"}}";
        first.always(HttpProvider.json(status, body, "Retry-After: 600"));
        for (int i = 0; i < 5; i++) {
            assertThat(ask(Lab.CHAT, "one/rare").status()).isEqualTo(status == 429 ? 429 : 502);
        }
        first.always(plain(Lab.CHAT));
        assertThat(ask(Lab.CHAT, "open/shared").status()).isEqualTo(200);
        assertThat(second.received()).isEmpty();
    }

    @Test
    void aRateLimitSendsTheModelElsewhereForAsLongAsItSays() {
        start(at(one(), first.url("")), at(other(), second.url("")));
        second.always(plain(Lab.CHAT));
        first.always(HttpProvider.json(429, "{\"error\":{\"message\":\"slow down\"}}", "Retry-After: 600"));
        assertThat(ask(Lab.CHAT, "open/shared").status()).isEqualTo(429);
        for (int i = 0; i < 5; i++) {
            assertThat(ask(Lab.CHAT, "open/shared").status()).isEqualTo(200);
        }
        assertThat(first.received()).hasSize(1);
        first.always(HttpProvider.json(429, "{\"error\":{\"message\":\"slow down\"}}", "Retry-After: 0"));
        assertThat(ask(Lab.CHAT, "one/rare").status()).isEqualTo(429);
        first.always(plain(Lab.CHAT));
        assertThat(ask(Lab.CHAT, "one/rare").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 402, 403})
    void aCredentialThatIsRefusedIsLeftAndTheProviderIsNot(int status) {
        start(
                at(ProviderConfig.builder("one").apiKey(Lab.PROVIDER_KEY, 1).apiKey(SECOND_KEY, 1), first.url("")),
                at(other(), second.url("")));
        first.always(request -> {
            boolean bad = request.head().contains(Lab.PROVIDER_KEY);
            return bad ? HttpProvider.json(status, "{\"error\":{\"message\":\"no\"}}") : plain(Lab.CHAT);
        });
        int failed = 0;
        for (int i = 0; i < 64; i++) { // by chance at most one of them shows the bad one, whichever model
            failed += ask(Lab.CHAT, i % 2 == 0 ? "open/shared" : "one/rare").status() == 200 ? 0 : 1;
        }
        assertThat(failed).isEqualTo(1);
        assertThat(second.received()).isEmpty();
        Set<String> shown = new HashSet<>();
        for (Received request : first.received()) {
            shown.add(request.header("authorization"));
        }
        assertThat(shown).hasSize(2);
    }

    @Test
    void aCredentialThatIsRefusedForOneModelServesTheOthers() {
        start(
                at(ProviderConfig.builder("one").apiKey(Lab.PROVIDER_KEY, 1).apiKey(SECOND_KEY, 1), first.url("")),
                at(other(), second.url("")));
        first.always(request -> {
            boolean bad =
                    request.head().contains(Lab.PROVIDER_KEY) && request.text().contains("\"rare\"");
            return bad
                    ? HttpProvider.json(429, "{\"error\":{\"message\":\"slow\"}}", "Retry-After: 600")
                    : plain(Lab.CHAT);
        });
        int failed = 0;
        for (int i = 0; i < 64; i++) {
            failed += ask(Lab.CHAT, "one/rare").status() == 200 ? 0 : 1;
        }
        assertThat(failed).isEqualTo(1);
        first.forget();
        for (int i = 0; i < 64; i++) {
            assertThat(ask(Lab.CHAT, "open/shared").status()).isEqualTo(200);
        }
        Set<String> shown = new HashSet<>();
        for (Received request : first.received()) {
            shown.add(request.header("authorization"));
        }
        assertThat(shown).as("both serve the other model").hasSize(2);
    }
}
