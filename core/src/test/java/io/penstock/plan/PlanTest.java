package io.penstock.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.catalog.Price;
import io.penstock.protocol.Protocol;
import io.penstock.routing.Candidate;
import io.penstock.routing.Needs;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanTest {
    private static final Offer OFFER = new Offer("lab", "tiny", Price.FREE, 8_192, 1_024, Set.of(Protocol.OPENAI));
    private static final Model MODEL = Model.builder("lab/tiny")
            .limits(8_192, 1_024)
            .offers(List.of(OFFER))
            .build();

    @Test
    void itHasOneOfferOrMore() {
        List<Candidate> two = List.of(new Candidate(MODEL, OFFER), new Candidate(MODEL, OFFER));
        assertThat(new Plan(two, "direct", Needs.NONE, 0, 0).offers()).isEqualTo(2);
        assertThatThrownBy(() -> new Plan(List.of(), "direct", Needs.NONE, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected: at least one");
    }

    @ParameterizedTest
    @CsvSource({"-1, 0", "0, -1", "-1, -1"})
    void nothingInItIsNegative(long tokens, long nanos) {
        List<Candidate> one = List.of(new Candidate(MODEL, OFFER));
        assertThatThrownBy(() -> new Plan(one, "direct", Needs.NONE, tokens, nanos))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(tokens + " tokens, " + nanos + " nanos");
    }
}
