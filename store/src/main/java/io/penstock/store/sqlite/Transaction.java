package io.penstock.store.sqlite;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * {@code BEGIN IMMEDIATE}, {@code COMMIT} and {@code ROLLBACK} on a connection, as prepared statements.
 *
 * <p>The driver's own handling is kept out: with auto-commit on it tries a BEGIN around every statement, with auto-commit
 * off it begins the next transaction right after a commit and so would keep the write lock for ever. Told that
 * auto-commit is off, and with the transaction it began ended, it does neither. One thread at a time.
 */
final class Transaction {
    private final Connection connection;
    private final KeptStatement begin;
    private final KeptStatement commit;

    Transaction(Connection connection) throws SQLException {
        this.connection = connection;
        this.begin = new KeptStatement(connection, "BEGIN IMMEDIATE");
        this.commit = new KeptStatement(connection, "COMMIT");
        connection.setAutoCommit(false);
        Sqlite.execute(connection, "COMMIT");
    }

    void begin() throws SQLException {
        begin.get().execute();
    }

    void commit() throws SQLException {
        commit.get().execute();
    }

    /** Never throws: SQLite rolls back by itself on some errors, and then there is nothing left to do. */
    void rollback() {
        begin.reset();
        commit.reset();
        try {
            Sqlite.execute(connection, "ROLLBACK");
        } catch (SQLException e) {
            // no transaction is active
        }
    }
}
