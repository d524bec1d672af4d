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

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The rules of money, whatever keeps it. */
public abstract class LedgerContract extends StoreContract {
    protected LedgerContract(Kind kind) {
        super(kind);
    }

    @Test
    void anExchangeIsAHoldAndASettlementFromTheOrganisationToUsage() throws Exception {
        try (Store store = open()) {
            assertThat(hold(store, new Reservation(id(1), 7, 500, AT))).isTrue();
            assertThat(finish(store, settlement(id(1), 7, 500, 123))).isTrue();

            List<LedgerEntry> entries = store.ledger().entries(id(1));
            assertThat(entries).extracting(LedgerEntry::kind).containsExactly(EntryKind.HOLD, EntryKind.SETTLEMENT);
            assertThat(entries).extracting(LedgerEntry::amountNanos).containsExactly(500L, 123L);
            assertThat(entries).allMatch(e -> e.debitAccount() == 1 && e.creditAccount() == 2 && e.keyId() == 7);
            assertThat(entries).allMatch(e -> e.requestId().equals(id(1)) && e.atMillis() == AT);
            assertThat(store.ledger().openHolds()).isZero();
            assertThat(store.ledger().spentNanos(7)).isEqualTo(123);
            assertThat(store.requests().find(id(1))).contains(log(id(1), 7, Outcome.COMPLETED, 123, AT));
        }
    }

    @Test
    void aReservationIsAnsweredOnceAndHoldsNoMoreThanWasAsked() throws Exception {
        AtomicInteger answers = new AtomicInteger();
        AtomicLong held = new AtomicLong(-1);
        try (Store store = open()) {
            store.ledger().reserve(new Reservation(id(1), 7, 500, AT), new Reserved() {
                @Override
                public void granted(long holdNanos) {
                    held.set(holdNanos);
                    answers.incrementAndGet();
                }

                @Override
                public void refused(HoldRefusal why) {
                    answers.addAndGet(100);
                }
            });
            await("answered", () -> answers.get() > 0);
            assertThat(held.get()).isBetween(0L, 500L);
            assertThat(store.ledger().openHolds()).isEqualTo(1);
            assertThat(store.ledger().entries(id(1)))
                    .extracting(LedgerEntry::amountNanos)
                    .containsExactly(held.get());
            assertThat(store.ledger().spentNanos(7)).as("a hold spends nothing").isZero();
            finish(store, release(id(1), 7, held.get()));
        }
        assertThat(answers).hasValue(1);
    }

    @Test
    void whatCostsMoreThanWasHeldIsSettledInFullAndSaysSo() throws Exception {
        try (Store store = open()) {
            hold(store, new Reservation(id(1), 7, 500, AT));
            assertThat(finish(store, settlement(id(1), 7, 500, 600))).isTrue();
            LedgerEntry end = store.ledger().entries(id(1)).get(1);
            assertThat(end.amountNanos()).isEqualTo(600);
            assertThat(end.overHold()).isTrue();
            assertThat(store.ledger().openHolds()).isZero();
            assertThat(store.ledger().spentNanos(7)).isEqualTo(600);
        }
    }

    @Test
    void anEstimatedCostIsMarked() throws Exception {
        try (Store store = open()) {
            hold(store, new Reservation(id(1), 7, 500, AT));
            finish(store, new ExchangeEnd(EntryKind.SETTLEMENT, 500, AT, log(id(1), 7, Outcome.LEFT, 20, true, AT)));
            LedgerEntry end = store.ledger().entries(id(1)).get(1);
            assertThat(end.estimated()).isTrue();
            assertThat(end.overHold()).isFalse();
            assertThat(end.interrupted()).isFalse();
        }
    }

