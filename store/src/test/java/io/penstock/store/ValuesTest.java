package io.penstock.store;

import static io.penstock.store.Samples.AT;
import static io.penstock.store.Samples.id;
import static io.penstock.store.Samples.log;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A value that cannot be true is refused where it is made. */
final class ValuesTest {
    private static ExchangeEnd end(EntryKind kind, long holdNanos, long amountNanos) {
        return new ExchangeEnd(kind, holdNanos, AT, log(id(1), 7, Outcome.COMPLETED, amountNanos, true, AT));
    }

    @ParameterizedTest
    @CsvSource({
        "HOLD, 5, 0, kind: HOLD",
        "SETTLEMENT, -1, 0, holdNanos: -1",
        "SETTLEMENT, 5, -1, amountNanos: -1",
        "RELEASE, 5, 1, amountNanos of a release: 1"
    })
    void anEndIsASettlementOrAReleaseOfNothing(EntryKind kind, long hold, long amount, String found) {
        assertThatThrownBy(() -> end(kind, hold, amount))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(found)
                .hasMessageContaining("expected: ");
    }

    @Test
    void aReservationIsOfNothingOrMore() {
        assertThat(new Reservation(id(1), 7, 0, AT).amountNanos()).isZero();
        assertThatThrownBy(() -> new Reservation(id(1), 7, -1, AT)).hasMessageContaining("expected: >= 0");
    }

    @Test
    void anInterruptedEndGivesAllBackAndCostsNothing() {
        ExchangeEnd end = end(EntryKind.SETTLEMENT, 5, 9);
        assertThat(end.estimated()).isTrue();
        assertThat(end.overHold()).isTrue();
        ExchangeEnd interrupted = end.interrupted();
        assertThat(interrupted.kind()).isEqualTo(EntryKind.RELEASE);
        assertThat(interrupted.holdNanos()).isEqualTo(5);
        assertThat(interrupted.amountNanos()).isZero();
        assertThat(interrupted.estimated()).isFalse();
        assertThat(interrupted.overHold()).isFalse();
        assertThat(interrupted.log().outcome()).isEqualTo(Outcome.INTERRUPTED);
        assertThat(interrupted.log().costNanos()).isZero();
    }

    @Test
    void everyNumberAndWordInADatabaseIsReadBack() {
        for (EntryKind kind : EntryKind.values()) {
            assertThat(EntryKind.of(kind.code())).isEqualTo(kind);
        }
        for (Outcome outcome : Outcome.values()) {
            assertThat(Outcome.of(outcome.code())).isEqualTo(outcome);
        }
        for (KeyStatus status : KeyStatus.values()) {
            assertThat(KeyStatus.of(status.label())).isEqualTo(status);
        }
        for (Keepalive keepalive : Keepalive.values()) {
            assertThat(Keepalive.of(keepalive.label())).isEqualTo(keepalive);
        }
        assertThatThrownBy(() -> EntryKind.of(0)).hasMessage("kind: 0 (expected: 1 to 3)");
        assertThatThrownBy(() -> Outcome.of(7)).hasMessage("outcome: 7 (expected: 1 to 6)");
        assertThat(KeyStatus.of("of a newer build"))
                .as("rather closed than open")
                .isEqualTo(KeyStatus.DISABLED);
    }

    @Test
    void aDayBeginsAtMidnightUtcAlsoBefore1970() {
        assertThat(Spend.day(0)).isZero();
        assertThat(Spend.day(-1)).isEqualTo(-1);
        assertThat(Spend.day(Instant.parse("1970-01-02T00:00:00Z").toEpochMilli()))
                .isEqualTo(1);
        assertThat(Spend.day(Instant.parse("1970-01-01T23:59:59.999Z").toEpochMilli()))
                .isZero();
    }
}
