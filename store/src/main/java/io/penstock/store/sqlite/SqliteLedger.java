package io.penstock.store.sqlite;

import io.penstock.store.Committed;
import io.penstock.store.EntryKind;
import io.penstock.store.ExchangeEnd;
import io.penstock.store.HoldRefusal;
import io.penstock.store.Ledger;
import io.penstock.store.LedgerEntry;
import io.penstock.store.Reservation;
import io.penstock.store.Reserved;
import io.penstock.store.Spend;
import io.penstock.store.StoreException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/**
 * The ledger's tables. A reservation is granted as it was asked, or refused, and the callback comes before
 * {@link #reserve} returns, on the same thread: what a key may spend is not limited yet, and a hold is safe as soon as it
 * is accepted.
 */
final class SqliteLedger implements Ledger {
    private static final String ENTRIES = """
            SELECT request_id, kind, key_id, debit_account_id, credit_account_id, amount_nanos, flags, at_millis
            FROM ledger_entry WHERE request_id = ? ORDER BY kind""";

    private static final String SPENT = "SELECT spent_nanos FROM key_spend WHERE key_id = ? AND day = 0";

    private static final String SPENT_SINCE =
            "SELECT coalesce(sum(spent_nanos), 0) FROM key_spend WHERE key_id = ? AND day >= max(?, 1)";

    private static final String SPEND =
            "SELECT key_id, day, spent_nanos, settlements FROM key_spend WHERE day >= ? ORDER BY key_id, day";

    private static final String OPEN_HOLDS = "SELECT count(*) FROM open_hold";

    private final Writer writer;
    private final Reads reads;

    SqliteLedger(Writer writer, Reads reads) {
        this.writer = writer;
        this.reads = reads;
    }

    @Override
    public void reserve(Reservation asked, Reserved told) {
        if (writer.hold(asked)) {
            told.granted(asked.amountNanos());
        } else {
            told.refused(HoldRefusal.UNAVAILABLE);
        }
    }

    @Override
    public void settle(ExchangeEnd end, Committed told) {
        writer.finish(end, told);
    }

    @Override
    public boolean available() {
        return writer.available();
    }

    @Override
    public int queued() {
        return writer.queued();
    }

    @Override
    public List<LedgerEntry> entries(String requestId) throws StoreException {
        return reads.rows(ENTRIES, SqliteLedger::entry, requestId);
    }

    private static LedgerEntry entry(ResultSet row) throws SQLException {
        int flags = row.getInt(7);
        return new LedgerEntry(
                row.getString(1),
                EntryKind.of(row.getInt(2)),
                row.getLong(3),
                row.getInt(4),
                row.getInt(5),
                row.getLong(6),
                (flags & LedgerAppender.ESTIMATED) != 0,
                (flags & LedgerAppender.OVER_HOLD) != 0,
                (flags & LedgerAppender.INTERRUPTED) != 0,
                row.getLong(8));
    }

    @Override
    public long spentNanos(long keyId) throws StoreException {
        return number(SPENT, keyId);
    }

    @Override
    public long spentNanosSince(long keyId, long day) throws StoreException {
        return number(SPENT_SINCE, keyId, day);
    }

    @Override
    public List<Spend> spend(long day) throws StoreException {
        return reads.rows(SPEND, row -> new Spend(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4)), day);
    }

    @Override
    public long openHolds() throws StoreException {
        return number(OPEN_HOLDS);
    }

    private long number(String sql, Object... parameters) throws StoreException {
        List<Long> rows = reads.rows(sql, row -> row.getLong(1), parameters);
        return rows.isEmpty() ? 0 : rows.get(0);
    }
}
