package io.penstock.store.sqlite;

import static io.penstock.store.Samples.AT;
import static io.penstock.store.Samples.await;
import static io.penstock.store.Samples.finish;
import static io.penstock.store.Samples.id;
import static io.penstock.store.Samples.settlement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.store.EntryKind;
import io.penstock.store.LedgerEntry;
import io.penstock.store.Outcome;
import io.penstock.store.Reservation;
import io.penstock.store.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rules of money, each on a real database. */
final class LedgerTest {
    @TempDir
    Path dir;

    private SqliteStore open() throws StoreException {
        return SqliteStore.open(Opening.options(dir.resolve("penstock.db")));
    }

    private void sql(String sql) throws SQLException {
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("penstock.db"));
                Statement statement = other.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    @Test
    void aHoldAloneIsOnDiskSoonAndItsEndClosesIt() throws Exception {
        try (SqliteStore store = open()) {
            assertThat(store.writer().hold(new Reservation(id(1), 7, 500, AT))).isTrue();
            await("the hold is written", () -> store.writer().queued() == 0);
            assertThat(store.ledger().openHolds()).isEqualTo(1);
            assertThat(store.ledger().spentNanos(7)).isZero();

            assertThat(finish(store, settlement(id(1), 7, 500, 600))).isTrue();
            assertThat(store.ledger().openHolds()).isZero();
            assertThat(store.ledger().entries(id(1)).get(1).overHold()).isTrue();
        }
    }

    @Test
    void aHoldWakesAWriterThatSleepsDeeply() throws Exception {
        try (SqliteStore store = open()) {
            await("asleep", () -> store.writer().isAsleep());
            store.writer().hold(new Reservation(id(1), 7, 500, AT));
            await("written", () -> store.writer().queued() == 0);
            assertThat(store.ledger().openHolds()).isEqualTo(1);
        }
    }

    @Test
    void rowsOfTheLedgerAreNeverEditedOrDeleted() throws Exception {
        try (SqliteStore store = open()) {
            store.writer().hold(new Reservation(id(1), 7, 500, AT));
            finish(store, settlement(id(1), 7, 500, 123));
            store.writer().catchUp();
            assertThatThrownBy(() -> sql("UPDATE ledger_entry SET amount_nanos = 0"))
                    .hasMessageContaining("append-only");
            assertThatThrownBy(() -> sql("DELETE FROM ledger_entry")).hasMessageContaining("append-only");
            assertThatThrownBy(() -> sql("INSERT INTO ledger_entry VALUES ('x', 2, 7, 1, 2, -5, 0, 0)"))
                    .hasMessageContaining("CHECK");
            assertThat(store.ledger().entries(id(1)).get(1).amountNanos()).isEqualTo(123);
        }
    }

    @Test
    void amountsThatCouldCreditAreRefused() {
        assertThatThrownBy(() -> new Reservation(id(1), 7, -1, AT)).hasMessageContaining("expected: >= 0");
        assertThatThrownBy(() -> settlement(id(1), 7, 5, -1)).hasMessageContaining("expected: >= 0");
    }

    @Test
    void whatAnEarlierProcessHeldIsReleasedAtOpenAsInterrupted() throws Exception {
        Path copy = dir.resolve("killed.db");
        try (SqliteStore store = open()) {
            store.writer().hold(new Reservation(id(1), 7, 500, AT));
            store.writer().hold(new Reservation(id(2), 8, 600, AT));
            await("written", () -> store.writer().queued() == 0);
            sql("VACUUM INTO '" + copy + "'"); // what a kill at this instant leaves
            Files.copy(dir.resolve("penstock.db-redo"), dir.resolve("killed.db-redo"));
        }
        try (SqliteStore store = SqliteStore.open(Opening.options(copy))) {
            assertThat(store.interruptedAtStart()).isEqualTo(2);
            assertThat(store.ledger().openHolds()).isZero();
            LedgerEntry end = store.ledger().entries(id(2)).get(1);
            assertThat(end.kind()).isEqualTo(EntryKind.RELEASE);
            assertThat(end.interrupted()).isTrue();
            assertThat(end.amountNanos()).isEqualTo(600);
            assertThat(store.requests().find(id(2)).orElseThrow().outcome()).isEqualTo(Outcome.INTERRUPTED);
        }
        try (SqliteStore store = SqliteStore.open(Opening.options(copy))) {
            assertThat(store.interruptedAtStart()).isZero();
        }
    }

