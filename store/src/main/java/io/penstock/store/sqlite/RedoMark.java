package io.penstock.store.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The database's mark that a redo log is open: from before its first record until all of them are in the database and the
 * file may go.
 *
 * @param logId which log
 * @param bootId in which run of the operating system it was opened
 * @param written how many of its records the database holds; written in the transactions that write them
 */
record RedoMark(long logId, String bootId, long written) {
    private static final String READ = "SELECT log_id, boot_id, written FROM redo_log";
    private static final String WRITE =
            "INSERT OR REPLACE INTO redo_log (id, log_id, boot_id, written) VALUES (1, ?, ?, ?)";
    private static final String REMOVE = "DELETE FROM redo_log";
    private static final String WRITTEN = "UPDATE redo_log SET written = ?";
    private static final String DATABASE_ID = "database_id"; // in the settings

    /** The id that the database had from its making. */
    static long databaseId(Connection connection) throws SQLException {
        return Long.parseUnsignedLong(String.valueOf(SettingTable.value(connection, DATABASE_ID)), 16);
    }

    /** Null: no log is open. */
    static @Nullable RedoMark read(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(READ);
                ResultSet row = statement.executeQuery()) {
            return row.next() ? new RedoMark(row.getLong(1), row.getString(2), row.getLong(3)) : null;
        }
    }

    void write(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(WRITE)) {
            statement.setLong(1, logId);
            statement.setString(2, bootId);
            statement.setLong(3, written);
            statement.executeUpdate();
        }
    }

    static void remove(Connection connection) throws SQLException {
        Sqlite.execute(connection, REMOVE);
    }

    /** Keeps {@link #written} up to date, with a statement of its own. One thread at a time. */
    static final class Count {
        private final KeptStatement update;

        Count(Connection connection) {
            this.update = new KeptStatement(connection, WRITTEN);
        }

        /** Inside a transaction. Changes nothing if no log is open. */
        void write(long written) throws SQLException {
            PreparedStatement statement = update.get();
            statement.setLong(1, written);
            statement.executeUpdate();
        }

        /** After a failed transaction. */
        void reset() {
            update.reset();
        }
    }
}
