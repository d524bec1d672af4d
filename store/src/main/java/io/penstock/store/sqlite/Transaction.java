package io.penstock.store.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * {@code BEGIN IMMEDIATE}, {@code COMMIT} and {@code ROLLBACK} on a connection, as prepared statements.
 *
 * <p>The driver's own handling is kept out: with auto-commit on it tries a BEGIN around every statement, with auto-commit
 * off it begins the next transaction right after a commit and so would keep the write lock for ever. Told that
 * auto-commit is off, and with the transaction it began ended, it does neither. One thread at a time.
 */
final class Transaction {
    private final Connection connection;
    private @Nullable PreparedStatement begin;
    private @Nullable PreparedStatement commit;

    Transaction(Connection connection) throws SQLException {
        this.connection = connection;
        connection.setAutoCommit(false);
        Sqlite.execute(connection, "COMMIT");
    }

    void begin() throws SQLException {
        if (begin == null) {
            begin = connection.prepareStatement("BEGIN IMMEDIATE");
        }
        begin.execute();
    }

    void commit() throws SQLException {
        if (commit == null) {
            commit = connection.prepareStatement("COMMIT");
        }
        commit.execute();
    }

    /** Never throws: SQLite rolls back by itself on some errors, and then there is nothing left to do. */
    void rollback() {
        begin = close(begin); // the driver finalizes a statement that failed
        commit = close(commit);
        try {
            Sqlite.execute(connection, "ROLLBACK");
        } catch (SQLException e) {
            // no transaction is active
        }
    }

    private static @Nullable PreparedStatement close(@Nullable Statement statement) {
        try {
            if (statement != null) {
                statement.close();
            }
        } catch (SQLException e) {
            // of no interest: the statement is dropped
        }
        return null;
    }
}
