package io.penstock.store.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Deletes the oldest rows of the request log, a small piece at a time: those older than {@code keep}, and those too many
 * for {@code maxBytes}. The writer thread only.
 *
 * <p>Bytes are rows times the mean size of the newest rows; rows are counted once, in a pass over the table that the
 * caller puts where it hurts least, and kept up to date from then on. Request ids begin with the time, so the left edge
 * of the tree is the oldest part and no index on the time is needed.
 */
final class RequestLogTrimmer {
    static final String COUNT = "SELECT count(*) FROM request_log";

    private static final int PIECE_ROWS = 200;
    private static final int SAMPLE_ROWS = 200;

    /** Of a row beside its texts: numbers, header, share of half-filled pages. */
    private static final int ROW_BYTES = 114;

    private static final String DELETE = """
            DELETE FROM request_log WHERE at_millis < ?
            AND request_id IN (SELECT request_id FROM request_log ORDER BY request_id LIMIT ?)""";

    private static final String TEXT_BYTES = """
            SELECT avg(length(concat(request_id, face, requested_model, model, provider, finish_reason, route,
                client_request_id, app, note)))
            FROM (SELECT * FROM request_log ORDER BY request_id DESC LIMIT ?)""";

    private final long keepMillis;
    private final long maxBytes;
    private long rows;
    private boolean counted;

    RequestLogTrimmer(long keepMillis, long maxBytes) {
        this.keepMillis = keepMillis;
        this.maxBytes = maxBytes;
    }

    /** Tells the number of rows found; before that nothing is trimmed for size. */
    void counted(long found) {
        rows += found;
        counted = true;
    }

    /** Counts them, on a connection that the caller may use. */
    void count(Connection connection) throws SQLException {
        counted(Sqlite.number(connection, COUNT));
    }

    void added(int count) {
        rows += count;
    }

    /** Deletes one piece, inside the caller's transaction. True if there may be more to delete. */
    boolean trim(Connection connection, long nowMillis) throws SQLException {
        int deleted = delete(connection, nowMillis - keepMillis, PIECE_ROWS);
        if (deleted == 0 && counted && rows > 0) {
            long excess = rows - maxBytes / meanRowBytes(connection);
            if (excess > 0) {
                deleted = delete(connection, Long.MAX_VALUE, (int) Math.min(excess, PIECE_ROWS));
            }
        }
        rows = Math.max(0, rows - deleted);
        return deleted > 0;
    }

    private static int delete(Connection connection, long olderThanMillis, int limit) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(DELETE)) {
            statement.setLong(1, olderThanMillis);
            statement.setInt(2, limit);
            return statement.executeUpdate();
        }
    }

    private static long meanRowBytes(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(TEXT_BYTES)) {
            statement.setInt(1, SAMPLE_ROWS);
            try (ResultSet row = statement.executeQuery()) {
                return ROW_BYTES + (row.next() ? (long) row.getDouble(1) : 0);
            }
        }
    }
}
