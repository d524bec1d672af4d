package io.penstock.store.sqlite;

import static io.penstock.store.Samples.AT;
import static io.penstock.store.Samples.await;
import static io.penstock.store.Samples.finish;
import static io.penstock.store.Samples.id;
import static io.penstock.store.Samples.settlement;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.store.Durability;
import io.penstock.store.EntryKind;
import io.penstock.store.LedgerEntry;
import io.penstock.store.Reservation;
import io.penstock.store.StoreException;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full is refused work, and nothing else. */
final class FullDiskTest {
    private static final int PAGES = 60;

    @TempDir
    Path dir;

    @Test
    void aFullDiskRefusesHoldsAndHealsByItselfWithoutAHalfWrittenExchange() throws Exception {
        OptionalLong pages = OptionalLong.of(PAGES);
        try (SqliteStore store =
                SqliteStore.open(Opening.options(dir.resolve("penstock.db"), Durability.POWER, pages))) {
            int written = 0;
            while (store.writer().hold(new Reservation(id(written), 7, 10, AT))
                    && finish(store, settlement(id(written), 7, 10, 1))) {
                written++;
            }
            int failed = written;
            assertThat(written).isPositive();
            assertThat(store.writer().available()).isFalse();
            assertThat(store.writer().hold(new Reservation(id(failed + 1), 7, 10, AT)))
                    .isFalse();
            assertThat(finish(store, settlement(id(failed + 2), 7, 10, 1))).isFalse();
            assertThat(store.ledger().spentNanos(7)).isEqualTo(written);
            assertThat(store.ledger().entries(id(failed + 2))).isEmpty();

            store.writer().limitPages(100_000);
            await("available again", () -> store.writer().available());

            assertThat(store.ledger().spentNanos(7)).isEqualTo(written);
            assertThat(Opening.spentByEntries(store, 7)).isEqualTo(written);
            assertThat(store.ledger().openHolds()).isZero();
            assertThat(store.ledger().entries(id(failed)))
                    .as("the exchange that could not be settled is released")
                    .extracting(LedgerEntry::kind)
                    .containsExactly(EntryKind.HOLD, EntryKind.RELEASE);
            assertThat(store.ledger().entries(id(failed)).get(1).interrupted()).isTrue();
            assertAcceptsAgain(store, failed + 3, written);
        }
    }

    @Test
    void whatTheRedoLogTookIsWrittenWhenThereIsRoomAgainAndTheRestIsReleased() throws Exception {
        try (SqliteStore store = SqliteStore.open(Opening.limited(dir.resolve("penstock.db"), PAGES))) {
            int held = 0;
            while (store.writer().hold(new Reservation(id(held), 7, 10, AT))) {
                held++; // until the writer has found out
            }
            await("everything was tried", () -> store.writer().queued() == 0);
            assertThat(store.writer().available()).isFalse();

            int accepted = 0;
            while (finish(store, settlement(id(accepted), 7, 10, 1))) {
                accepted++; // until the redo log is full, which no commit empties
            }
            assertThat(accepted).isPositive();
            assertThat(store.ledger().spentNanos(7)).isZero();

            store.writer().limitPages(1_000_000);
            await("available again", () -> store.writer().available());

            assertThat(store.ledger().spentNanos(7)).isEqualTo(accepted);
            assertThat(Opening.spentByEntries(store, 7)).isEqualTo(accepted);
            assertThat(store.ledger().openHolds()).isEqualTo(Math.max(0, held - accepted - 1));
            LedgerEntry failed = store.ledger().entries(id(accepted)).get(accepted < held ? 1 : 0);
            assertThat(failed.kind()).isEqualTo(EntryKind.RELEASE);
            assertThat(failed.interrupted()).isTrue();
            assertAcceptsAgain(store, Math.max(held, accepted) + 1, accepted);
        }
    }

    private static void assertAcceptsAgain(SqliteStore store, int next, int spent) throws StoreException {
        assertThat(store.writer().hold(new Reservation(id(next), 7, 10, AT))).isTrue();
        assertThat(finish(store, settlement(id(next), 7, 10, 1))).isTrue();
        assertThat(store.ledger().spentNanos(7)).isEqualTo(spent + 1);
    }
}
