package io.penstock.store.sqlite;

import static io.penstock.store.Samples.AT;
import static io.penstock.store.Samples.await;
import static io.penstock.store.Samples.id;
import static io.penstock.store.Samples.log;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import io.penstock.store.StoreException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RequestLogTest {
    @TempDir
    Path dir;

    private SqliteStore open(Duration keep, long maxBytes, long nowMillis) throws StoreException {
        return SqliteStore.open(
                Opening.options(dir.resolve("penstock.db"), keep, maxBytes, () -> Instant.ofEpochMilli(nowMillis)));
    }

    private static List<RequestLogEntry> all(SqliteStore store) {
        try {
            return store.requests().latest(null, 1000);
        } catch (StoreException e) {
            throw new AssertionError(e);
        }
    }

    private static void fill(SqliteStore store, int rows) {
        for (int i = 0; i < rows; i++) {
            store.writer().log(log(id(i), 7, Outcome.REFUSED, 0, AT + i));
        }
        await("written", () -> store.writer().queued() == 0);
    }

    @Test
    void refusedExchangesAreLoggedAndPagedNewestFirst() throws Exception {
        try (SqliteStore store = open(Duration.ofDays(1), 1 << 30, AT)) {
            fill(store, 600);
            List<RequestLogEntry> first = store.requests().latest(null, 100);
            assertThat(first).hasSize(100);
            assertThat(first.get(0)).isEqualTo(log(id(599), 7, Outcome.REFUSED, 0, AT + 599));
            assertThat(store.requests().latest(id(500), 2))
                    .extracting(RequestLogEntry::requestId)
                    .containsExactly(id(499), id(498));
            assertThat(store.writer().logFailures()).isZero();
        }
    }

    @Test
    void rowsOlderThanKeepAreDeletedWhenItIsQuiet() throws Exception {
        try (SqliteStore store = open(Duration.ofSeconds(1), 1 << 30, AT + 1450)) {
            fill(store, 900);
            await("old rows are gone", () -> all(store).size() == 450);
            assertThat(all(store)).allMatch(entry -> entry.atMillis() >= AT + 450);
        }
    }

    @Test
    void theOldestRowsAreDeletedBeyondTheMaximumSize() throws Exception {
        try (SqliteStore store = open(Duration.ofDays(1), 1 << 30, AT)) {
            fill(store, 900);
        }
        try (SqliteStore store = open(Duration.ofDays(1), 50_000, AT)) {
            await("about 50,000 bytes stay", () -> all(store).size() < 300);
            assertThat(all(store)).hasSizeGreaterThan(150);
            assertThat(all(store).get(0).requestId()).isEqualTo(id(899));
        }
    }

    @Test
    void whoListensMayReadButNotWriteForThatWouldWaitForItself() throws Exception {
        List<Object> found = new CopyOnWriteArrayList<>();
        try (SqliteStore store = SqliteStore.open(Opening.options(dir.resolve("penstock.db")))) {
            store.requests().listener(entry -> {
                try {
                    found.add(store.requests().find(entry.requestId()).isPresent());
                    found.add(store.settings().increment("never"));
                } catch (StoreException | IllegalStateException e) {
                    found.add(String.valueOf(e.getMessage()));
                }
            });
            fill(store, 1);
            await("told", () -> found.size() >= 2);
            assertThat(found).containsExactly(true, "a blocking write on the writer thread would wait for itself");
            assertThat(store.settings().find("never")).isEmpty();
        }
    }
}
