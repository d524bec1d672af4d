package io.penstock.guardrail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.catalog.Catalog;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OfferListTest extends GuardrailContract {
    private static final Catalog CATALOG = Catalog.builtIn();

    @Override
    protected Guardrail guardrail() {
        return new OfferList("list", List.of("moonshotai/kimi-k2.5", "anthropic/*"), List.of("moonshot", "anthropic"));
    }

    private static List<String> allowed(OfferList list) {
        List<String> allowed = new ArrayList<>();
        for (Model model : CATALOG.models()) {
            for (Offer offer : model.offers()) {
                if (list.allows(model, offer)) {
                    allowed.add(model.id() + " of " + offer.provider());
                }
            }
        }
        return allowed;
    }

    @Test
    void aModelOfTheListIsAllowedAtAProviderOfTheList() {
        assertThat(allowed(new OfferList("list", List.of("moonshotai/kimi-k2.5"), List.of("moonshot", "together"))))
                .containsExactly("moonshotai/kimi-k2.5 of moonshot", "moonshotai/kimi-k2.5 of together");
    }

    @Test
    void anAuthorStandsForAllOfTheirModelsAndNoListForAny() {
        List<String> claude = allowed(new OfferList("list", List.of("anthropic/*"), List.of()));
        assertThat(claude).hasSizeGreaterThan(5).allMatch(offer -> offer.startsWith("anthropic/"));
        assertThat(allowed(new OfferList("list", List.of(), List.of("groq"))))
                .isNotEmpty()
                .allMatch(offer -> offer.endsWith(" of groq"));
        assertThat(allowed(new OfferList("list", List.of(), List.of())))
                .hasSize(CATALOG.models().stream()
                        .mapToInt(model -> model.offers().size())
                        .sum());
    }

    @Test
    void anIdStandsForItsFreeVariantTooAndForNoLongerName() {
        Model sold = CATALOG.models().get(0);
        Offer offer = sold.offers().get(0);
        OfferList list = new OfferList("list", List.of(sold.id()), List.of());

        assertThat(list.allows(named(sold, sold.id() + ":free"), offer)).isTrue();
        assertThat(list.allows(named(sold, sold.id() + "-large"), offer)).isFalse();
    }

    private static Model named(Model like, String id) {
        return Model.builder(id).limits(like.context(), like.maxOutput()).build();
    }

    @Test
    void allOfSeveralMustAllow() {
        Model kimi = CATALOG.model("moonshotai/kimi-k2.5").orElseThrow();
        Offer offer = kimi.offers().get(0);
        Guardrail yes = new OfferList("yes", List.of(kimi.id()), List.of());
        Guardrail no = new OfferList("no", List.of(), List.of("nobody"));

        assertThat(Guardrails.NONE.allow(kimi, offer)).isTrue();
        assertThat(Guardrails.of(List.of())).isSameAs(Guardrails.NONE);
        assertThat(Guardrails.of(List.of(yes)).allow(kimi, offer)).isTrue();
        assertThat(Guardrails.of(List.of(yes, no)).allow(kimi, offer)).isFalse();
    }

    @Test
    void thoseThatExcludeAnOfferAreNamed() {
        Model kimi = CATALOG.model("moonshotai/kimi-k2.5").orElseThrow();
        Model opus = CATALOG.models().stream()
                .filter(model -> model.author().equals("anthropic"))
                .findFirst()
                .orElseThrow();
        Guardrail any = new OfferList("any", List.of(), List.of());
        Guardrail claude = new OfferList("claude", List.of("anthropic/*"), List.of());
        Guardrail some =
                new OfferList("some", List.of(), List.of(kimi.offers().get(0).provider()));
        Guardrails all = Guardrails.of(List.of(some, any, claude));

        assertThat(all.excluding(List.of(kimi))).containsExactly("some", "claude");
        assertThat(all.excluding(List.of(opus))).containsExactly("some");
        assertThat(all.excluding(List.of())).isEmpty();
        assertThat(Guardrails.NONE.excluding(CATALOG.models())).isEmpty();
        assertThat(Guardrails.NONE.isEmpty()).isTrue();
        assertThat(all.isEmpty()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "kimi", "/kimi", "moonshotai/"})
    void whatIsNoIdIsRefused(String model) {
        assertThatThrownBy(() -> new OfferList("list", List.of(model), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected: author/name");
    }
}
