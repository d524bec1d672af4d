package io.penstock.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.catalog.Price;
import io.penstock.protocol.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A route is the same whether it was made of candidates or through the offers of a model. */
class RouteTest {
    private static final List<Offer> OFFERS = List.of(offer("near"), offer("far"));
    private static final Model MODEL = model("house/one", OFFERS);
    private static final Model OTHER = model("house/two", List.of(offer("near")));

    private static Offer offer(String provider) {
        return new Offer(provider, "native", Price.FREE, 8_192, 1_024, Set.of(Protocol.OPENAI));
    }

    private static Model model(String id, List<Offer> offers) {
        return Model.builder(id).limits(8_192, 1_024).offers(offers).build();
    }

    private static Route ofCandidates() {
        return new Route(List.of(new Candidate(MODEL, OFFERS.get(0)), new Candidate(MODEL, OFFERS.get(1))), "direct");
    }

    @Test
    void throughAModelItIsWhatItsCandidatesAre() {
        Route through = Route.through(MODEL, OFFERS, "direct");
        Route plain = ofCandidates();
        assertThat(through.candidates()).isEqualTo(plain.candidates()).hasSize(2);
        assertThat(through).isEqualTo(plain).hasSameHashCodeAs(plain);
        for (Route route : List.of(through, plain)) {
            assertThat(route.isEmpty()).isFalse();
            for (int i = 0; i < 2; i++) {
                assertThat(route.model(i)).isSameAs(MODEL);
                assertThat(route.offer(i)).isSameAs(OFFERS.get(i));
            }
        }
        assertThatThrownBy(() -> through.candidates().remove(0)).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void itIsThroughThatModelAndThatVeryListAlone() {
        Route through = Route.through(MODEL, OFFERS, "direct");
        assertThat(through.isThrough(MODEL, OFFERS)).isTrue();
        assertThat(through.isThrough(OTHER, OFFERS)).isFalse();
        assertThat(through.isThrough(MODEL, new ArrayList<>(OFFERS))).isFalse();
        assertThat(ofCandidates().isThrough(MODEL, OFFERS)).isFalse();
    }

    @Test
    void aListOfCandidatesIsKeptAsItWas() {
        List<Candidate> list = new ArrayList<>(ofCandidates().candidates());
        Route route = new Route(list, "direct");
        list.clear();
        assertThat(route.candidates()).hasSize(2);
    }

    @Test
    void anotherRouteFollowsBehindAndTheFirstOnesReasonStays() {
        Route first = Route.through(MODEL, OFFERS, "first");
        Route second = Route.through(OTHER, OTHER.offers(), "second");
        Route both = first.then(second);
        assertThat(both.reason()).isEqualTo("first");
        assertThat(both.candidates())
                .extracting(candidate ->
                        candidate.model().id() + " at " + candidate.offer().provider())
                .containsExactly("house/one at near", "house/one at far", "house/two at near");
        assertThat(first.candidates()).hasSize(2);
        Route none = new Route(List.of(), "none");
        assertThat(none.isEmpty()).isTrue();
        assertThat(first.then(none)).isSameAs(first);
        assertThat(none.then(second).candidates()).hasSize(1);
    }
}
