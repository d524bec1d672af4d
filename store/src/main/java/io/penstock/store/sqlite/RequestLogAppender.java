package io.penstock.store.sqlite;

import io.penstock.protocol.Usage;
import io.penstock.store.RequestLogEntry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;

/** Writes rows of the request log inside the writer's transaction. The writer thread only. */
final class RequestLogAppender {
    private static final String INSERT = """
            INSERT INTO request_log (request_id, key_id, face, requested_model, model, provider, streamed, status,
                outcome, attempts, at_millis, first_byte_micros, duration_micros, input_tokens, cache_read_tokens,
                cache_write_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens, cost_nanos, estimated,
                finish_reason, route, client_request_id, app, provider_cost_nanos, note)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING""";

    private final KeptStatement insert;

    RequestLogAppender(Connection connection) {
        this.insert = new KeptStatement(connection, INSERT);
    }

    void add(RequestLogEntry entry) throws SQLException {
        Usage used = entry.usage();
        PreparedStatement row = insert.get();
        row.setString(1, entry.requestId());
        row.setLong(2, entry.keyId());
        row.setString(3, entry.face());
        row.setString(4, entry.requestedModel());
        row.setString(5, entry.model());
        row.setString(6, entry.provider());
        row.setInt(7, entry.streamed() ? 1 : 0);
        row.setInt(8, entry.status());
        row.setInt(9, entry.outcome().code());
        row.setInt(10, entry.attempts());
        row.setLong(11, entry.atMillis());
        row.setLong(12, entry.firstByteMicros());
        row.setLong(13, entry.durationMicros());
        row.setLong(14, used.input());
        row.setLong(15, used.cacheRead());
        row.setLong(16, used.cacheWrite());
        row.setLong(17, used.cacheWrite1h());
        row.setLong(18, used.output());
        row.setLong(19, used.reasoning());
        row.setLong(20, entry.costNanos());
        row.setInt(21, used.estimated() ? 1 : 0);
        row.setString(22, entry.finishReason());
        row.setString(23, entry.route());
        row.setString(24, entry.clientRequestId());
        row.setString(25, entry.app());
        if (entry.providerCostNanos() < 0) {
            row.setNull(26, Types.BIGINT);
        } else {
            row.setLong(26, entry.providerCostNanos());
        }
        row.setString(27, entry.note());
        insert.add();
    }

    /** Sends what was added. */
    void flush() throws SQLException {
        insert.flush();
    }

    /** After a failed transaction: forgets what was added. */
    void reset() {
        insert.reset();
    }
}
