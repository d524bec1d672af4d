package io.penstock.store;

import static io.penstock.store.Samples.AT;
import static io.penstock.store.Samples.finish;
import static io.penstock.store.Samples.id;
import static io.penstock.store.Samples.log;
import static io.penstock.store.Samples.settlement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.store.ledger.EntryKind;
import io.penstock.store.requestlog.Outcome;
import io.penstock.store.requestlog.RequestLogEntry;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was appended is found again, whole and in order, whatever the file was cut or damaged by; nothing else is. */
final class RedoLogTest {
    private static final int HEAD_BYTES = 16;

    @TempDir
    Path dir;

    private Path file() {
        return dir.resolve("test-redo");
    }

    @Test
    void whatWasAppendedIsFoundInOrderAndEqual() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            RedoLog log = RedoLog.open(file());
            List<Object> appended = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                appended.add(append(log, random, i));
            }
            assertThat(RedoLog.left(file()))
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(appended);
        }
    }

    @Test
    void aDamagedByteEndsWhatIsFoundAndInventsNothing() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        RedoLog log = RedoLog.open(file());
        List<Object> appended = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            appended.add(append(log, random, i));
        }
        byte[] sound = Files.readAllBytes(file());
        for (int at = HEAD_BYTES; at < 4096; at++) {
            byte[] damaged = sound.clone();
            damaged[at] ^= (byte) (1 + random.nextInt(255));
            damaged[RedoLog.HALF_BYTES + at] ^= (byte) (1 + random.nextInt(255));
            Files.write(file(), damaged);
            List<Object> found = RedoLog.left(file());
            assertThat(appended.subList(0, found.size()))
                    .as("seed %d, byte %d", seed, at)
                    .isEqualTo(found);
            Files.write(file(), java.util.Arrays.copyOf(sound, at));
            found = RedoLog.left(file());
            assertThat(appended.subList(0, found.size()))
                    .as("seed %d, cut at %d", seed, at)
                    .isEqualTo(found);
        }
    }

    @Test
    void aHalfIsFilledAnewOnlyWhenAllOfItIsInTheDatabase() throws Exception {
        RedoLog log = RedoLog.open(file());
        int first = log.append(new Hold(id(0), 7, 10, AT));
        int[] counts = new int[2];
        counts[first]++;
        int number = 1;
        for (int half; (half = log.append(new Hold(id(number), 7, 10, AT))) != RedoLog.NOWHERE; number++) {
            counts[half]++;
        }
        assertThat(counts[0]).isPositive();
        assertThat(counts[1]).isPositive();
        assertThat(log.append(settlement(id(1), 7, 10, 1))).isEqualTo(RedoLog.NOWHERE);
        assertThat(RedoLog.left(file())).hasSize(number);

        log.written(first, counts[first] - 1);
        log.written(1 - first, 5);
        assertThat(log.append(new Hold(id(number), 7, 10, AT))).isEqualTo(RedoLog.NOWHERE);
        log.written(first, 1);
        assertThat(log.append(new Hold(id(number), 7, 10, AT))).isEqualTo(first);
        assertThat(RedoLog.left(file()))
                .contains(new Hold(id(number), 7, 10, AT))
                .hasSize(counts[1 - first] + 1);
    }

    @Test
    void aRecordThatIsTooLongIsNotTaken() throws Exception {
        RedoLog log = RedoLog.open(file());
        assertThat(log.append(settlement("m".repeat(9000), 7, 10, 1))).isEqualTo(RedoLog.NOWHERE);
        assertThat(log.append(settlement("\u00e9".repeat(40_000), 7, 10, 1))).isEqualTo(RedoLog.NOWHERE);
        assertThat(log.append(settlement(id(2), 7, 10, 1))).isNotEqualTo(RedoLog.NOWHERE);
        assertThat(RedoLog.left(file())).containsExactly(settlement(id(2), 7, 10, 1));
    }

    @Test
    void aStartWritesWhatAKillKeptFromTheDatabaseOnceAndOnlyOnce() throws Exception {
        Path db = dir.resolve("penstock.db");
        Path redo = dir.resolve("penstock.db-redo");
        try (Store store = Store.open(Samples.options(db))) {
            store.writer().hold(new Hold(id(1), 7, 500, AT));
            finish(store, settlement(id(1), 7, 500, 123));
        }
        RedoLog log = RedoLog.open(redo); // as a process that was killed before its next commit
        log.append(new Hold(id(1), 7, 500, AT));
        log.append(settlement(id(1), 7, 500, 123));
        log.append(new Hold(id(2), 7, 500, AT));
        log.append(new Hold(id(3), 7, 600, AT));
        log.append(settlement(id(2), 7, 500, 45));
        Path copy = dir.resolve("copy");
        Files.copy(redo, copy);
        for (int round = 0; round < 3; round++) {
            try (Store store = Store.open(Samples.options(db))) {
                assertThat(store.interruptedAtStart()).isEqualTo(round == 0 ? 1 : 0);
                assertThat(store.ledger().spentNanos(7)).isEqualTo(168);
                assertThat(store.ledger().spentNanosByEntries(7)).isEqualTo(168);
                assertThat(store.ledger().openHolds()).isZero();
                assertThat(store.ledger().entries(id(2)))
                        .extracting(e -> e.kind())
                        .containsExactly(EntryKind.HOLD, EntryKind.SETTLEMENT);
                assertThat(store.ledger().entries(id(3)).get(1).interrupted()).isTrue();
                assertThat(store.requestLog().find(id(2))).contains(log(id(2), 7, Outcome.COMPLETED, 45, AT));
            }
            assertThat(redo).as("a clean stop leaves nothing to do").doesNotExist();
            Files.copy(copy, redo);
        }
    }

    @Test
    void aStartThatDoesWithoutItWritesWhatIsLeftAndRemovesIt() throws Exception {
        Path db = dir.resolve("penstock.db");
        Path redo = dir.resolve("penstock.db-redo");
        RedoLog log = RedoLog.open(redo);
        log.append(new Hold(id(1), 7, 500, AT));
        log.append(settlement(id(1), 7, 500, 123));
        try (Store store = Store.open(Samples.options(db, Durability.POWER, OptionalLong.empty()))) {
            assertThat(store.ledger().spentNanos(7)).isEqualTo(123);
            assertThat(redo).doesNotExist();
        }
    }

    @Test
    void whatComesWhenItIsClosedIsNotTaken() throws Exception {
        RedoLog log = RedoLog.open(file());
        log.append(new Hold(id(1), 7, 500, AT));
        log.close();
        assertThat(log.append(settlement(id(1), 7, 500, 123))).isEqualTo(RedoLog.NOWHERE);
        assertThat(RedoLog.left(file())).containsExactly(new Hold(id(1), 7, 500, AT));
        log.remove();
        assertThat(file()).doesNotExist();
    }

    @Test
    void theFileIsTheOwnersOnlyAndAnothersIsRefusedUntouched() throws Exception {
        Path db = dir.resolve("penstock.db");
        Path redo = dir.resolve("penstock.db-redo");
        try (Store store = Store.open(Samples.options(db))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(redo)))
                    .isEqualTo("rw-------");
            assertThat(Files.size(redo)).isEqualTo(2L * RedoLog.HALF_BYTES);
        }
        byte[] foreign = "something that somebody else wrote".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        Files.write(redo, foreign);
        assertThatThrownBy(() -> Store.open(Samples.options(db)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("is not a file of Penstock's");
        assertThat(Files.readAllBytes(redo)).isEqualTo(foreign);

        ByteBuffer later = ByteBuffer.allocate(HEAD_BYTES);
        later.putInt(0x504e5352).putInt(2).putLong(1);
        Files.write(redo, later.array());
        assertThatThrownBy(() -> Store.open(Samples.options(db)))
                .hasMessageContaining("another version of Penstock (its format is 2, expected 1)");
    }

    private static Object append(RedoLog log, Random random, int number) {
        Object item = random.nextInt(3) == 0
                ? new Hold(id(number), random.nextLong(), random.nextLong(Long.MAX_VALUE), random.nextLong())
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
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                random.nextBoolean(),
                text(random),
                text(random),
                text(random),
                text(random));
        return new ExchangeEnd(
                log.requestId(),
                log.keyId(),
                release ? EntryKind.RELEASE : EntryKind.SETTLEMENT,
                random.nextLong(Long.MAX_VALUE),
                release ? 0 : random.nextLong(Long.MAX_VALUE),
                random.nextBoolean(),
                random.nextBoolean(),
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
