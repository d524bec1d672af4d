package io.penstock.store.sqlite;

import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * When the write-ahead log is folded into the database: after so many commits or entries, and when it is quiet. The bulk is
 * copied by another thread while writing goes on; the rest, which came meanwhile, by the writer thread, so that the log can
 * begin again at its start. The writer thread only.
 */
final class Checkpoints {
    /** The write-ahead log grows by some 10 KiB a commit at most, and by some 400 bytes an entry. */
    private static final int COMMITS = 2048;

    private static final int ENTRIES = 32_768;

    private final Connection connection;
    private final @Nullable Checkpointer checkpointer; // null in memory
    private boolean asked;
    private int commits; // since the last one
    private int entries;

    Checkpoints(Connection connection, @Nullable Checkpointer checkpointer) {
        this.connection = connection;
        this.checkpointer = checkpointer;
    }

    void committed(int itsEntries) {
        commits++;
        entries += itsEntries;
    }

    /** True if there is anything to fold. */
    boolean anyCommit() {
        return commits > 0;
    }

    /** After a write. True if it is time for {@link #finish}. */
    boolean advance() {
        if (commits < COMMITS && entries < ENTRIES) {
            return false;
        }
        if (checkpointer == null) {
            forget();
            return false;
        }
        if (!asked) {
            checkpointer.ask();
            asked = true;
            return false;
        }
        return checkpointer.isDone();
    }

    /** Folds what there is. */
    void finish() throws SQLException {
        asked = false;
        forget();
        if (checkpointer != null) {
            Sqlite.number(connection, "PRAGMA wal_checkpoint(PASSIVE)");
        }
    }

    private void forget() {
        commits = 0;
        entries = 0;
    }
}
