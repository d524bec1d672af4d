package io.penstock.store.sqlite;

import static io.penstock.store.Samples.AT;
import static io.penstock.store.Samples.finish;
import static io.penstock.store.Samples.id;
import static io.penstock.store.Samples.settlement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.store.EntryKind;
import io.penstock.store.LedgerEntry;
import io.penstock.store.Reservation;
import io.penstock.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever becomes of a redo log after a kill: what was acknowledged is charged, or the start says that it is not. */
final class RedoDamageTest {
    private static final int SETTLEMENTS = 64;
    private static final long SPENT = SETTLEMENTS * (SETTLEMENTS + 1L) / 2;
    private static final String REDO = "penstock.db-redo";

    @TempDir
    Path dir;

    /** The files of a store that was killed with so many settlements in its redo log, none of them in the database. */
    private Map<String, byte[]> killed() throws Exception {
        Path live = Files.createTempDirectory(dir, "live");
        Map<String, byte[]> files = new TreeMap<>();
        try (SqliteStore store = SqliteStore.open(Opening.options(live.resolve("penstock.db")))) {
            CountDownLatch busy = new CountDownLatch(1);
            CountDownLatch copied = new CountDownLatch(1);
            Thread holder = new Thread(() -> keepBusy(store, busy, copied));
            holder.start();
            assertThat(busy.await(10, TimeUnit.SECONDS)).isTrue();
            for (int i = 0; i < SETTLEMENTS; i++) {
                assertThat(store.writer().hold(new Reservation(id(i), 7, 1000, AT)))
                        .isTrue();
                assertThat(finish(store, settlement(id(i), 7, 1000, 1 + i))).isTrue();
            }
            for (String name : new String[] {"penstock.db", "penstock.db-wal", REDO}) {
                files.put(name, Files.readAllBytes(live.resolve(name)));
            }
            copied.countDown();
            holder.join();
        }
        return files;
    }

