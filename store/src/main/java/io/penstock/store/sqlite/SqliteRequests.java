package io.penstock.store.sqlite;

import io.penstock.protocol.Usage;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import io.penstock.store.Requests;
import io.penstock.store.StoreException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The request log's table. */
final class SqliteRequests implements Requests {
    private static final String ROW = """
            SELECT request_id, key_id, face, requested_model, model, provider, streamed, status, outcome, attempts,
                at_millis, first_byte_micros, duration_micros, input_tokens, cache_read_tokens, cache_write_tokens,
                cache_write_1h_tokens, output_tokens, reasoning_tokens, cost_nanos, estimated, finish_reason, route,
                client_request_id, app, provider_cost_nanos, note
            FROM request_log
            """;

    private static final String FIND = ROW + "WHERE request_id = ?";
    private static final String LATEST = ROW + "ORDER BY request_id DESC LIMIT ?";
    private static final String BEFORE = ROW + "WHERE request_id < ? ORDER BY request_id DESC LIMIT ?";
    private static final int ROWS_MAX = 1000; // of one answer, whatever is asked for

    private final Writer writer;
    private final Reads reads;

    SqliteRequests(Writer writer, Reads reads) {
        this.writer = writer;
        this.reads = reads;
    }

    @Override
    public void listener(Listener told) {
        writer.onLogged(told);
    }

    @Override
    public boolean log(RequestLogEntry entry) {
        return writer.log(entry);
    }

    @Override
    public long lost() {
        return writer.logFailures();
    }

    @Override
    public Optional<RequestLogEntry> find(String requestId) throws StoreException {
        return reads.rows(FIND, SqliteRequests::entry, requestId).stream().findFirst();
    }

    @Override
    public List<RequestLogEntry> latest(@Nullable String before, int limit) throws StoreException {
        int rows = Math.min(limit, ROWS_MAX);
        return before == null
                ? reads.rows(LATEST, SqliteRequests::entry, rows)
                : reads.rows(BEFORE, SqliteRequests::entry, before, rows);
    }

    private static long nanos(ResultSet row) throws SQLException {
        long nanos = row.getLong(26);
        return row.wasNull() ? -1 : nanos;
    }

    private static Usage usage(ResultSet row) throws SQLException {
        return new Usage(
                row.getLong(14),
                row.getLong(15),
                row.getLong(16),
                row.getLong(17),
                row.getLong(18),
                row.getLong(19),
                row.getInt(21) != 0);
    }

    private static RequestLogEntry entry(ResultSet row) throws SQLException {
        return new RequestLogEntry(
                row.getString(1),
                row.getLong(2),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getString(6),
                row.getInt(7) != 0,
                row.getInt(8),
                Outcome.of(row.getInt(9)),
                row.getInt(10),
                row.getLong(11),
                row.getLong(12),
                row.getLong(13),
                usage(row),
                row.getLong(20),
                row.getString(22),
                row.getString(23),
                row.getString(24),
                row.getString(25),
                nanos(row),
                row.getString(27));
    }
}