    @Test
    void aRepeatChangesNothing() throws Exception {
        try (Store store = open()) {
            for (int i = 0; i < 3; i++) {
                hold(store, new Reservation(id(1), 7, 500, AT));
                assertThat(finish(store, settlement(id(1), 7, 500, 100 + i))).isTrue();
            }
            assertThat(store.ledger().entries(id(1))).hasSize(2);
            assertThat(store.ledger().entries(id(1)).get(1).amountNanos()).isEqualTo(100);
            assertThat(store.ledger().spentNanos(7)).isEqualTo(100);
            assertThat(store.ledger().openHolds()).isZero();
        }
    }

    @Test
    void anExchangeHasOneEndWhicheverComesFirst() throws Exception {
        try (Store store = open()) {
            hold(store, new Reservation(id(1), 7, 500, AT));
            finish(store, release(id(1), 7, 500));
            finish(store, settlement(id(1), 7, 500, 100));
            hold(store, new Reservation(id(2), 7, 500, AT));
            finish(store, settlement(id(2), 7, 500, 100));
            finish(store, release(id(2), 7, 500));

            assertThat(store.ledger().entries(id(1)).get(1).kind()).isEqualTo(EntryKind.RELEASE);
            assertThat(store.ledger().entries(id(1))).hasSize(2);
            assertThat(store.ledger().entries(id(2)).get(1).kind()).isEqualTo(EntryKind.SETTLEMENT);
            assertThat(store.ledger().entries(id(2))).hasSize(2);
            assertThat(store.ledger().spentNanos(7)).isEqualTo(100);
        }
    }

    @Test
    void aReleaseChargesNothingAndGivesAllBack() throws Exception {
        try (Store store = open()) {
            hold(store, new Reservation(id(1), 7, 500, AT));
            assertThat(finish(store, release(id(1), 7, 500))).isTrue();
            assertThat(store.ledger().spentNanos(7)).isZero();
            assertThat(store.ledger().openHolds()).isZero();
            LedgerEntry end = store.ledger().entries(id(1)).get(1);
            assertThat(end.amountNanos()).isEqualTo(500);
            assertThat(end.interrupted()).isFalse();
        }
    }

    @Test
    void ofAnUnknownExchangeAndKeyNothingIsKnown() throws Exception {
        try (Store store = open()) {
            assertThat(store.ledger().entries("gen-never")).isEmpty();
            assertThat(store.ledger().spentNanos(99)).isZero();
            assertThat(store.ledger().spentNanosSince(99, 0)).isZero();
            assertThat(store.ledger().spend(0)).isEmpty();
            assertThat(store.ledger().openHolds()).isZero();
            assertThat(store.interruptedAtStart()).isZero();
            assertThat(store.lostAtStart()).isZero();
        }
    }

    @Test
    void spendIsKeptPerKeyAndUtcDay() throws Exception {
        long midnight = Instant.parse("2026-03-02T00:00:00Z").toEpochMilli();
        try (Store store = open()) {
            finish(store, settlement(id(1), 7, 500, 100, midnight - 1));
            finish(store, settlement(id(2), 7, 500, 20, midnight - 1));
            finish(store, settlement(id(3), 7, 500, 3, midnight));
            finish(store, settlement(id(4), 8, 500, 1000, midnight));
            long second = Spend.day(midnight);
            assertThat(store.ledger().spend(0))
                    .containsExactly(
                            new Spend(7, 0, 123, 3),
                            new Spend(7, second - 1, 120, 2),
                            new Spend(7, second, 3, 1),
                            new Spend(8, 0, 1000, 1),
                            new Spend(8, second, 1000, 1));
            assertThat(store.ledger().spend(second))
                    .containsExactly(new Spend(7, second, 3, 1), new Spend(8, second, 1000, 1));
            assertThat(store.ledger().spentNanosSince(7, second)).isEqualTo(3);
            assertThat(store.ledger().spentNanosSince(7, second - 1)).isEqualTo(123);
            assertThat(store.ledger().spentNanosSince(7, 0)).isEqualTo(123);
        }
    }

