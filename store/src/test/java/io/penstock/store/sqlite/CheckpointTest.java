package io.penstock.store.sqlite;

import static io.penstock.store.Samples.AT;
import static io.penstock.store.Samples.await;
import static io.penstock.store.Samples.id;
import static io.penstock.store.Samples.log;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.store.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The write-ahead log is folded into the database while writing goes on, so that it stays small. */
final class CheckpointTest {
    private static final int PIECE = 20_000; // rows: below what the queue takes
    private static final int PIECES = 8;

    @TempDir
    Path dir;

    private static void fill(SqliteStore store, int piece) {
        for (int i = 0; i < PIECE; i++) {
            assertThat(store.requests().log(log(id(piece * PIECE + i), 7, Outcome.REFUSED, 0, AT)))
                    .isTrue();
        }
        await("written", () -> store.ledger().queued() == 0);
    }

    @Test
    void itBeginsAgainAtItsStartUnderLoadAndGoesWhenTheStoreIsClosed() throws Exception {
        Path wal = dir.resolve("penstock.db-wal");
        long largest = 0;
        try (SqliteStore store = SqliteStore.open(Opening.options(dir.resolve("penstock.db")))) {
            for (int piece = 0; piece < PIECES; piece++) {
                fill(store, piece);
                largest = Math.max(largest, Files.size(wal));
            }
        }
        assertThat(wal).doesNotExist();
        assertThat(largest)
                .as("of a database that is larger")
                .isPositive()
                .isLessThan(Files.size(dir.resolve("penstock.db")));
    }

    @Test
    void inMemoryThereIsNoneAndNothingIsInItsWay() throws Exception {
        try (SqliteStore store = SqliteStore.open(Opening.inMemory())) {
            fill(store, 0);
            fill(store, 1);
            assertThat(store.requests().lost()).isZero();
        }
    }
}
