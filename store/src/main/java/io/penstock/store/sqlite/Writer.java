package io.penstock.store.sqlite;

import io.penstock.store.Committed;
import io.penstock.store.Durability;
import io.penstock.store.ExchangeEnd;
import io.penstock.store.RequestLogEntry;
import io.penstock.store.Requests;
import io.penstock.store.Reservation;
import io.penstock.store.StoreException;
import io.penstock.store.sqlite.WriteQueue.Entry;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes to the database: takes all that waits, writes up to {@link #BATCH_MAX} entries per
 * transaction, and commits.
 *
 * <p><b>The redo log.</b> With it, holds and ends are safe from the death of the process before they are written here, and
 * nobody waits: the commit gathers what comes while {@link WriterSleep the thread sleeps}. That is cheap (measured: 26 µs
 * for a commit of one exchange, 6 µs for each of sixty-four), and it keeps the event loop from waking this thread, and from
 * being woken by it. Without it ({@link Durability#POWER}, in memory), or when it is full, an end is urgent, and is told of
 * its commit.
 *
 * <p><b>Failure.</b> When the request log fails, the batch is repeated without it: money never waits for it. When SQLite
 * refuses one entry, that entry alone fails. Anything else (disk full, I/O error, read-only) is an {@link Outage}: holds
 * are refused, and a real write is tried with back-off until it works. Ends that the redo log took are kept and written
 * then; others fail, and are released as interrupted then: nothing is charged for them, and their last byte was not sent.
 *
 * <p><b>Our own faults.</b> An {@code Error} on this thread is told once and taken like a failure of the disk: who waits is
 * answered, the store is unavailable until a real write works, what is owed is written then. Who is told of something may
 * throw what they like. A thread that fails again and again without getting anything done ends; all that waits is
 * answered then, and nothing is accepted any more.
 */
final class Writer {
    /** Entries per transaction: by then the price of the commit is well shared. */
    static final int BATCH_MAX = 4096;

    /** Holds are refused, and log rows dropped, beyond so many waiting entries: some 100 bytes each. */
    private static final int QUEUE_MAX = 1 << 16;

    private static final long CHORES_NANOS = 1_000_000_000;

    /** So often does the writer try to go on without getting anything done. */
    private static final int FAULTS_MAX = 10;

    private static final long FAULT_NANOS = 20_000_000; // of rest after one

    private static final String DEAD = "the store has failed, as the log tells; restart Penstock";
    private static final Logger LOG = LoggerFactory.getLogger(Writer.class);

    private final Connection connection;
    private final Transaction transaction;
    private final PowerSafeTransaction powerSafe;
    private final BatchWriter batches;
    private final Checkpoints checkpoints;
    private final Housekeeping housekeeping;
    private final Notices notices = new Notices();
    private final Outage outage;
    private final WriteQueue queue = new WriteQueue();
    private final Thread thread = new Thread(this::run, "penstock-store-writer");
    private final WriterSleep sleep = new WriterSleep(queue, thread);
    private @Nullable RedoLog redoLog; // owned; from the start on

    // Any thread.
    private volatile boolean dead;
    private volatile int taken; // off the queue, not committed yet

    // The writer thread only.
    private final Batch batch = new Batch();
    private @Nullable Entry pending; // taken off the queue, not looked at yet
    private int faults; // since something was done
    private long choresAt = System.nanoTime();

    Writer(Connection connection, StoreOptions options, @Nullable Checkpointer checkpointer, RequestLogTrimmer trimmer)
            throws SQLException {
        this.connection = connection;
        String synchronous = "PRAGMA synchronous = " + (options.durability() == Durability.POWER ? "FULL" : "NORMAL");
        Sqlite.execute(connection, synchronous);
        WriteTask.limit(connection, options.maxPageCount());
        this.transaction = new Transaction(connection);
        this.powerSafe = new PowerSafeTransaction(connection, transaction, synchronous);
        this.checkpoints = new Checkpoints(connection, checkpointer);
        this.batches = new BatchWriter(connection, transaction, trimmer, checkpoints);
        this.housekeeping = new Housekeeping(connection, transaction, checkpoints);
        this.outage = new Outage(connection, transaction, batches, notices);
        thread.setDaemon(true);
    }

    /** Who is told of exchanges; once, before the first. */
    void onLogged(Requests.Listener listener) {
        notices.listener(listener);
    }

    /**
     * Sets money aside. Any thread; never blocks. False when the store cannot be written, or too much is waiting to be:
     * the request must be refused.
     */
    boolean hold(Reservation hold) {
        if (!outage.available() || queue.depth() >= QUEUE_MAX) {
            return false;
        }
        return push(new Entry(hold, null, redoHalf(hold), false));
    }

    /**
     * Ends an exchange. Any thread; never blocks. {@code done} is called once, here or on the writer thread: true when
     * the end is durable, false when it cannot be made so.
     */
    void finish(ExchangeEnd end, Committed done) {
        int half = redoHalf(end);
        boolean safe = half != RedoLog.NOWHERE;
        if (!push(new Entry(end, safe ? null : done, half, !safe))) {
            Notices.tell(done, safe && dead); // the redo log of a dead writer stays for the next start
        } else if (safe) {
            Notices.tell(done, true);
        }
    }

    /** Where the redo log holds it from now on. */
    private int redoHalf(Object item) {
        return redoLog == null ? RedoLog.NOWHERE : redoLog.append(item);
    }

    /** Logs an exchange that never held money. Any thread; never blocks. False when it is lost, which is counted. */
    boolean log(RequestLogEntry entry) {
        if (outage.available() && queue.depth() < QUEUE_MAX && push(Entry.of(entry))) {
            return true;
        }
        batches.logFailed(1);
        return false;
    }

    /** False from the first write that failed until one has worked again. Any thread. */
    boolean available() {
        return outage.available();
    }

    /** Entries that are not committed yet. Any thread. */
    int queued() {
        return taken + queue.depth();
    }

    /** Rows of the request log that were lost, since the start. Any thread. */
    long logFailures() {
        return batches.logFailures();
    }

    /** Runs one transaction on the writer thread, fsynced. Blocks; not for event loops. */
    <T> T write(Query<T> query) throws StoreException {
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException("a blocking write on the writer thread would wait for itself");
        }
        WriteTask<T> task = WriteTask.of(query);
        if (!push(urgent(task))) {
            throw new StoreException(dead ? DEAD : "the store is closed");
        }
        try {
            return task.result.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException("interrupted; whether the change was written is not known", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw new StoreException(
                    "cannot write the database: " + (cause == null ? e : cause).getMessage()
                            + "; nothing was changed; check the disk and its free space",
                    cause);
        }
    }

    /** Waits until what was pushed before is written, or has failed. Blocks; not for event loops. */
    void catchUp() {
        if (queued() > 0 && Thread.currentThread() != thread) {
            WriteTask<Boolean> task = WriteTask.marker();
            if (push(urgent(task))) {
                task.result.join();
            }
        }
    }

    /** Bounds the file; tests fill and free a disk with it. */
    void limitPages(long pages) throws StoreException {
        WriteTask<Long> task = WriteTask.limit(pages);
        if (!push(urgent(task))) {
            throw new StoreException("the store is closed");
        }
        task.result.join();
    }

    private static Entry urgent(WriteTask<?> task) {
        return new Entry(task, null, RedoLog.NOWHERE, true);
    }

    private boolean push(Entry entry) {
        if (!queue.push(entry)) {
            return false;
        }
        sleep.pushed(entry);
        return true;
    }

    // ---- before the start and after the end, on the caller's thread

    /** Runs one transaction. */
    void writeBeforeStart(Query<?> query) throws SQLException {
        transaction.begin();
        query.run(connection);
        transaction.commit();
    }

    /** A change that survives a power cut too. */
    void writeDurably(RedoRecovery.Change change) throws SQLException {
        powerSafe.run(
                c -> {
                    change.run(c);
                    return true;
                },
                done -> {});
    }

    /** Writes what an earlier process left; what the database refuses for good is lost, and told. */
    void writeBeforeStart(Batch left) throws SQLException {
        SQLException failure = left.size() == 0 ? null : batches.write(left);
        if (failure != null && BatchWriter.isOfOneEntry(failure)) {
            move(left, batch);
            commitOneByOne();
        } else if (failure != null) {
            throw failure;
        }
    }

    /** How many records of a dead process's redo log are in the database when its batch is. */
    void redoWritten(long records) {
        batches.redoWritten(records);
    }

    /** Who it is that holds from now on. */
    void ownHolds(String owner, long epoch) {
        batches.ownHolds(owner, epoch);
    }

    void addChore(Housekeeping.Chore chore) {
        housekeeping.add(chore);
    }

    /**
     * From now on holds and ends go through the redo log; null: they wait for their commit.
     *
     * @param written how many records of the log are in the database
     */
    void start(@Nullable RedoLog log, long written) {
        redoLog = log;
        batches.redoLog(log, written);
        thread.start();
    }

    /** Refuses all further work for good: the file turned out to be damaged. Any thread. */
    void distrust() {
        outage.distrust();
    }

    /** Writes what is queued, then ends the thread. Blocks; the connection may be used by the caller afterwards. */
    void close() {
        if (redoLog != null) {
            redoLog.close(); // first: an end that comes now is told of its commit, or that there is none
        }
        sleep.end();
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true; // what is queued is money: written first
            }
        }
        if (redoLog != null && outage.owesNothing() && !dead) {
            removeRedoLog(redoLog);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void removeRedoLog(RedoLog log) {
        try {
            log.empty();
            writeDurably(RedoMark::remove);
            log.remove();
        } catch (SQLException e) {
            LOG.warn("the redo log stays, empty, for the next start: {}", e.getMessage());
        }
    }

    /** True in the long sleep of a quiet gateway; tests wait for it. */
    boolean isAsleep() {
        return sleep.isDeep();
    }

    // ---- the thread

    private void run() {
        boolean more = true;
        while (more) {
            try {
                more = step();
                faults = 0;
            } catch (Throwable fault) {
                more = survive(fault);
            }
        }
    }

    /** False when all is written and nothing can come any more. */
    private boolean step() {
        if (dead) {
            return false;
        }
        if (outage.isDown() && outage.nanosToProbe(System.nanoTime()) == 0) {
            outage.probe();
        }
        Entry top = queue.top();
        if (pending != null || batch.size() > 0) {
            write();
        } else if (top != null && sleep.mayWrite(top)) {
            taken = top.depth();
            pending = queue.takeAll();
            write();
        } else if (top == null && sleep.isOver()) {
            if (queue.closeIfEmpty()) {
                keepHouse();
                return false;
            }
        } else {
            rest(top);
        }
        return true;
    }

    private void rest(@Nullable Entry top) {
        long now = System.nanoTime();
        if (top == null && now - choresAt >= 0 && !outage.isDown()) {
            boolean more = keepHouse();
            choresAt = System.nanoTime() + (more ? WriterSleep.NAP_NANOS : CHORES_NANOS);
            return;
        }
        sleep.sleep(top, now, choresAt - now < CHORES_NANOS / 2, outage.nanosToProbe(now));
    }

    private boolean keepHouse() {
        return housekeeping.run(sleep.isQuiet(System.nanoTime()));
    }

    /** After an {@code Error} of ours. False if this thread ends. */
    private boolean survive(Throwable fault) {
        try {
            faults++;
            if (faults > FAULTS_MAX) {
                die(fault);
                return false;
            }
            outage.begin(fault);
            outage.fail(batch);
            batch.clear();
            batches.cleanUp(); // or else the next probe does
        } catch (Throwable again) {
            Notices.complain("the store's writer failed again", again);
        }
        LockSupport.parkNanos(this, FAULT_NANOS);
        return true;
    }

    /** The thread's last act: answers all that waits, refuses what comes. The redo log stays for the next start. */
    void die(Throwable fault) {
        dead = true;
        outage.giveUp();
        Notices.complain("the store's writer cannot go on; nothing is accepted until Penstock is restarted", fault);
        if (redoLog != null) {
            redoLog.close();
        }
        answer(pending);
        pending = null;
        answer(queue.close());
        batch.forEach(entry -> Notices.tell(entry.takeDone(), entry.settled));
        batch.clear();
        taken = 0;
    }

    private static void answer(@Nullable Entry first) {
        for (Entry entry = first; entry != null; entry = entry.next) {
            if (entry.item instanceof WriteTask<?> task) {
                task.refuse(DEAD);
            } else {
                Notices.tell(entry.takeDone(), false);
            }
        }
    }

    /** What is pending, and until it is in the batch, or runs: whatever happens, it is answered once. */
    private void write() {
        for (Entry entry; (entry = pending) != null; ) {
            if (entry.item instanceof WriteTask<?> task) {
                commit();
                pending = entry.next;
                run(task);
            } else {
                batch.add(entry);
                pending = entry.next;
            }
            if (batch.size() >= BATCH_MAX) {
                commit();
            }
        }
        commit();
        sleep.wrote();
        taken = 0;
        housekeeping.wrote();
    }

    private void run(WriteTask<?> task) {
        if (task.run(connection, powerSafe)) {
            checkpoints.committed(0);
        }
    }

    /** Writes the batch and leaves it empty, whatever happens. */
    private void commit() {
        if (batch.size() == 0) {
            return;
        }
        SQLException failure = outage.isDown() ? null : batches.write(batch);
        if (outage.isDown()) {
            outage.fail(batch);
        } else if (failure == null) {
            notices.tellAll(batch, true);
        } else if (BatchWriter.isOfOneEntry(failure) && batch.size() > 1) {
            commitOneByOne();
        } else if (BatchWriter.isOfOneEntry(failure)) {
            batch.forEach(entry -> Notices.complainOfLoss(entry, failure));
            batches.giveUp(batch);
            notices.tellAll(batch, false);
        } else {
            outage.begin(failure);
            outage.fail(batch);
        }
        taken = Math.max(0, taken - batch.size());
        batch.clear();
    }

    private void commitOneByOne() {
        Batch all = new Batch();
        move(batch, all);
        all.forEach(entry -> {
            batch.add(entry);
            commit();
        });
    }

    private static void move(Batch from, Batch to) {
        from.forEach(to::add);
        from.clear();
    }
}
