package io.penstock.store.sqlite;

import static io.penstock.store.Samples.AT;
import static io.penstock.store.Samples.await;
import static io.penstock.store.Samples.finish;
import static io.penstock.store.Samples.hold;
import static io.penstock.store.Samples.id;
import static io.penstock.store.Samples.settlement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.store.Reservation;
import io.penstock.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that is too large to be read at a start is checked while it is used. */
final class LargeDatabaseTest {
    private static final int ROWS = 80;
    private static final int PAGE_BYTES = 4096;

    /** A million characters each: some seventy pages of overflow for the start to leave alone. */
    private static final String FILL = """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
            INSERT INTO request_log (request_id, key_id, streamed, status, outcome, attempts, at_millis,
                first_byte_micros, duration_micros, input_tokens, cache_read_tokens, cache_write_tokens,
                cache_write_1h_tokens, output_tokens, reasoning_tokens, cost_nanos, estimated, note)
            SELECT printf('gen-1763683200-%%08d', i), 7, 0, 200, 1, 1, %d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                hex(zeroblob(500000)) FROM n""";

    @TempDir
    Path dir;

    private Path file() {
        return dir.resolve("penstock.db");
    }

    private SqliteStore open(long logBytesMax) throws StoreException {
        return SqliteStore.open(Opening.options(file(), Duration.ofDays(36_500), logBytesMax, InstantSource.system()));
    }

    @BeforeEach
    void fill() throws Exception {
        open(2L << 30).close();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file())) {
            Sqlite.execute(connection, FILL.formatted(ROWS, AT));
        }
        assertThat(Files.size(file())).isGreaterThan(Soundness.WHOLE_CHECK_BYTES_MAX);
    }

    private long page(String sql) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file())) {
            return Sqlite.number(connection, sql);
        }
    }

    /** Its kind and the number of its cells. */
    private void damage(long page) throws IOException {
        try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.allocate(4);
            channel.read(bytes, (page - 1) * PAGE_BYTES);
            bytes.put(0, (byte) (bytes.get(0) ^ 0x40)).put(3, (byte) (bytes.get(3) ^ 0x10));
            channel.write(bytes.flip(), (page - 1) * PAGE_BYTES);
        }
    }

    @Test
    void aSoundOneIsInUseAtOnceAndItsRowsAreCountedLater() throws Exception {
        try (SqliteStore store = open(40L << 20)) {
            assertThat(hold(store, new Reservation(id(1), 7, 10, AT))).isTrue();
            assertThat(finish(store, settlement(id(1), 7, 10, 1))).isTrue();
            await("what is too much is gone", () -> rows(store) <= ROWS / 2 + 1);
            assertThat(store.ledger().available()).isTrue();
            assertThat(rows(store)).isGreaterThan(10);
        }
    }

    private static int rows(SqliteStore store) {
        try {
            return store.requests().latest(null, 1_000).size();
        } catch (StoreException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void oneThatIsDamagedWhereTheStartDoesNotLookIsDistrustedForGood() throws Exception {
        damage(page("SELECT rootpage FROM sqlite_schema WHERE name = 'request_log'"));
        try (SqliteStore store = open(2L << 30)) {
            await("distrusted", () -> !store.ledger().available());
            assertThat(hold(store, new Reservation(id(1), 7, 10, AT))).isFalse();
            store.catchUp();
            assertThat(store.ledger().available())
                    .as("not by a write that works")
                    .isFalse();
        }
    }

    @Test
    void oneThatIsDamagedWhereKeysAndSumsLieStopsTheStart() throws Exception {
        damage(page("SELECT rootpage FROM sqlite_schema WHERE name = 'key_spend'"));
        byte[] before = Files.readAllBytes(file());
        assertThatThrownBy(() -> open(2L << 30).close())
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("is damaged")
                .hasMessageContaining("nothing was changed");
        assertThat(Files.readAllBytes(file())).isEqualTo(before);
    }
}
