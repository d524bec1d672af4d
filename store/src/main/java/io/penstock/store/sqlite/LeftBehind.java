package io.penstock.store.sqlite;

import io.penstock.store.EntryKind;
import io.penstock.store.ExchangeEnd;
import io.penstock.store.RequestLogEntry;
import io.penstock.store.sqlite.WriteQueue.Entry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;

/** What a process that died left to the next start. Before the writer's start, on the thread that opens the store. */
final class LeftBehind {
    private static final String OPEN_HOLDS = "SELECT request_id, key_id, amount_nanos, at_millis FROM open_hold";

    private LeftBehind() {}

    /** Writes what is in its redo log. */
    static void redo(RedoRecovery found, Writer writer) throws SQLException {
        Batch left = new Batch();
        found.items().forEach(item -> left.add(Entry.of(item)));
        writer.redoWritten(found.written());
        writer.writeBeforeStart(left);
        found.report();
    }

    /** Gives back what it held; then {@code open_hold} is empty. Tells how many. */
    static int releaseOpenHolds(Connection connection, Writer writer, InstantSource clock) throws SQLException {
        Batch left = new Batch();
        try (PreparedStatement statement = connection.prepareStatement(OPEN_HOLDS);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                RequestLogEntry seen = RequestLogEntry.interrupted(row.getString(1), row.getLong(2), row.getLong(4));
                left.add(Entry.of(new ExchangeEnd(EntryKind.RELEASE, row.getLong(3), clock.millis(), seen)));
            }
        }
        writer.writeBeforeStart(left);
        return left.size();
    }
}
