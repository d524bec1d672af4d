package io.penstock.store.sqlite;

import io.penstock.store.Durability;
import io.penstock.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.OptionalLong;

/** How tests open a SQLite store, and what they ask it behind its interfaces. */
final class Opening {
    static final byte[] PEPPER = "a pepper of thirty-two bytes long".getBytes(StandardCharsets.US_ASCII);

    private Opening() {}

    static StoreOptions options(Path file) {
        return options(file, Durability.PROCESS, OptionalLong.empty());
    }

    static StoreOptions limited(Path file, long maxPages) {
        return options(file, Durability.PROCESS, OptionalLong.of(maxPages));
    }

    static StoreOptions options(Path file, Durability durability, OptionalLong maxPages) {
        return options("jdbc:sqlite:" + file, durability, maxPages);
    }

    static StoreOptions inMemory() {
        return options(StoreOptions.MEMORY, Durability.PROCESS, OptionalLong.empty());
    }

    /** Told the time by that clock. */
    static StoreOptions timed(Path file, InstantSource clock) {
        return options(file, Duration.ofDays(36_500), 2L << 30, clock);
    }

    /** With a request log that is kept for so long, of so many bytes at the most. */
    static StoreOptions options(Path file, Duration keep, long logBytesMax, InstantSource clock) {
        return new StoreOptions(
                "jdbc:sqlite:" + file,
                Durability.PROCESS,
                keep,
                logBytesMax,
                OptionalLong.empty(),
                PEPPER,
                clock,
                false);
    }

    /** That opens although the redo log has lost something. */
    static StoreOptions accepting(Path file) {
        return options("jdbc:sqlite:" + file, Durability.PROCESS, OptionalLong.empty(), true);
    }

    private static StoreOptions options(String url, Durability durability, OptionalLong maxPages) {
        return options(url, durability, maxPages, false);
    }

    /** Keeps the log for ever: its rows here are of a fixed day. */
    private static StoreOptions options(
            String url, Durability durability, OptionalLong maxPages, boolean acceptRedoLoss) {
        return new StoreOptions(
                url,
                durability,
                Duration.ofDays(36_500),
                2L << 30,
                maxPages,
                PEPPER,
                InstantSource.system(),
                acceptRedoLoss);
    }

    /** What a key spent by adding up its entries: to compare with the sums that are kept. */
    static long spentByEntries(SqliteStore store, long keyId) throws StoreException {
        return store.writer()
                .write(connection -> Sqlite.number(
                        connection,
                        "SELECT coalesce(sum(amount_nanos), 0) FROM ledger_entry WHERE kind = 2 AND key_id = "
                                + keyId));
    }
}
