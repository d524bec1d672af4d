package io.penstock.store;

import io.penstock.store.db.Transaction;
import io.penstock.store.ledger.EntryKind;
import io.penstock.store.ledger.LedgerAppender;
import io.penstock.store.ledger.LedgerRepository;
import io.penstock.store.requestlog.Outcome;
import io.penstock.store.requestlog.RequestLogAppender;
import io.penstock.store.requestlog.RequestLogEntry;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What goes to disk in one transaction. The order inside does not matter to anybody else, so it is the cheapest one:
 * all holds, all ends, what stays open, sums, log.
 *
 * <p>A hold whose end is in the same batch never gets into {@code open_hold}. Writer thread only; reused.
 */
final class Batch {
    private final List<Hold> holds = new ArrayList<>();
    private final List<ExchangeEnd> ends = new ArrayList<>();
    private final List<Writer.@Nullable Committed> waiting = new ArrayList<>(); // one per end
    private final List<RequestLogEntry> logs = new ArrayList<>(); // of exchanges without an end
    private final Map<String, Hold> fresh = new HashMap<>();
    private final List<ExchangeEnd> firstEnds = new ArrayList<>();
    private final List<ExchangeEnd> onlyEnds = new ArrayList<>();
    private final KeySums sums = new KeySums();
    private boolean failedInLog;

    void add(Hold hold) {
        holds.add(hold);
    }

    void add(ExchangeEnd end, Writer.@Nullable Committed done) {
        ends.add(end);
        waiting.add(done);
    }

    void add(RequestLogEntry entry) {
        logs.add(entry);
    }

    int size() {
        return holds.size() + ends.size() + logs.size();
    }

    int logRows() {
        return ends.size() + logs.size();
    }

    List<Hold> holds() {
        return holds;
    }

    List<ExchangeEnd> ends() {
        return ends;
    }

    List<Writer.@Nullable Committed> waiting() {
        return waiting;
    }

    List<RequestLogEntry> logs() {
        return logs;
    }

    /** True if the last {@link #write} failed in the request log, with the money part done. */
    boolean failedInLog() {
        return failedInLog;
    }

    void clear() {
        holds.clear();
        ends.clear();
        waiting.clear();
        logs.clear();
    }

    /** Writes and commits; when it throws, the transaction is still to be rolled back. */
    void write(Transaction transaction, LedgerAppender ledger, RequestLogAppender log, long nowMillis, boolean withLog)
            throws SQLException {
        failedInLog = false;
        transaction.begin();
        writeHolds(ledger);
        writeEnds(ledger, nowMillis);
        for (Hold hold : fresh.values()) {
            ledger.open(hold.requestId(), hold.keyId(), hold.amountNanos(), hold.atMillis());
        }
        ledger.flush();
        if (withLog) {
            failedInLog = true;
            for (ExchangeEnd end : ends) {
                log.add(end.log());
            }
            for (RequestLogEntry entry : logs) {
                log.add(entry);
            }
            log.flush();
            failedInLog = false;
        }
        transaction.commit();
    }

    private void writeHolds(LedgerAppender ledger) throws SQLException {
        fresh.clear();
        for (Hold hold : holds) {
            ledger.hold(hold.requestId(), hold.keyId(), hold.amountNanos(), hold.atMillis());
        }
        int[] inserted = ledger.flushHolds();
        for (int i = 0; i < inserted.length; i++) {
            if (inserted[i] == 1) {
                fresh.put(holds.get(i).requestId(), holds.get(i));
            }
        }
    }

    private void writeEnds(LedgerAppender ledger, long nowMillis) throws SQLException {
        firstEnds.clear();
        onlyEnds.clear();
        for (ExchangeEnd end : ends) {
            boolean first = fresh.remove(end.requestId()) != null;
            (first ? firstEnds : onlyEnds).add(end);
            boolean release = end.kind() == EntryKind.RELEASE;
            ledger.end(
                    first,
                    end.requestId(),
                    end.kind(),
                    end.keyId(),
                    release ? end.holdNanos() : end.amountNanos(),
                    end.estimated(),
                    end.overHold(),
                    release && end.log().outcome() == Outcome.INTERRUPTED,
                    nowMillis);
        }
        sums.clear();
        addUp(firstEnds, ledger.flushEnds(true));
        addUp(onlyEnds, ledger.flushEnds(false));
        sums.write(ledger, LedgerRepository.day(nowMillis));
    }

    private void addUp(List<ExchangeEnd> written, int[] inserted) {
        for (int i = 0; i < inserted.length; i++) {
            ExchangeEnd end = written.get(i);
            if (inserted[i] == 1 && end.kind() == EntryKind.SETTLEMENT) {
                sums.add(end.keyId(), end.amountNanos());
            }
        }
    }

    /** Settlements per key. Few keys share a batch, so a scan of an array is cheaper than a map. */
    private static final class KeySums {
        private long[] keyIds = new long[16];
        private long[] nanos = new long[16];
        private int[] counts = new int[16];
        private int size;

        void clear() {
            size = 0;
        }

        void add(long keyId, long amount) {
            int i = 0;
            while (i < size && keyIds[i] != keyId) {
                i++;
            }
            if (i == size) {
                if (size == keyIds.length) {
                    keyIds = Arrays.copyOf(keyIds, size * 2);
                    nanos = Arrays.copyOf(nanos, size * 2);
                    counts = Arrays.copyOf(counts, size * 2);
                }
                keyIds[i] = keyId;
                nanos[i] = 0;
                counts[i] = 0;
                size++;
            }
            nanos[i] = Math.addExact(nanos[i], amount);
            counts[i]++;
        }

        void write(LedgerAppender ledger, long day) throws SQLException {
            for (int i = 0; i < size; i++) {
                ledger.spend(keyIds[i], day, nanos[i], counts[i]);
            }
        }
    }
}
