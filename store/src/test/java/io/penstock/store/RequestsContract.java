package io.penstock.store;

import static io.penstock.store.Samples.AT;
import static io.penstock.store.Samples.await;
import static io.penstock.store.Samples.finish;
import static io.penstock.store.Samples.hold;
import static io.penstock.store.Samples.id;
import static io.penstock.store.Samples.log;
import static io.penstock.store.Samples.release;
import static io.penstock.store.Samples.settlement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.protocol.Usage;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** The request log, whatever keeps it. */
public abstract class RequestsContract extends StoreContract {
    protected RequestsContract(Kind kind) {
        super(kind);
    }

    @Test
    void everyFieldComesBackAsItWasLogged() throws Exception {
        RequestLogEntry full = new RequestLogEntry(
                id(1),
                7,
                "anthropic",
                "sonnet – ünïcode",
                "anthropic/claude-sonnet-4.6",
                "anthropic",
                true,
                429,
                Outcome.CUT,
                3,
                AT,
                250_000,
                900_000,
                new Usage(100, 20, 3, 4, 50, 6, true),
                Long.MAX_VALUE,
                "stop",
                "auto: cheapest",
                "client-1",
                "an app",
                0,
                "cost differs");
        RequestLogEntry empty = RequestLogEntry.interrupted(id(2), 0, AT);
        try (Store store = open()) {
            assertThat(store.requests().log(full)).isTrue();
            assertThat(store.requests().log(empty)).isTrue();
            assertThat(store.requests().find(id(1))).contains(full);
            assertThat(store.requests().find(id(2))).contains(empty);
            assertThat(store.requests().find(id(3))).isEmpty();
        }
    }

    @Test
    void theNewestComeFirstAndPageByPage() throws Exception {
        try (Store store = open()) {
            assertThat(store.requests().latest(null, 10)).isEmpty();
            for (int i = 0; i < 1_100; i++) {
                assertThat(store.requests().log(log(id(i), 7, Outcome.REFUSED, 0, AT + i)))
                        .isTrue();
            }
            List<RequestLogEntry> first = store.requests().latest(null, 100);
            assertThat(first).hasSize(100);
            assertThat(first.get(0)).isEqualTo(log(id(1_099), 7, Outcome.REFUSED, 0, AT + 1_099));
            assertThat(store.requests().latest(id(500), 2))
                    .extracting(RequestLogEntry::requestId)
                    .containsExactly(id(499), id(498));
            assertThat(store.requests().latest(id(0), 2)).isEmpty();
            assertThat(store.requests().latest(null, 1_000_000)).hasSize(1_000);
            assertThat(store.requests().lost()).isZero();
        }
    }

    @Test
    void whoListensIsToldOfEachExchangeOnce() throws Exception {
        List<RequestLogEntry> told = new CopyOnWriteArrayList<>();
        try (Store store = open()) {
            store.requests().listener(told::add);
            hold(store, new Reservation(id(1), 7, 500, AT));
            finish(store, settlement(id(1), 7, 500, 100));
            hold(store, new Reservation(id(2), 7, 500, AT));
            finish(store, release(id(2), 7, 500));
            store.requests().log(log(id(3), 7, Outcome.REFUSED, 0, AT));
            await("told of all", () -> told.size() >= 3);
        }
        assertThat(told)
                .containsExactlyInAnyOrder(
                        log(id(1), 7, Outcome.COMPLETED, 100, AT),
                        log(id(2), 7, Outcome.FAILED, 0, AT),
                        log(id(3), 7, Outcome.REFUSED, 0, AT));
    }

    @Test
    void whatAClosedStoreIsToldIsLostAndCounted() throws Exception {
        Store store = open();
        store.close();
        assertThat(store.requests().log(log(id(1), 7, Outcome.REFUSED, 0, AT))).isFalse();
        assertThat(store.requests().lost()).isEqualTo(1);
    }

    @Test
    void rowsAreThereAtTheNextStart() throws Exception {
        assumeTrue(keeps());
        try (Store store = open()) {
            store.requests().log(log(id(1), 7, Outcome.REFUSED, 0, AT));
        }
        try (Store store = open()) {
            assertThat(store.requests().latest(null, 5)).containsExactly(log(id(1), 7, Outcome.REFUSED, 0, AT));
        }
    }
}
