package io.penstock.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.catalog.Catalog;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.catalog.Price;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.translate.Quirk;
import io.penstock.protocol.translate.WireProfile;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every provider keeps to; a plug-in's test extends it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ProviderContract {
    private static final List<String> SAMPLING =
            List.of("temperature", "top_p", "stop", "seed", "frequency_penalty", "presence_penalty", "logit_bias");

    /** The source under test. */
    protected abstract ProviderSource source();

    /** Its providers. */
    protected final List<Provider> providers() {
        return source().providers();
    }

    @Test
    void theProvidersAreTheSameAtEveryCallAndNoIdOrNameMeansTwo() {
        assertThat(providers()).isNotEmpty().isEqualTo(source().providers());
        Set<String> names = new HashSet<>();
        for (Provider provider : providers()) {
            Set<String> own = new HashSet<>(provider.otherNames());
            own.add(provider.id());
            own.add(provider.displayName().toLowerCase(Locale.ROOT));
            for (String name : own) {
                assertThat(names.add(name)).as("%s of %s", name, provider.id()).isTrue();
                assertThat(name).isEqualTo(name.toLowerCase(Locale.ROOT));
                assertThat(provider.named(name.toUpperCase(Locale.ROOT))).isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void aHostedOneIsReachedSafelyAndSaysWhichVariableConfiguresIt(Provider provider) {
        for (Endpoint endpoint : provider.endpoints().values()) {
            assertThat(endpoint.loopback()).as(endpoint.baseUrl()).isEqualTo(provider.local());
            assertThat(endpoint.tls()).as(endpoint.baseUrl()).isNotEqualTo(provider.local());
        }
        assertThat(provider.environment().isEmpty()).isEqualTo(provider.local());
        assertThat(provider.environment()).allMatch(variable -> variable.matches("[A-Z][A-Z0-9_]+"));
    }

    @ParameterizedTest
    @MethodSource("providers")
    void itsAddressesAreWholeAndAnswersAreAskedForAtEachOfThem(Provider provider) {
        assertThat(provider.endpoints().keySet()).isEqualTo(provider.protocols());
        for (Endpoint endpoint : provider.endpoints().values()) {
            assertThat(endpoint.serves(Operation.GENERATE)).isTrue();
            for (Operation operation : endpoint.operations()) {
                URI url = URI.create(endpoint.url(operation));
                assertThat(url.getRawPath())
                        .isEqualTo(endpoint.target(operation))
                        .doesNotContain("//");
            }
            if (endpoint.protocol() == Protocol.ANTHROPIC) { // its paths begin with the version
                assertThat(endpoint.baseUrl()).doesNotEndWith("/v1");
            }
            List<String> headers = new ArrayList<>(endpoint.clientHeaders());
            headers.addAll(endpoint.headers().keySet());
            assertThat(headers).allMatch(name -> name.matches("[a-z0-9-]+"));
            assertThat(headers).doesNotContain("authorization", "x-api-key", "host", "content-length", "cookie");
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void itsTraitsAgreeWithEachOtherForEveryModel(Provider provider) {
        for (Model model : models(provider)) {
            for (Offer offer : model.offers()) {
                WireProfile profile = provider.profile(model, offer);

                assertThat(profile).isEqualTo(provider.profile(model, offer));
                assertThat(profile.provider()).isEqualTo(provider.id());
                assertThat(profile.nativeModel()).isEqualTo(offer.nativeId());
                assertThat(profile.maxOutput()).isEqualTo(offer.maxOutput());
                assertThat(profile.quirks()).containsAll(needed(profile.quirks()));
                for (String parameter : SAMPLING) {
                    assertThat(profile.refuses(parameter)
                                    && profile.parameters().contains(parameter))
                            .as("%s refuses what it takes: %s", model, parameter)
                            .isFalse();
                }
            }
        }
    }

    /** Those of the catalog that it serves, and one of the owner's that thinks and one that does not. */
    private static List<Model> models(Provider provider) {
        List<Model> models = new ArrayList<>();
        for (Model model : Catalog.builtIn().known()) {
            List<Offer> offers = model.offers().stream()
                    .filter(offer -> offer.provider().equals(provider.id()))
                    .toList();
            models.add(model.toBuilder().offers(offers).build());
        }
        for (boolean thinks : new boolean[] {true, false}) {
            models.add(Model.builder("own/model")
                    .limits(8_192, 1_024)
                    .reasoning(thinks)
                    .offers(List.of(
                            new Offer(provider.id(), "models/own", Price.FREE, 8_192, 1_024, provider.protocols())))
                    .build());
        }
        return models;
    }

    /** What goes with these. */
    private static Set<Quirk> needed(Set<Quirk> quirks) {
        Set<Quirk> needed = new HashSet<>();
        if (quirks.contains(Quirk.EFFORT_BESIDE_TOGGLE)) {
            needed.add(Quirk.THINKING_TOGGLE);
        }
        if (quirks.contains(Quirk.THINK_TAGS_BACK)) {
            needed.add(Quirk.THINK_TAGS);
        }
        return needed;
    }

    @ParameterizedTest
    @MethodSource("providers")
    void itsCredentialsBeginInAWayThatNoWordDoes(Provider provider) {
        assertThat(provider.traits().credentials())
                .allMatch(beginning -> beginning.matches("[A-Za-z0-9_.-]{3,}"))
                .doesNotHaveDuplicates();
    }
}
