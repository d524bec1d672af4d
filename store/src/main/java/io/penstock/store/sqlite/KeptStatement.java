package io.penstock.store.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A statement that is prepared when it is first needed and kept for its connection's life, and the rows that wait for its next
 * batch. One thread at a time.
 */
final class KeptStatement {
    private static final int[] NONE = {};

    private final Connection connection;
    private final String sql;
    private @Nullable PreparedStatement prepared;
    private int rows;

    KeptStatement(Connection connection, String sql) {
        this.connection = connection;
        this.sql = sql;
    }

    PreparedStatement get() throws SQLException {
        PreparedStatement statement = prepared;
        if (statement == null) {
            statement = prepared = connection.prepareStatement(sql);
        }
        return statement;
    }

    /** Its parameters are one row of the next batch. */
    void add() throws SQLException {
        get().addBatch();
        rows++;
    }

    /** Sends what was added: for each row, in order, how many rows of the table it changed. */
    int[] flush() throws SQLException {
        if (rows == 0) {
            return NONE;
        }
        rows = 0;
        return get().executeBatch();
    }

    /** After a failed transaction: the driver may have finalized the statement, so the next use prepares it anew. Never throws. */
    void reset() {
        rows = 0;
        try {
            if (prepared != null) {
                prepared.close();
            }
        } catch (SQLException e) {
            // of no interest: the statement is dropped
        }
        prepared = null;
    }
}
