package io.penstock.store.sqlite;

import static io.penstock.store.Samples.finish;
import static io.penstock.store.Samples.id;
import static io.penstock.store.Samples.settlement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.store.StoreException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that cannot be trusted stops the start, with a message that helps, and is as it was. */
final class SoundnessTest {
    private static final int PAGE_BYTES = 4096;

    @TempDir
    Path dir;

    private Path database() throws Exception {
        Path file = dir.resolve("penstock.db");
        try (SqliteStore store = SqliteStore.open(Opening.options(file))) {
            for (int i = 0; i < 300; i++) {
                finish(store, settlement(id(i), 7, 10, 1));
            }
        }
        return file;
    }

    /** Every file of the directory with its digest, but for the locks, which are empty. */
    private Map<String, String> digests() throws Exception {
        Map<String, String> digests = new TreeMap<>();
        try (Stream<Path> files = Files.list(dir)) {
            for (Path file :
                    (Iterable<Path>) files.filter(file -> !file.toString().contains(".lock"))::iterator) {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
                digests.put(file.getFileName().toString(), HexFormat.of().formatHex(digest));
            }
        }
        return digests;
    }

    private void refused(Path file, String because) throws Exception {
        Map<String, String> before = digests();
        assertThatThrownBy(() -> SqliteStore.open(Opening.options(file)).close())
                .as(because)
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(because)
                .hasMessageContaining("nothing was changed");
        assertThat(digests()).as(because).isEqualTo(before);
    }

    @Test
    void aFileThatIsNotSqliteIsRefused() throws Exception {
        refused(Files.writeString(dir.resolve("penstock.db"), "x"), "not a SQLite database");
        refused(Files.writeString(dir.resolve("penstock.db"), "text ".repeat(1000)), "not a SQLite database");
    }

    @Test
    void aDatabaseOfAnotherProgramIsRefused() throws Exception {
        Path file = dir.resolve("penstock.db");
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            Sqlite.execute(other, "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
        }
        refused(file, "database of another program");
    }

    @Test
    void aNewerSchemaIsRefused() throws Exception {
        Path file = database();
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            Sqlite.execute(other, "PRAGMA user_version = " + (Migrations.NEWEST + 1));
        }
        refused(file, "found schema " + (Migrations.NEWEST + 1));
    }

    @Test
    void aTruncatedFileIsRefused() throws Exception {
        Path file = database();
        byte[] whole = Files.readAllBytes(file);
        for (int length :
                new int[] {50, 100, PAGE_BYTES, whole.length / 2, whole.length - 1, whole.length - PAGE_BYTES}) {
            Files.write(file, Arrays.copyOf(whole, length));
            refused(file, length < 100 ? "not a SQLite database" : "damaged");
        }
    }

    @Test
    void flippedBitsInTheStructureOfAnyPageAreFound() throws Exception {
        Path file = database();
        byte[] whole = Files.readAllBytes(file);
        for (int page = 1; page < whole.length / PAGE_BYTES; page++) {
            byte[] flipped = whole.clone();
            flipped[page * PAGE_BYTES] ^= 0x40; // the kind of the page
            flipped[page * PAGE_BYTES + 3] ^= 0x10; // the number of its cells
            Files.write(file, flipped);
            refused(file, "damaged");
        }
        Files.write(file, whole);
        SqliteStore.open(Opening.options(file)).close();
    }

    @Test
    void aFlippedBitIsFoundWithALogThatWaitsToo() throws Exception {
        Path file = dir.resolve("penstock.db");
        byte[] log;
        byte[] main;
        try (SqliteStore store = SqliteStore.open(Opening.options(file))) {
            finish(store, settlement(id(1), 7, 10, 1));
            store.writer().catchUp();
            main = Files.readAllBytes(file);
            log = Files.readAllBytes(dir.resolve("penstock.db-wal"));
        }
        main[3 * PAGE_BYTES] ^= 0x7f;
        Files.write(file, main);
        Files.write(dir.resolve("penstock.db-wal"), log);
        Map<String, String> before = digests();
        assertThatThrownBy(() -> SqliteStore.open(Opening.options(file)).close())
                .hasMessageContaining("damaged");
        Map<String, String> after = digests();
        after.remove("penstock.db-shm"); // readers share an index of the log; it is rebuilt from the log each time
        assertThat(after).isEqualTo(before);
    }

    @Test
    void aLogWithoutItsDatabaseIsRefused() throws Exception {
        Files.writeString(dir.resolve("penstock.db-wal"), "frames");
        assertThatThrownBy(() -> SqliteStore.open(Opening.options(dir.resolve("penstock.db"))))
                .hasMessageContaining("without its database");
        assertThat(dir.resolve("penstock.db")).doesNotExist();
    }

    @Test
    void whatAKilledFirstStartLeftIsNoObstacle() throws Exception {
        Files.write(dir.resolve("penstock.db"), new byte[0]);
        Files.write(dir.resolve("penstock.db.new"), ByteBuffer.allocate(5000).array());
        Files.writeString(dir.resolve("penstock.db.new-journal"), "half");
        SqliteStore.open(Opening.options(dir.resolve("penstock.db"))).close();
        assertThat(digests()).containsOnlyKeys("penstock.db");
    }

    @Test
    void aUrlThatNamesNoFileIsSaid() {
        for (String url : new String[] {"jdbc:sqlite:", "jdbc:postgresql://x", "jdbc:sqlite:file:x?mode=memory"}) {
            assertThatThrownBy(() -> Sqlite.path(url))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("found " + url);
        }
    }
}