    @Test
    void aRequestLogThatFailsNeverFailsMoney() throws Exception {
        try (SqliteStore store = open()) {
            sql("CREATE TRIGGER broken BEFORE INSERT ON request_log BEGIN SELECT RAISE(ABORT, 'broken'); END");
            store.writer().hold(new Reservation(id(1), 7, 500, AT));
            assertThat(finish(store, settlement(id(1), 7, 500, 123))).isTrue();
            assertThat(store.ledger().spentNanos(7)).isEqualTo(123);
            assertThat(store.requests().find(id(1))).isEmpty();
            assertThat(store.writer().logFailures()).isEqualTo(1);
            assertThat(store.writer().available()).isTrue();

            store.writer().catchUp();
            sql("DROP TRIGGER broken");
            assertThat(finish(store, settlement(id(2), 7, 500, 1))).isTrue();
            assertThat(store.requests().find(id(2))).isPresent();
        }
    }

    @Test
    void anEntryThatTheDatabaseRefusesFailsAlone() throws Exception {
        try (SqliteStore store = open()) {
            sql("CREATE TRIGGER picky BEFORE INSERT ON ledger_entry WHEN new.key_id = 13"
                    + " BEGIN SELECT RAISE(ABORT, 'not that one'); END");
            var told = new CountDownLatch(3);
            for (int i = 1; i <= 3; i++) {
                long keyId = i == 2 ? 13 : 7;
                store.writer().finish(settlement(id(i), keyId, 500, 100), durable -> {
                    told.countDown();
                });
            }
            assertThat(told.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(store.ledger().spentNanos(7)).isEqualTo(200);
            assertThat(store.writer().available()).isTrue();
        }
    }

    @Test
    void closeWritesWhatIsQueuedAndAnswersLateOnesWithFalse() throws Exception {
        SqliteStore store = open();
        var durable = new AtomicInteger();
        for (int i = 0; i < 1000; i++) {
            store.writer().finish(settlement(id(i), 7, 10, 1), ok -> durable.addAndGet(ok ? 1 : 0));
        }
        store.close();
        assertThat(durable).hasValue(1000);
        var late = new ArrayList<Boolean>();
        store.writer().finish(settlement(id(1000), 7, 10, 1), late::add);
        assertThat(late).containsExactly(false);
        assertThat(store.writer().hold(new Reservation(id(1001), 7, 10, AT))).isFalse();
        assertThat(dir.resolve("penstock.db-wal")).doesNotExist();
        assertThat(dir.resolve("penstock.db-redo")).doesNotExist();
        try (SqliteStore again = open()) {
            assertThat(again.ledger().spentNanos(7)).isEqualTo(1000);
        }
    }

    @Test
    void storesInMemoryDoNotSeeEachOtherAndForget() throws Exception {
        StoreOptions memory = StoreOptions.of(StoreOptions.MEMORY, Opening.PEPPER);
        try (SqliteStore one = SqliteStore.open(memory);
                SqliteStore two = SqliteStore.open(memory)) {
            one.keys().create("a");
            finish(one, settlement(id(1), 7, 500, 5));
            assertThat(one.ledger().spentNanos(7)).isEqualTo(5);
            assertThat(two.ledger().spentNanos(7)).isZero();
            assertThat(two.keys().list()).isEmpty();
        }
        try (SqliteStore three = SqliteStore.open(memory)) {
            assertThat(three.ledger().spentNanos(7)).isZero();
        }
    }
}