    private static void keepBusy(SqliteStore store, CountDownLatch busy, CountDownLatch copied) {
        try {
            store.writer().write(connection -> {
                busy.countDown();
                try {
                    return copied.await(10, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }

    private Path restore(String name, Map<String, byte[]> files) throws IOException {
        Path place = Files.createDirectories(dir.resolve(name));
        try (Stream<Path> old = Files.list(place)) {
            for (Path file : (Iterable<Path>) old::iterator) {
                Files.delete(file);
            }
        }
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Files.write(place.resolve(file.getKey()), file.getValue());
        }
        return place.resolve("penstock.db");
    }

    private static byte[] redo(Map<String, byte[]> files) {
        return Objects.requireNonNull(files.get(REDO));
    }

    private static RedoMark mark(Path db) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + db)) {
            return Objects.requireNonNull(RedoMark.read(connection));
        }
    }

    /** As if the system had been started anew since. */
    private static Path afterAPowerCut(Path db) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + db)) {
            Sqlite.execute(connection, "UPDATE redo_log SET boot_id = 'another'");
        }
        return db;
    }

    /** Where the records of the half that was in use end. */
    private static int used(byte[] redo) {
        int used = 0;
        for (int i = 0; i < redo.length; i++) {
            used = redo[i] != 0 && (i % RedoFormat.HALF_BYTES) > RedoFormat.HEAD_BYTES ? i + 1 : used;
        }
        return used;
    }

    /** True if the start was refused for the log; if not, all was charged, and once. */
    private static boolean refusedOrCharged(Path db, String as) throws Exception {
        try (SqliteStore store = SqliteStore.open(Opening.options(db))) {
            assertAllCharged(store, as);
            return false;
        } catch (StoreException e) {
            assertThat(e).as(as).hasMessageContaining("the redo log " + db + "-redo cannot be trusted: ");
            assertThat(e).as(as).hasMessageContaining("--accept-redo-loss");
            return true;
        }
    }

    private static void assertAllCharged(SqliteStore store, String as) throws StoreException {
        for (int i = 0; i < SETTLEMENTS; i++) {
            assertThat(store.ledger().entries(id(i)))
                    .as("%s, %d", as, i)
                    .extracting(LedgerEntry::kind, LedgerEntry::amountNanos)
                    .containsExactly(tuple(EntryKind.HOLD, 1000L), tuple(EntryKind.SETTLEMENT, 1L + i));
        }
        assertThat(store.ledger().spentNanos(7)).as(as).isEqualTo(SPENT);
        assertThat(Opening.spentByEntries(store, 7)).as(as).isEqualTo(SPENT);
        assertThat(store.ledger().openHolds()).as(as).isZero();
        assertThat(store.lostAtStart()).as(as).isZero();
    }

    /** What is charged is right; what is not is told, to the record. */
    private static void assertLossIsTold(SqliteStore store, String as) throws StoreException {
        int missing = 0;
        long spent = 0;
        for (int i = 0; i < SETTLEMENTS; i++) {
            List<LedgerEntry> entries = store.ledger().entries(id(i));
            boolean held = entries.stream().anyMatch(entry -> entry.kind() == EntryKind.HOLD);
            boolean settled = entries.stream().anyMatch(entry -> entry.kind() == EntryKind.SETTLEMENT);
            long amount = entries.stream()
                    .filter(entry -> entry.kind() == EntryKind.SETTLEMENT)
                    .mapToLong(LedgerEntry::amountNanos)
                    .sum();
            assertThat(amount).as("%s, %d", as, i).isEqualTo(settled ? 1 + i : 0);
            missing += (held ? 0 : 1) + (settled ? 0 : 1);
            spent += amount;
        }
        assertThat(store.ledger().spentNanos(7)).as(as).isEqualTo(spent);
        assertThat(store.lostAtStart()).as(as).isEqualTo(missing);
    }

    @Test
    void theUndamagedLogIsChargedWholly() throws Exception {
        assertThat(refusedOrCharged(restore("copy", killed()), "undamaged")).isFalse();
        assertThat(refusedOrCharged(dir.resolve("copy/penstock.db"), "once more"))
                .isFalse();
    }

    @Test
    void theReaderNoticesEachFlippedByteAndEachCut() throws Exception {
        Map<String, byte[]> files = killed();
        byte[] redo = redo(files);
        RedoMark mark = mark(restore("copy", files));
        List<Object> whole =
                RedoReader.read(redo, redo.length, mark.logId(), mark.written()).items();
        assertThat(whole).hasSize(2 * SETTLEMENTS);
        Set<Object> known = new HashSet<>(whole);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int used = used(redo);
        int start = used > RedoFormat.HALF_BYTES ? RedoFormat.HALF_BYTES : 0;
        for (int at = start; at < used; at++) {
            if (at >= start + RedoFormat.WORD_AT + 8 && at < start + RedoFormat.HEAD_BYTES) {
                continue; // room in the head that nothing uses
            }
            byte flip = (byte) (1 + random.nextInt(255));
            redo[at] ^= flip;
            RedoContents found = RedoReader.read(redo, redo.length, mark.logId(), mark.written());
            redo[at] ^= flip;
            assertThat(found.damage()).as("seed %d, byte %d", seed, at).isNotNull();
            assertThat(known.containsAll(found.items()))
                    .as("seed %d, byte %d", seed, at)
                    .isTrue();
            assertThat(found.lost())
                    .as("seed %d, byte %d", seed, at)
                    .isEqualTo(whole.size() - found.items().size());
            assertThat(found.lost()).as("seed %d, byte %d", seed, at).isLessThanOrEqualTo(1);
        }
        for (int length = 0; length <= used; length++) {
            RedoContents found = RedoReader.read(Arrays.copyOf(redo, length), length, mark.logId(), mark.written());
            assertThat(found.damage()).as("cut at %d", length).isNotNull();
            assertThat(whole.subList(0, found.items().size()).equals(found.items()))
                    .as("cut at %d", length)
                    .isTrue();
        }
    }

    @Test
    void aFlipInUnusedRoomStartsNormally() throws Exception {
        Map<String, byte[]> files = killed();
        byte[] redo = redo(files);
        Random random = new Random(4);
        int used = used(redo);
        for (int i = 0; i < 20; i++) {
            byte[] flipped = redo.clone();
            for (int at = i == 0 ? used : used + random.nextInt(10_000), end = at + 1 + i * 40; at < end; at++) {
                flipped[at] ^= (byte) (1 + random.nextInt(255));
            }
            files.put(REDO, flipped);
            assertThat(refusedOrCharged(restore("copy", files), "flip " + i)).isFalse();
        }
    }

    @Test
    void aRealStartNoticesDamageOfEveryKind() throws Exception {
        Map<String, byte[]> files = killed();
        byte[] redo = redo(files);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int used = used(redo);
        int start = used > RedoFormat.HALF_BYTES ? RedoFormat.HALF_BYTES : 0;
        int refused = 0;
        for (int i = 0; i < 200; i++) {
            byte[] damaged = redo.clone();
            if (i % 2 == 0) {
                damaged = Arrays.copyOf(damaged, random.nextInt(i % 4 == 0 ? redo.length : used));
            } else {
                for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                    damaged[start + random.nextInt(used - start)] ^= (byte) (1 << random.nextInt(8));
                }
            }
            files.put(REDO, damaged);
            refused += refusedOrCharged(restore("copy", files), "seed " + seed + ", damage " + i) ? 1 : 0;
        }
        assertThat(refused).isGreaterThan(190); // some flips undo each other, or meet unused room of the head
        for (int half = 0; half < 2; half++) {
            byte[] zeroed = redo.clone();
            Arrays.fill(zeroed, half * RedoFormat.HALF_BYTES, (half + 1) * RedoFormat.HALF_BYTES, (byte) 0);
            files.put(REDO, zeroed);
            assertThat(refusedOrCharged(restore("copy", files), "half " + half)).isTrue();
        }
        files.put(REDO, new byte[redo.length]);
        assertThat(refusedOrCharged(restore("copy", files), "zeroed")).isTrue();
        files.put(REDO, Arrays.copyOf(redo, redo.length + 1));
        assertThat(refusedOrCharged(restore("copy", files), "longer")).isTrue();
        files.remove(REDO);
        assertThat(refusedOrCharged(restore("copy", files), "removed")).isTrue();
    }

    @Test
    void theLogThatIsPutBackIsChargedWholly() throws Exception {
        Map<String, byte[]> files = killed();
        byte[] redo = redo(files);
        files.remove(REDO);
        Path db = restore("copy", files);
        assertThat(refusedOrCharged(db, "removed")).isTrue();
        Files.write(db.resolveSibling(REDO), redo);
        assertThat(refusedOrCharged(db, "put back")).isFalse();
    }

    @Test
    void anAcceptedLossIsCountedAndTheFileIsKept() throws Exception {
        Map<String, byte[]> files = killed();
        byte[] redo = redo(files);
        int start = used(redo) > RedoFormat.HALF_BYTES ? RedoFormat.HALF_BYTES : 0;
        for (int i = 0; i < 40; i++) {
            byte[] damaged = redo.clone();
            int at = start + RedoFormat.HEAD_BYTES + i * 400;
            Arrays.fill(damaged, at, at + 1 + i * 20, (byte) 0xff);
            files.put(REDO, damaged);
            Path db = restore("copy", files);
            assertThat(refusedOrCharged(db, "damage " + i)).isTrue();
            try (SqliteStore store = SqliteStore.open(Opening.accepting(db))) {
                assertThat(store.lostAtStart()).isPositive();
                assertLossIsTold(store, "damage " + i);
                assertThat(finish(store, settlement(id(900), 8, 10, 1))).isTrue();
            }
            assertThat(Files.readAllBytes(db.resolveSibling(REDO + ".damaged"))).isEqualTo(damaged);
            try (SqliteStore store = SqliteStore.open(Opening.options(db))) {
                assertThat(store.lostAtStart()).as("told once").isZero();
            }
        }
        files.remove(REDO);
        Path db = restore("copy", files);
        try (SqliteStore store = SqliteStore.open(Opening.accepting(db))) {
            assertThat(store.ledger().spentNanos(7)).isZero();
        }
        SqliteStore.open(Opening.options(db)).close();
    }

    @Test
    void afterAPowerCutTheStartGoesOnAndTellsTheLoss() throws Exception {
        Map<String, byte[]> files = killed();
        byte[] redo = redo(files);
        int start = used(redo) > RedoFormat.HALF_BYTES ? RedoFormat.HALF_BYTES : 0;
        for (int i = 0; i < 5; i++) {
            byte[] damaged = redo.clone();
            Arrays.fill(damaged, start + 4096, start + 4096 * (1 + i), (byte) 0); // pages that were not written
            files.put(REDO, damaged);
            try (SqliteStore store = SqliteStore.open(Opening.options(afterAPowerCut(restore("copy", files))))) {
                assertThat(store.lostAtStart() > 0).isEqualTo(i > 0);
                assertLossIsTold(store, i + " pages");
            }
        }
        for (byte[] damaged : new byte[][] {new byte[redo.length], new byte[0]}) {
            files.put(REDO, damaged);
            Path db = afterAPowerCut(restore("copy", files));
            try (SqliteStore store = SqliteStore.open(Opening.options(db))) {
                assertThat(store.ledger().spentNanos(7)).isZero();
                assertThat(finish(store, settlement(id(900), 7, 10, 1))).isTrue();
            }
            SqliteStore.open(Opening.options(db)).close();
        }
        files.remove(REDO);
        SqliteStore.open(Opening.options(afterAPowerCut(restore("copy", files))))
                .close();
    }

    @Test
    void aLogBesideAnotherDatabaseStopsTheStartAndBooksNothing() throws Exception {
        Map<String, byte[]> files = killed();
        byte[] foreign = redo(files);
        Path clean = dir.resolve("clean.db");
        SqliteStore.open(Opening.options(clean)).close();
        Files.write(dir.resolve("clean.db-redo"), foreign);
        assertThatThrownBy(() -> SqliteStore.open(Opening.options(clean)).close())
                .hasMessageContaining("clean.db-redo belongs to another database");
        assertThatThrownBy(() -> SqliteStore.open(Opening.accepting(clean)).close())
                .hasMessageContaining("another database");
        assertThat(Files.readAllBytes(dir.resolve("clean.db-redo"))).isEqualTo(foreign);
        Files.delete(dir.resolve("clean.db-redo"));
        try (SqliteStore store = SqliteStore.open(Opening.options(clean))) {
            assertThat(store.ledger().spentNanos(7)).isZero();
        }

        Map<String, byte[]> others = killed();
        files.put(REDO, redo(others));
        Path db = restore("copy", files);
        assertThatThrownBy(() -> SqliteStore.open(Opening.options(db)).close())
                .hasMessageContaining("another database");
        assertThatThrownBy(() ->
                        SqliteStore.open(Opening.options(afterAPowerCut(db))).close())
                .hasMessageContaining("another database");
    }

    @Test
    void aLogThatNoDatabaseExpectsIsKeptAsideAndNotBooked() throws Exception {
        Map<String, byte[]> files = killed();
        Path db = restore("copy", files);
        byte[] redo = redo(files);
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + db)) {
            RedoMark.remove(connection);
        }
        try (SqliteStore store = SqliteStore.open(Opening.options(db))) {
            assertThat(store.ledger().spentNanos(7)).isZero();
            assertThat(Files.readAllBytes(db.resolveSibling(REDO + ".damaged"))).isEqualTo(redo);
        }
    }

    @Test
    void aKillWhileTheHalvesAreEmptiedStopsNoStart() throws Exception {
        Path file = dir.resolve("redo");
        RedoLog log = RedoLog.create(file, 4711, 1);
        log.append(new Reservation(id(0), 7, 10, AT));
        log.written(0, 1);
        log.append(new Reservation(id(1), 7, 10, AT)); // in the other half
        byte[] before = Files.readAllBytes(file);
        RedoLog.take(file, 4711, 2);
        byte[] after = Files.readAllBytes(file);
        for (int emptied = 0; emptied < 2; emptied++) {
            byte[] between = before.clone();
            int at = emptied * RedoFormat.HALF_BYTES;
            System.arraycopy(after, at, between, at, RedoFormat.HALF_BYTES);
            RedoContents found = RedoReader.read(between, between.length, 4711, 2);
            assertThat(found.damage()).as("half %d emptied", emptied).isNull();
            assertThat(found.next()).isEqualTo(2);
            assertThat(found.lost()).isZero();
        }
    }
}