    @Test
    void manyThreadsAtOnceLoseNothingAndAddUp() throws Exception {
        int threads = 8;
        int each = 500;
        CountDownLatch told = new CountDownLatch(threads * each);
        AtomicInteger durable = new AtomicInteger();
        AtomicInteger granted = new AtomicInteger();
        try (Store store = open()) {
            List<Thread> all = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int first = t * each;
                long keyId = 1L + t % 3;
                Thread thread = new Thread(() -> {
                    for (int i = first; i < first + each; i++) {
                        granted.addAndGet(hold(store, new Reservation(id(i), keyId, 1000, AT)) ? 1 : 0);
                        store.ledger().settle(settlement(id(i), keyId, 1000, i), ok -> {
                            durable.addAndGet(ok ? 1 : 0);
                            told.countDown();
                        });
                    }
                });
                all.add(thread);
                thread.start();
            }
            for (Thread thread : all) {
                thread.join();
            }
            assertThat(told.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(granted).hasValue(threads * each);
            assertThat(durable).hasValue(threads * each);
            long[] byEntries = new long[4];
            for (int i = 0; i < threads * each; i++) {
                LedgerEntry end = store.ledger().entries(id(i)).get(1);
                byEntries[(int) end.keyId()] += end.amountNanos();
            }
            for (int keyId = 1; keyId <= 3; keyId++) {
                assertThat(store.ledger().spentNanos(keyId)).isEqualTo(byEntries[keyId]);
            }
            long n = (long) threads * each;
            assertThat(byEntries[1] + byEntries[2] + byEntries[3]).isEqualTo(n * (n - 1) / 2);
            assertThat(store.ledger().openHolds()).isZero();
            await("all is written", () -> store.ledger().queued() == 0);
            assertThat(store.ledger().available()).isTrue();
        }
    }

    @Test
    void aClosedStoreRefusesHoldsAndAnswersEndsWithFalse() throws Exception {
        Store store = open();
        List<Boolean> durable = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            finish(store, settlement(id(i), 7, 10, 1));
        }
        store.close();
        store.close();
        assertThat(hold(store, new Reservation(id(101), 7, 10, AT))).isFalse();
        store.ledger().settle(settlement(id(101), 7, 10, 1), durable::add);
        assertThat(durable).containsExactly(false);
    }

    @Test
    void whatWasAcknowledgedIsThereAtTheNextStart() throws Exception {
        assumeTrue(keeps());
        try (Store store = open()) {
            for (int i = 0; i < 100; i++) {
                hold(store, new Reservation(id(i), 7, 10, AT));
                assertThat(finish(store, settlement(id(i), 7, 10, 2))).isTrue();
            }
        }
        try (Store store = open()) {
            assertThat(store.ledger().spentNanos(7)).isEqualTo(200);
            assertThat(store.ledger().entries(id(99))).hasSize(2);
            assertThat(store.interruptedAtStart()).isZero();
            assertThat(store.lostAtStart()).isZero();
        }
    }

    @Test
    void aHoldThatIsLeftIsReleasedAtTheNextStartAsInterrupted() throws Exception {
        assumeTrue(keeps());
        try (Store store = open()) {
            hold(store, new Reservation(id(1), 7, 500, AT));
            hold(store, new Reservation(id(2), 8, 600, AT));
            finish(store, settlement(id(1), 7, 500, 100));
        }
        try (Store store = open()) {
            assertThat(store.interruptedAtStart()).isEqualTo(1);
            assertThat(store.ledger().openHolds()).isZero();
            LedgerEntry end = store.ledger().entries(id(2)).get(1);
            assertThat(end.kind()).isEqualTo(EntryKind.RELEASE);
            assertThat(end.interrupted()).isTrue();
            assertThat(end.amountNanos()).isEqualTo(600);
            assertThat(store.ledger().spentNanos(8)).isZero();
            RequestLogEntry row = store.requests().find(id(2)).orElseThrow();
            assertThat(row.outcome()).isEqualTo(Outcome.INTERRUPTED);
            assertThat(row.keyId()).isEqualTo(8);
        }
        try (Store store = open()) {
            assertThat(store.interruptedAtStart()).isZero();
        }
    }
}
