package io.penstock.store.sqlite;

import static io.penstock.store.Samples.AT;
import static io.penstock.store.Samples.finish;
import static io.penstock.store.Samples.id;
import static io.penstock.store.Samples.log;
import static io.penstock.store.Samples.settlement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.protocol.Usage;
import io.penstock.store.Durability;
import io.penstock.store.EntryKind;
import io.penstock.store.ExchangeEnd;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import io.penstock.store.Reservation;
import io.penstock.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was appended is found again, whole and in order, once; {@link RedoDamageTest} damages it. */
final class RedoLogTest {
    private static final long ID = 0x1234_5678_9abc_def0L;
    private static final long DATABASE = 42;

    @TempDir
    Path dir;

    private Path file() {
        return dir.resolve("test-redo");
    }

    private RedoLog create() throws IOException {
        return RedoLog.create(file(), ID, DATABASE);
    }

    private RedoContents read(long written) throws IOException {
        byte[] bytes = Files.readAllBytes(file());
        return RedoReader.read(bytes, bytes.length, ID, written);
    }

    private List<Object> left(long written) throws IOException {
        RedoContents contents = read(written);
        assertThat(contents.damage()).isNull();
        return contents.items();
    }

    /** A log of the database that is marked as open, as a process leaves it that is killed before its first commit. */
    private static RedoLog openedBeside(Path db) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + db)) {
            RedoLog log =
                    RedoLog.create(db.resolveSibling(db.getFileName() + "-redo"), ID, RedoMark.databaseId(connection));
            new RedoMark(ID, BootId.now(), 0).write(connection);
            return log;
        }
    }

    @Test
    void whatWasAppendedIsFoundInOrderAndEqual() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            RedoLog log = create();
            List<Object> appended = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                appended.add(append(log, random, i));
            }
            assertThat(left(random.nextInt(60)))
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(appended);
        }
    }

    @Test
    void everyFillingOfTheHalvesIsReadWithoutGapAndRepeat() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        RedoLog log = create();
        List<Integer> halves = new ArrayList<>();
        int written = 0;
        for (int i = 0; i < 60_000; i++) {
            halves.add(log.append(new Reservation(id(i), 7, 10, AT)));
            while (halves.size() - written > random.nextInt(12_000)) {
                log.written(halves.get(written), 1);
                written++;
            }
            if (i % 5_000 == 0) {
                List<Object> found = left(written);
                int open = halves.size() - written;
                assertThat(found.size()).as("seed %d, at %d", seed, i).isGreaterThanOrEqualTo(open);
                for (int j = 0; j < found.size(); j++) {
                    assertThat(((Reservation) found.get(j)).requestId())
                            .as("seed %d, at %d", seed, i)
                            .isEqualTo(id(halves.size() - found.size() + j));
                }
                assertThat(read(written).next()).isEqualTo(halves.size());
            }
        }
    }

    @Test
    void aHalfIsFilledAnewOnlyWhenAllOfItIsInTheDatabase() throws Exception {
        RedoLog log = create();
        int first = log.append(new Reservation(id(0), 7, 10, AT));
        int[] counts = new int[2];
        counts[first]++;
        int number = 1;
        for (int half; (half = log.append(new Reservation(id(number), 7, 10, AT))) != RedoLog.NOWHERE; number++) {
            counts[half]++;
        }
        assertThat(counts[0]).isPositive();
        assertThat(counts[1]).isPositive();
        assertThat(log.append(settlement(id(1), 7, 10, 1))).isEqualTo(RedoLog.NOWHERE);
        assertThat(left(0)).hasSize(number);

        log.written(first, counts[first] - 1);
        log.written(1 - first, 5);
        assertThat(log.append(new Reservation(id(number), 7, 10, AT))).isEqualTo(RedoLog.NOWHERE);
        log.written(first, 1);
        assertThat(log.append(new Reservation(id(number), 7, 10, AT))).isEqualTo(first);
        assertThat(left(number))
                .contains(new Reservation(id(number), 7, 10, AT))
                .hasSize(counts[1 - first] + 1);
    }

    @Test
    void aRecordThatIsTooLongIsNotTaken() throws Exception {
        RedoLog log = create();
        assertThat(log.append(settlement("m".repeat(9000), 7, 10, 1))).isEqualTo(RedoLog.NOWHERE);
        assertThat(log.append(settlement("\u00e9".repeat(40_000), 7, 10, 1))).isEqualTo(RedoLog.NOWHERE);
        assertThat(log.append(settlement(id(2), 7, 10, 1))).isNotEqualTo(RedoLog.NOWHERE);
        assertThat(left(0)).containsExactly(settlement(id(2), 7, 10, 1));
    }

    @Test
    void aStartWritesWhatAKillKeptFromTheDatabaseOnceAndOnlyOnce() throws Exception {
        Path db = dir.resolve("penstock.db");
        Path redo = dir.resolve("penstock.db-redo");
        try (SqliteStore store = SqliteStore.open(Opening.options(db))) {
            store.writer().hold(new Reservation(id(1), 7, 500, AT));
            finish(store, settlement(id(1), 7, 500, 123));
        }
        for (int round = 0; round < 3; round++) {
            RedoLog log = openedBeside(db);
            log.append(new Reservation(id(1), 7, 500, AT));
            log.append(settlement(id(1), 7, 500, 123));
            log.append(new Reservation(id(2), 7, 500, AT));
            log.append(new Reservation(id(3), 7, 600, AT));
            log.append(settlement(id(2), 7, 500, 45));
            try (SqliteStore store = SqliteStore.open(Opening.options(db))) {
                assertThat(store.interruptedAtStart()).isEqualTo(round == 0 ? 1 : 0);
                assertThat(store.ledger().spentNanos(7)).isEqualTo(168);
                assertThat(Opening.spentByEntries(store, 7)).isEqualTo(168);
                assertThat(store.ledger().openHolds()).isZero();
                assertThat(store.ledger().entries(id(2)))
                        .extracting(e -> e.kind())
                        .containsExactly(EntryKind.HOLD, EntryKind.SETTLEMENT);
                assertThat(store.ledger().entries(id(3)).get(1).interrupted()).isTrue();
                assertThat(store.requests().find(id(2))).contains(log(id(2), 7, Outcome.COMPLETED, 45, AT));
                assertThat(store.lostAtStart()).isZero();
            }
            assertThat(redo).as("a clean stop leaves nothing to do").doesNotExist();
        }
    }

    @Test
    void whatTheFirstVersionLeftAtAKillIsWrittenAtTheUpgrade() throws Exception {
        Path db = dir.resolve("penstock.db");
        Path redo = dir.resolve("penstock.db-redo");
        SqliteStore.open(Opening.options(db)).close();
        try (InputStream left = RedoLogTest.class.getResourceAsStream("left-by-version-1-redo.gz")) {
            Files.write(redo, new GZIPInputStream(Objects.requireNonNull(left)).readAllBytes());
        }
        try (SqliteStore store = SqliteStore.open(Opening.options(db))) {
            assertThat(store.interruptedAtStart()).isEqualTo(1);
            assertThat(store.ledger().spentNanos(7)).isEqualTo(168);
            assertThat(store.ledger().openHolds()).isZero();
            assertThat(store.requests().find(id(2))).contains(log(id(2), 7, Outcome.COMPLETED, 45, AT));
            assertThat(finish(store, settlement(id(9), 7, 500, 1))).isTrue();
        }
        assertThat(redo).doesNotExist();
    }

    /** That version could not tell damage from what was never written; what it gives must be what was there. */
    @Test
    void aDamagedLogOfTheFirstVersionGivesNothingThatWasNotInIt() throws Exception {
        byte[] whole;
        try (InputStream left = RedoLogTest.class.getResourceAsStream("left-by-version-1-redo.gz")) {
            byte[] read = new GZIPInputStream(Objects.requireNonNull(left)).readAllBytes();
            whole = Arrays.copyOf(read, RedoFormat.FILE_BYTES);
        }
        List<Object> all = RedoVersion1.read(whole);
        assertThat(all).isNotEmpty();
        int used = 0;
        for (int i = 0; i < whole.length; i++) {
            used = whole[i] != 0 && i % RedoFormat.HALF_BYTES < 4096 ? i % RedoFormat.HALF_BYTES + 1 : used;
        }
        boolean less = false;
        for (int at = 4; at < used; at++) {
            for (int half = 0; half < 2; half++) {
                byte[] damaged = whole.clone();
                damaged[half * RedoFormat.HALF_BYTES + at] ^= 0x5a;
                List<Object> found = RedoVersion1.read(damaged);
                assertThat(all).as("byte %d of half %d", at, half).containsAll(found);
                less |= found.size() < all.size();
            }
        }
        assertThat(less).isTrue();
    }

    @Test
    void aStartThatDoesWithoutItWritesWhatIsLeftAndRemovesIt() throws Exception {
        Path db = dir.resolve("penstock.db");
        Path redo = dir.resolve("penstock.db-redo");
        SqliteStore.open(Opening.options(db)).close();
        RedoLog log = openedBeside(db);
        log.append(new Reservation(id(1), 7, 500, AT));
        log.append(settlement(id(1), 7, 500, 123));
        for (int round = 0; round < 2; round++) {
            try (SqliteStore store = SqliteStore.open(Opening.options(db, Durability.POWER, OptionalLong.empty()))) {
                assertThat(store.ledger().spentNanos(7)).isEqualTo(123);
                assertThat(redo).doesNotExist();
            }
        }
    }

    @Test
    void whatComesWhenItIsClosedIsNotTaken() throws Exception {
        RedoLog log = create();
        log.append(new Reservation(id(1), 7, 500, AT));
        log.close();
        assertThat(log.append(settlement(id(1), 7, 500, 123))).isEqualTo(RedoLog.NOWHERE);
        assertThat(left(0)).containsExactly(new Reservation(id(1), 7, 500, AT));
        log.empty();
        assertThat(left(1)).isEmpty();
        log.remove();
        assertThat(file()).doesNotExist();
    }

    @Test
    void theFileIsTheOwnersOnlyAndAnothersIsRefusedUntouched() throws Exception {
        Path db = dir.resolve("penstock.db");
        Path redo = dir.resolve("penstock.db-redo");
        try (SqliteStore store = SqliteStore.open(Opening.options(db))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(redo)))
                    .isEqualTo("rw-------");
            assertThat(Files.size(redo)).isEqualTo(RedoFormat.FILE_BYTES);
        }
        byte[] foreign = "something that somebody else wrote".getBytes(StandardCharsets.US_ASCII);
        Files.write(redo, foreign);
        assertThatThrownBy(() -> SqliteStore.open(Opening.options(db)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("is not a file of Penstock's");
        assertThat(Files.readAllBytes(redo)).isEqualTo(foreign);

        ByteBuffer later = ByteBuffer.allocate(RedoFormat.HEAD_BYTES);
        later.putInt(RedoFormat.MARK).putInt(RedoFormat.VERSION + 1);
        Files.write(redo, later.array());
        assertThatThrownBy(() -> SqliteStore.open(Opening.options(db)))
                .hasMessageContaining("another version of Penstock (its format is 3, expected 2 or less)");
    }

    private static Object append(RedoLog log, Random random, int number) {
        Object item = random.nextInt(3) == 0
                ? new Reservation(id(number), random.nextLong(), random.nextLong(Long.MAX_VALUE), random.nextLong())
                : end(random, number);
        assertThat(log.append(item)).isNotEqualTo(RedoLog.NOWHERE);
        return item;
    }

    private static ExchangeEnd end(Random random, int number) {
        boolean release = random.nextBoolean();
        Outcome[] outcomes = Outcome.values();
        RequestLogEntry log = new RequestLogEntry(
                id(number),
                random.nextLong(),
                text(random),
                text(random),
                text(random),
                text(random),
                random.nextBoolean(),
                random.nextInt(600),
                outcomes[random.nextInt(outcomes.length)],
                random.nextInt(),
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                new Usage(
                        random.nextLong(Long.MAX_VALUE),
                        random.nextLong(Long.MAX_VALUE),
                        random.nextLong(Long.MAX_VALUE),
                        random.nextLong(Long.MAX_VALUE),
                        random.nextLong(Long.MAX_VALUE),
                        random.nextLong(Long.MAX_VALUE),
                        random.nextBoolean()),
                release ? 0 : random.nextLong(Long.MAX_VALUE),
                text(random),
                text(random),
                text(random),
                text(random),
                random.nextBoolean() ? -1 : random.nextLong(Long.MAX_VALUE),
                text(random));
        return new ExchangeEnd(
                release ? EntryKind.RELEASE : EntryKind.SETTLEMENT,
                random.nextLong(Long.MAX_VALUE),
                random.nextLong(),
                log);
    }

    private static @Nullable String text(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> null;
            case 1 -> "";
            case 2 -> "openai/gpt-5-mini".substring(random.nextInt(17));
            default -> new String(Character.toChars(0x80 + random.nextInt(0xD000))).repeat(random.nextInt(20));
        };
    }
}
