package io.penstock.store.ledger;

import io.penstock.store.StoreException;
import io.penstock.store.db.Reads;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Reads the ledger. Every method blocks; what a finished commit wrote is seen. */
public final class LedgerRepository {
    private static final String ENTRIES = """
            SELECT request_id, kind, key_id, debit_account_id, credit_account_id, amount_nanos, flags, at_millis
            FROM ledger_entry WHERE request_id = ? ORDER BY kind""";

    private static final String SPENT = "SELECT spent_nanos FROM key_spend WHERE key_id = ? AND day = 0";

    private static final String SPENT_SINCE =
            "SELECT coalesce(sum(spent_nanos), 0) FROM key_spend WHERE key_id = ? AND day >= max(?, 1)";

    private static final String SPEND =
            "SELECT key_id, day, spent_nanos, settlements FROM key_spend WHERE day >= ?" + " ORDER BY key_id, day";

    private static final String SPENT_BY_ENTRIES =
            "SELECT coalesce(sum(amount_nanos), 0) FROM ledger_entry WHERE key_id = ? AND kind = 2";

    private static final String OPEN_HOLDS = "SELECT count(*) FROM open_hold";

    private static final long DAY_MILLIS = 86_400_000;

    private final Reads reads;

    public LedgerRepository(Reads reads) {
        this.reads = reads;
    }

    /** Days since 1970, UTC: the day of {@link Spend}. */
    public static long day(long atMillis) {
        return Math.floorDiv(atMillis, DAY_MILLIS);
    }

    /** The lines of one exchange: its hold first. */
    public List<LedgerEntry> entries(String requestId) throws StoreException {
        return reads.read(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(ENTRIES)) {
                statement.setString(1, requestId);
                try (ResultSet row = statement.executeQuery()) {
                    List<LedgerEntry> entries = new ArrayList<>();
                    while (row.next()) {
                        int flags = row.getInt(7);
                        entries.add(new LedgerEntry(
                                row.getString(1),
                                EntryKind.of(row.getInt(2)),
                                row.getLong(3),
                                row.getInt(4),
                                row.getInt(5),
                                row.getLong(6),
                                (flags & LedgerEntry.ESTIMATED) != 0,
                                (flags & LedgerEntry.OVER_HOLD) != 0,
                                (flags & LedgerEntry.INTERRUPTED) != 0,
                                row.getLong(8)));
                    }
                    return entries;
                }
            }
        });
    }

    /** All that a key ever spent. */
    public long spentNanos(long keyId) throws StoreException {
        return reads.read(connection -> number(connection, SPENT, keyId));
    }

    /** What a key spent from the start of that UTC day ({@link #day}) until now. */
    public long spentNanosSince(long keyId, long day) throws StoreException {
        return reads.read(connection -> number(connection, SPENT_SINCE, keyId, day));
    }

    /** The sums per key and day from {@code day} on; 0 gives, beside all days, the totals as day 0. For budgets at start. */
    public List<Spend> spend(long day) throws StoreException {
        return reads.read(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(SPEND)) {
                statement.setLong(1, day);
                try (ResultSet row = statement.executeQuery()) {
                    List<Spend> sums = new ArrayList<>();
                    while (row.next()) {
                        sums.add(new Spend(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4)));
                    }
                    return sums;
                }
            }
        });
    }

    /** What a key spent by adding up its entries: reads all history, to compare with {@link #spentNanos}. */
    public long spentNanosByEntries(long keyId) throws StoreException {
        return reads.read(connection -> number(connection, SPENT_BY_ENTRIES, keyId));
    }

    /** How many exchanges hold money now, as far as it is on disk. */
    public long openHolds() throws StoreException {
        return reads.read(connection -> number(connection, OPEN_HOLDS));
    }

    private static long number(Connection connection, String sql, long... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setLong(i + 1, parameters[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }
}
