package io.penstock.store.sqlite;

import static io.penstock.store.Samples.AT;
import static io.penstock.store.Samples.await;
import static io.penstock.store.Samples.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.store.Forked;
import io.penstock.store.InUseException;
import io.penstock.store.Reservation;
import io.penstock.store.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database is one store's at a time, so that what a start releases is nobody's any more. */
final class DatabaseLockTest {
    @TempDir
    Path dir;

    private static void refused(Path db) {
        assertThatThrownBy(() -> SqliteStore.open(Opening.options(db)).close())
                .isInstanceOf(InUseException.class)
                .hasMessageContaining("penstock.db is in use by another Penstock")
                .hasMessageContaining("store.url");
    }

    @Test
    void theSecondStoreIsRefusedByWhateverNameAndTheFirstKeepsItsHolds() throws Exception {
        Path db = dir.resolve("penstock.db");
        try (SqliteStore store = SqliteStore.open(Opening.options(db))) {
            assertThat(store.writer().hold(new Reservation(id(1), 7, 10, AT))).isTrue();
            await("written", () -> store.writer().queued() == 0);
            Path link = Files.createSymbolicLink(dir.resolve("link.db"), db);
            Path other = Files.createSymbolicLink(dir.resolve("there"), dir);
            for (int i = 0; i < 2; i++) {
                refused(db);
                refused(link);
                refused(other.resolve("penstock.db"));
                assertThat(Forked.run(Opener.class, db.toString())).contains("in use by another Penstock");
                assertThat(Forked.run(Opener.class, link.toString())).contains("in use by another Penstock");
            }
            assertThat(store.ledger().openHolds()).isEqualTo(1);
            for (String name : new String[] {"penstock.db.lock", "penstock.db.lock.jvm"}) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve(name))))
                        .isEqualTo("rw-------");
            }
        }
        try (SqliteStore store = SqliteStore.open(Opening.options(dir.resolve("link.db")))) {
            assertThat(store.interruptedAtStart()).isEqualTo(1);
            assertThat(store.ledger().openHolds()).isZero();
        }
    }

    @Test
    void aStartThatFailsGivesTheDatabaseFree() throws Exception {
        Path db = Files.writeString(dir.resolve("penstock.db"), "no database");
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> SqliteStore.open(Opening.options(db)))
                    .hasMessageContaining("not a SQLite database");
        }
        Files.delete(db);
        SqliteStore.open(Opening.options(db)).close();
    }

    @Test
    void eachHoldBearsItsOwnerAndTheNumberOfTheStart() throws Exception {
        Path db = dir.resolve("penstock.db");
        String before = "";
        for (int start = 1; start <= 3; start++) {
            try (SqliteStore store = SqliteStore.open(Opening.options(db));
                    Connection reading = DriverManager.getConnection("jdbc:sqlite:" + db)) {
                assertThat(store.interruptedAtStart()).isEqualTo(start == 1 ? 0 : 1);
                assertThat(store.writer().hold(new Reservation(id(start), 7, 10, AT)))
                        .isTrue();
                await("written", () -> store.writer().queued() == 0);
                assertThat(Sqlite.number(reading, "SELECT epoch FROM open_hold"))
                        .isEqualTo(start);
                String owner = Sqlite.text(reading, "SELECT owner FROM open_hold");
                assertThat(owner).matches("[0-9a-f]{16}").isNotEqualTo(before);
                before = owner;
            }
        }
    }

    /** Opens a store, or says why it cannot. */
    static final class Opener {
        public static void main(String[] args) throws Exception {
            try (SqliteStore store = SqliteStore.open(Opening.options(Path.of(args[0])))) {
                System.out.println("opened " + store.interruptedAtStart());
            } catch (StoreException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
