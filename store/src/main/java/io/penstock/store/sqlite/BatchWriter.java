package io.penstock.store.sqlite;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes batches, a transaction each, and counts for the redo log what the database has of it. When the request log fails,
 * the batch is repeated without it. The writer thread; before its start, the one that opens the store.
 */
final class BatchWriter {
    private static final int TOO_BIG = 18; // SQLite's result codes that tell of one entry and not of the disk
    private static final int CONSTRAINT = 19;
    private static final int MISMATCH = 20;

    /** SQLite's own code for a fault of a program. */
    private static final int INTERNAL = 2;

    private static final Logger LOG = LoggerFactory.getLogger(BatchWriter.class);

    private final Transaction transaction;
    private final LedgerAppender ledger;
    private final RequestLogAppender log;
    private final RequestLogTrimmer trimmer;
    private final RedoMark.Count redoCount;
    private final Checkpoints checkpoints;
    private final AtomicLong logFailures = new AtomicLong();
    private final int[] settledByHalf = new int[2];
    private @Nullable RedoLog redoLog; // the writer's; from the start on
    private long redoWritten; // records of the redo log that are in the database, or have been given up

    BatchWriter(Connection connection, Transaction transaction, RequestLogTrimmer trimmer, Checkpoints checkpoints) {
        this.transaction = transaction;
        this.trimmer = trimmer;
        this.checkpoints = checkpoints;
        this.ledger = new LedgerAppender(connection);
        this.log = new RequestLogAppender(connection);
        this.redoCount = new RedoMark.Count(connection);
    }

    /** Who it is that holds from now on. */
    void ownHolds(String owner, long epoch) {
        ledger.ownHolds(owner, epoch);
    }

    /** How many records of a dead process's log are in the database when its batch is. */
    void redoWritten(long written) {
        redoWritten = written;
    }

    /** The log of this process, and how many records of it are in the database. */
    void redoLog(@Nullable RedoLog current, long written) {
        redoLog = current;
        redoWritten = written;
    }

    /** Rows of the request log that were lost. Any thread. */
    long logFailures() {
        return logFailures.get();
    }

    /** Any thread. */
    void logFailed(int rows) {
        logFailures.addAndGet(rows);
    }

    /** One transaction; if its log part fails, one more without it. Null: committed. */
    @Nullable
    SQLException write(Batch batch) {
        return write(batch, true);
    }

    private @Nullable SQLException write(Batch batch, boolean withLog) {
        try {
            long nowWritten = redoWritten + batch.redoRecords();
            batch.write(transaction, ledger, log, withLog, redoCount, nowWritten);
            redoWritten = nowWritten;
            settle(batch);
            checkpoints.committed(batch.size());
            if (withLog) {
                trimmer.added(batch.logRows());
            }
            return null;
        } catch (SQLException e) {
            return repair(batch, withLog, e);
        } catch (RuntimeException e) { // an entry we cannot add up: its own fault
            return repair(batch, withLog, new SQLException(e.toString(), null, CONSTRAINT, e));
        } catch (Error e) {
            return repair(batch, withLog, new SQLException(e.toString(), null, INTERNAL, e));
        }
    }

    private @Nullable SQLException repair(Batch failed, boolean withLog, SQLException failure) {
        boolean inLog = failed.failedInLog();
        cleanUp();
        if (!withLog || !inLog) {
            return failure;
        }
        SQLException again = write(failed, false);
        if (again == null) {
            logFailed(failed.logRows());
            LOG.warn("{} rows of the request log were lost: {}", failed.logRows(), failure.getMessage());
        }
        return again;
    }

    /** Leaves no transaction and no half-filled statement behind. */
    void cleanUp() {
        transaction.rollback();
        ledger.reset();
        log.reset();
        redoCount.reset();
    }

    /** What the database refuses for good: the redo log need not keep it. */
    void giveUp(Batch lost) {
        redoWritten += lost.redoRecords();
        settle(lost);
    }

    /**
     * Nothing of this batch needs the redo log any more. Allocates nothing, for a fault between this and the commit would
     * count records twice: the next start would take a sound log for one older than the database.
     */
    private void settle(Batch done) {
        settledByHalf[0] = 0;
        settledByHalf[1] = 0;
        done.settle(settledByHalf);
        if (redoLog != null) {
            redoLog.written(0, settledByHalf[0]);
            redoLog.written(1, settledByHalf[1]);
        }
    }

    /** True if an entry of the batch is the reason, and not the disk. */
    static boolean isOfOneEntry(SQLException failure) {
        int code = failure.getErrorCode() & 0xff; // without the extended part
        return code == TOO_BIG || code == CONSTRAINT || code == MISMATCH;
    }

    /** True if an {@code Error} of ours is the reason. */
    static boolean isOurs(SQLException failure) {
        return failure.getErrorCode() == INTERNAL;
    }
}
