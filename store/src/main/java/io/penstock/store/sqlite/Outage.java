package io.penstock.store.sqlite;

import io.penstock.store.ExchangeEnd;
import io.penstock.store.RequestLogEntry;
import io.penstock.store.sqlite.WriteQueue.Entry;
import java.sql.Connection;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time in which the database cannot be written: what is owed to it meanwhile, and the tries to write again, with
 * back-off. Holds are refused as long as it lasts. The writer thread, where nothing else is said.
 */
final class Outage {
    /** So many entries are owed that the redo log does not hold: some 100 bytes each. */
    private static final int OWED_MAX = 1 << 16;

    /** So often is an entry of the redo log tried alone that ends in an {@code Error}, while others are written. */
    private static final int ALONE_MAX = 8;

    private static final long PROBE_NANOS_MIN = 50_000_000;
    private static final long PROBE_NANOS_MAX = 2_000_000_000;
    private static final Logger LOG = LoggerFactory.getLogger(Outage.class);

    private final Connection connection;
    private final Transaction transaction;
    private final BatchWriter batches;
    private final Notices notices;
    private final Batch owed = new Batch(); // holds and releases to be written when the store works again
    private volatile boolean available = true;
    private volatile boolean distrusted;
    private boolean down;
    private long probeAt;
    private long probeAfter = PROBE_NANOS_MIN;
    private int owedFaults; // since the store went down

    Outage(Connection connection, Transaction transaction, BatchWriter batches, Notices notices) {
        this.connection = connection;
        this.transaction = transaction;
        this.batches = batches;
        this.notices = notices;
    }

    /** False from the first write that failed until one has worked again. Any thread. */
    boolean available() {
        return available;
    }

    /** Lasts for good: the file turned out to be damaged. Any thread. */
    void distrust() {
        distrusted = true;
        available = false;
    }

    /** Lasts for good: nobody is there to end it. */
    void giveUp() {
        available = false;
    }

    boolean isDown() {
        return down;
    }

    boolean owesNothing() {
        return owed.size() == 0;
    }

    /** It begins, or begins anew. */
    void begin(Throwable failure) {
        boolean was = down;
        owedFaults = was ? owedFaults : 0;
        available = false;
        down = true;
        probeAfter = PROBE_NANOS_MIN;
        probeAt = System.nanoTime() + probeAfter;
        if (!was) {
            Throwable ours = failure instanceof SQLException ? failure.getCause() : failure;
            LOG.error(
                    "the database cannot be written, requests are refused until it can: {}",
                    failure.getMessage() == null ? failure : failure.getMessage(),
                    ours);
        }
    }

    /** What the redo log holds is owed as it is; other ends fail, and are owed a release. */
    void fail(Batch failed) {
        failed.holds().forEach(this::owe);
        for (Entry entry : failed.ends()) {
            ExchangeEnd end = (ExchangeEnd) entry.item;
            boolean safe = entry.half != RedoLog.NOWHERE;
            Notices.tell(entry.takeDone(), entry.settled);
            owe(safe || entry.settled ? entry : Entry.of(end.interrupted()));
            notices.tell(safe || entry.settled ? end.log() : end.log().interrupted());
        }
        for (Entry entry : failed.logs()) {
            notices.tell((RequestLogEntry) entry.item);
        }
        batches.logFailed(failed.logs().size());
    }

    /** What the redo log holds is bounded by its size; of the rest, the next start releases what is too much. */
    private void owe(Entry entry) {
        boolean bounded = entry.half != RedoLog.NOWHERE || owed.size() < OWED_MAX;
        if (bounded && !entry.settled && !entry.owed) { // a fault may have come when half of them were
            owed.add(entry);
            entry.owed = true;
        }
    }

    /** How long until {@link #probe}; 0: now. {@link Long#MAX_VALUE}: never. */
    long nanosToProbe(long now) {
        return down && !distrusted ? Math.max(0, probeAt - now) : Long.MAX_VALUE;
    }

    /** A write that needs room, as real ones do; then what is owed. */
    void probe() {
        try {
            batches.cleanUp();
            transaction.begin();
            Sqlite.execute(connection, "DELETE FROM write_probe; INSERT INTO write_probe VALUES (1, zeroblob(32768))");
            transaction.commit();
            transaction.begin();
            Sqlite.execute(connection, "DELETE FROM write_probe");
            transaction.commit();
            pay();
            down = false;
            available = !distrusted;
            LOG.info("the database can be written again");
        } catch (SQLException | RuntimeException | Error e) {
            transaction.rollback();
            LOG.debug("the database still cannot be written: {}", e.getMessage());
            probeAfter = Math.min(probeAfter * 2, PROBE_NANOS_MAX);
            probeAt = System.nanoTime() + probeAfter;
        }
    }

    private void pay() throws SQLException {
        SQLException failure = owesNothing() ? null : batches.write(owed);
        boolean ours = failure != null && BatchWriter.isOurs(failure);
        if (failure != null && (ours || BatchWriter.isOfOneEntry(failure))) { // must not keep the store down
            owedFaults += ours ? 1 : 0;
            owed.forEach(this::payAlone);
            owed.removeSettled();
            if (!owesNothing()) {
                throw failure;
            }
            return;
        } else if (failure != null) {
            throw failure;
        }
        owed.clear();
    }

    /** It stays in {@link #owed} until all were tried: a fault on the way leaves none behind. */
    private void payAlone(Entry entry) {
        if (entry.settled) {
            return;
        }
        Batch single = new Batch();
        single.add(entry);
        SQLException failure = batches.write(single);
        if (failure != null
                && (BatchWriter.isOfOneEntry(failure) || (BatchWriter.isOurs(failure) && isGivenUp(entry)))) {
            Notices.complainOfLoss(entry, failure);
            batches.giveUp(single);
        }
    }

    /** What the redo log does not hold is a hold or its release, of which nothing is charged: the next start sees to it. */
    private boolean isGivenUp(Entry entry) {
        return entry.half == RedoLog.NOWHERE || owedFaults > ALONE_MAX;
    }
}
