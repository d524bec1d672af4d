package io.penstock.store.sqlite;

import io.penstock.store.EntryKind;
import io.penstock.store.ExchangeEnd;
import io.penstock.store.RequestLogEntry;
import io.penstock.store.Reservation;
import io.penstock.store.Spend;
import io.penstock.store.sqlite.WriteQueue.Entry;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What goes to disk in one transaction. The order inside does not matter to anybody else, so it is the cheapest one:
 * all holds, all ends, what stays open, sums, log.
 *
 * <p>A hold whose end is in the same batch never gets into {@code open_hold}. Writer thread only; reused.
 */
final class Batch {
    private final List<Entry> holds = new ArrayList<>();
    private final List<Entry> ends = new ArrayList<>();
    private final List<Entry> logs = new ArrayList<>(); // of exchanges without an end
    private final Map<String, Reservation> fresh = new HashMap<>();
    private final List<ExchangeEnd> firstEnds = new ArrayList<>();
    private final List<ExchangeEnd> onlyEnds = new ArrayList<>();
    private final KeySums sums = new KeySums();
    private boolean failedInLog;

    /** A {@link Reservation}, {@link ExchangeEnd} or {@link RequestLogEntry}. */
    void add(Entry entry) {
        (entry.item instanceof Reservation ? holds : entry.item instanceof ExchangeEnd ? ends : logs).add(entry);
    }

    int size() {
        return holds.size() + ends.size() + logs.size();
    }

    /** How many of its entries are in the redo log and not yet in the database. */
    int redoRecords() {
        return redoRecords(holds) + redoRecords(ends);
    }

    private static int redoRecords(List<Entry> entries) {
        int records = 0;
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            records += entry.half == RedoLog.NOWHERE || entry.settled ? 0 : 1;
        }
        return records;
    }

    /** Marks all as settled, and adds those that were not to the count of their half of the redo log. Allocates nothing. */
    void settle(int[] byHalf) {
        settle(holds, byHalf);
        settle(ends, byHalf);
    }

    private static void settle(List<Entry> entries, int[] byHalf) {
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            if (entry.half != RedoLog.NOWHERE && !entry.settled) {
                byHalf[entry.half]++;
            }
            entry.settled = true;
        }
    }

    void removeSettled() {
        holds.removeIf(entry -> entry.settled);
        ends.removeIf(entry -> entry.settled);
    }

    int logRows() {
        return ends.size() + logs.size();
    }

    List<Entry> holds() {
        return holds;
    }

    List<Entry> ends() {
        return ends;
    }

    List<Entry> logs() {
        return logs;
    }

    void forEach(Consumer<Entry> action) {
        holds.forEach(action);
        ends.forEach(action);
        logs.forEach(action);
    }

    /** True if the last {@link #write} failed in the request log, with the money part done. */
    boolean failedInLog() {
        return failedInLog;
    }

    void clear() {
        holds.clear();
        ends.clear();
        logs.clear();
    }

    /**
     * Writes and commits; when it throws, the transaction is still to be rolled back.
     *
     * @param redoWritten records of the redo log that are in the database then
     */
    void write(
            Transaction transaction,
            LedgerAppender ledger,
            RequestLogAppender log,
            boolean withLog,
            RedoMark.Count redoCount,
            long redoWritten)
            throws SQLException {
        failedInLog = false;
        transaction.begin();
        writeHolds(ledger);
        writeEnds(ledger);
        for (Reservation hold : fresh.values()) {
            ledger.open(hold);
        }
        ledger.flush();
        if (withLog) {
            failedInLog = true;
            for (Entry entry : ends) {
                log.add(((ExchangeEnd) entry.item).log());
            }
            for (Entry entry : logs) {
                log.add((RequestLogEntry) entry.item);
            }
            log.flush();
            failedInLog = false;
        }
        if (redoWritten > 0) {
            redoCount.write(redoWritten);
        }
        transaction.commit();
    }

    private void writeHolds(LedgerAppender ledger) throws SQLException {
        fresh.clear();
        for (Entry entry : holds) {
            ledger.hold((Reservation) entry.item);
        }
        int[] inserted = ledger.flushHolds();
        for (int i = 0; i < inserted.length; i++) {
            if (inserted[i] == 1) {
                Reservation hold = (Reservation) holds.get(i).item;
                fresh.put(hold.requestId(), hold);
            }
        }
    }

    private void writeEnds(LedgerAppender ledger) throws SQLException {
        firstEnds.clear();
        onlyEnds.clear();
        for (Entry entry : ends) {
            ExchangeEnd end = (ExchangeEnd) entry.item;
            boolean first = fresh.remove(end.requestId()) != null;
            (first ? firstEnds : onlyEnds).add(end);
            ledger.end(first, end);
        }
        sums.clear();
        addUp(firstEnds, ledger.flushEnds(true));
        addUp(onlyEnds, ledger.flushEnds(false));
        sums.write(ledger);
    }

    private void addUp(List<ExchangeEnd> written, int[] inserted) {
        for (int i = 0; i < inserted.length; i++) {
            ExchangeEnd end = written.get(i);
            if (inserted[i] == 1 && end.kind() == EntryKind.SETTLEMENT) {
                sums.add(end.keyId(), Spend.day(end.atMillis()), end.amountNanos());
            }
        }
    }
}
