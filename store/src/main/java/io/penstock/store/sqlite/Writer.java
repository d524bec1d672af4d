package io.penstock.store.sqlite;

import io.penstock.store.Committed;
import io.penstock.store.Durability;
import io.penstock.store.EntryKind;
import io.penstock.store.ExchangeEnd;
import io.penstock.store.RequestLogEntry;
import io.penstock.store.Requests;
import io.penstock.store.Reservation;
import io.penstock.store.StoreException;
import io.penstock.store.sqlite.WriteQueue.Entry;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes to the database: takes all that waits, writes up to {@link #BATCH_MAX} entries per
 * transaction, and commits.
 *
 * <p><b>The redo log.</b> With it, holds and ends are safe from the death of the process before they are written here, and
 * nobody waits: the commit gathers what comes in {@link #NAP_NANOS}. That is cheap (measured: 26 µs for a commit of one
 * exchange, 6 µs for each of sixty-four), and it keeps the event loop from waking this thread, and from being woken by it.
 * Without it ({@link Durability#POWER}, in memory), or when it is full, an end is urgent, and is told of its commit.
 *
 * <p><b>Waking.</b> To wake a thread costs its waker a system call. What is urgent does, and an entry that finds a writer
 * which has been quiet for a second, or very many entries waiting; all others find a writer that wakes by itself.
 *
 * <p><b>Failure.</b> When the request log fails, the batch is repeated without it: money never waits for it. When SQLite
 * refuses one entry, that entry alone fails. Anything else (disk full, I/O error, read-only) makes the store unavailable:
 * holds are refused, and a real write is tried with back-off until it works. Ends that the redo log took are kept and
 * written then; others fail, and are released as interrupted then: nothing is charged for them, and their last byte was
 * not sent.
 *
 * <p><b>Our own faults.</b> An {@code Error} on this thread is told once and taken like a failure of the disk: who waits is
 * answered, the store is unavailable until a real write works, what is owed is written then. Who is told of something may
 * throw what they like. A thread that fails again and again without getting anything done ends; all that waits is
 * answered then, and nothing is accepted any more.
 */
final class Writer {
    /** Entries per transaction: by then the price of the commit is well shared. */
    static final int BATCH_MAX = 4096;

    /** What is not urgent is written this long after it came, at the latest. */
    static final long NAP_NANOS = 250_000_000;

    /** So many waiting entries are written at once: no commit gets cheaper by more, and they take memory. */
    private static final int MANY = 2048;

    /** Holds are refused, and log rows dropped, beyond so many waiting entries: some 100 bytes each. */
    private static final int QUEUE_MAX = 1 << 16;

    private static final long ACTIVE_NANOS = 1_000_000_000;
    private static final long CHORES_NANOS = 1_000_000_000;
    private static final long DEEP_SLEEP_NANOS = 60_000_000_000L; // chores by the calendar are due then at the latest
    private static final long PROBE_NANOS_MIN = 50_000_000;
    private static final long PROBE_NANOS_MAX = 2_000_000_000;

    /** The write-ahead log grows by some 10 KiB a commit at most, and by some 400 bytes an entry. */
    private static final int CHECKPOINT_COMMITS = 2048;

    private static final int CHECKPOINT_ENTRIES = 32_768;

    private static final int TOO_BIG = 18; // SQLite's result codes that tell of one entry and not of the disk
    private static final int CONSTRAINT = 19;
    private static final int MISMATCH = 20;

    private static final int REQUEST_ID_MAX = 64; // in a message
    private static final int INTERNAL = 2; // SQLite's own code for a fault of a program

    /** So often does the writer try to go on without getting anything done. */
    private static final int FAULTS_MAX = 10;

    private static final long FAULT_NANOS = 20_000_000; // of rest after one

    /** So often is an entry of the redo log tried alone that ends in an {@code Error}, while others are written. */
    private static final int ALONE_MAX = 8;

    private static final int AWAKE = 0;
    private static final int NAP = 1;
    private static final int ASLEEP = 2;

    private static final String DEAD = "the store has failed, as the log tells; restart Penstock";
    private static final String OPEN_HOLDS = "SELECT request_id, key_id, amount_nanos, at_millis FROM open_hold";
    private static final Logger LOG = LoggerFactory.getLogger(Writer.class);
    private static final VarHandle REST = rest();

    private final Connection connection;
    private final Transaction transaction;
    private final LedgerAppender ledger;
    private final RequestLogAppender log;
    private final RequestLogTrimmer trimmer;
    private final InstantSource clock;
    private final String synchronous;
    private final @Nullable Checkpointer checkpointer; // null in memory
    private @Nullable RedoLog redoLog; // owned; from the start on
    private final RedoMark.Count redoCount;
    private final WriteQueue queue = new WriteQueue();
    private final List<Chore> chores = new ArrayList<>();
    private final Thread thread = new Thread(this::run, "penstock-store-writer");
    private final AtomicLong logFailures = new AtomicLong();

    // Any thread.
    private volatile int rest = AWAKE;
    private volatile boolean available = true;
    private volatile boolean distrusted;
    private volatile boolean closing;
    private volatile boolean dead;
    private volatile int taken; // off the queue, not committed yet
    private volatile Requests.Listener logged = entry -> {};

    // The writer thread only.
    private final Batch batch = new Batch();
    private final Batch owed = new Batch(); // holds and releases to be written when the store works again
    private @Nullable Entry pending; // taken off the queue, not looked at yet
    private final int[] settledByHalf = new int[2];
    private int faults; // since something was done
    private int owedFaults; // since the store went down
    private boolean choreFailed;
    private boolean down;
    private long probeAt;
    private long probeAfter = PROBE_NANOS_MIN;
    private long napUntil;
    private boolean napping;
    private long lastWriteAt = System.nanoTime();
    private long choresAt = lastWriteAt;
    private boolean askedForCheckpoint;
    private long redoWritten; // records of the redo log that are in the database, or have been given up
    private int commits; // since the last checkpoint
    private int entries;

    /** Small work that waits for a quiet moment. */
    @FunctionalInterface
    interface Chore {
        /** True if there is more of it to do. */
        boolean run(Connection connection, Transaction transaction) throws SQLException;
    }

    Writer(Connection connection, StoreOptions options, @Nullable Checkpointer checkpointer, RequestLogTrimmer trimmer)
            throws SQLException {
        this.connection = connection;
        this.checkpointer = checkpointer;
        this.trimmer = trimmer;
        this.clock = options.clock();
        this.synchronous = "PRAGMA synchronous = " + (options.durability() == Durability.POWER ? "FULL" : "NORMAL");
        this.ledger = new LedgerAppender(connection);
        this.log = new RequestLogAppender(connection);
        this.redoCount = new RedoMark.Count(connection);
        Sqlite.execute(connection, synchronous);
        limit(options.maxPageCount());
        this.transaction = new Transaction(connection);
        thread.setDaemon(true);
    }

    /** Who is told of exchanges; once, before the first. */
    void onLogged(Requests.Listener listener) {
        logged = listener;
    }

    /**
     * Sets money aside. Any thread; never blocks. False when the store cannot be written, or too much is waiting to be:
     * the request must be refused.
     */
    boolean hold(Reservation hold) {
        if (!available || queue.depth() >= QUEUE_MAX) {
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
            tell(done, safe && dead); // the redo log of a dead writer stays for the next start
        } else if (safe) {
            tell(done, true);
        }
    }

    /** Where the redo log holds it from now on. */
    private int redoHalf(Object item) {
        return redoLog == null ? RedoLog.NOWHERE : redoLog.append(item);
    }

    /** Logs an exchange that never held money. Any thread; never blocks. False when it is lost, which is counted. */
    boolean log(RequestLogEntry entry) {
        if (available && queue.depth() < QUEUE_MAX && push(new Entry(entry, null, RedoLog.NOWHERE, false))) {
            return true;
        }
        logFailures.incrementAndGet();
        return false;
    }

    /** False from the first write that failed until one has worked again. Any thread. */
    boolean available() {
        return available;
    }

    /** Entries that are not committed yet. Any thread. */
    int queued() {
        return taken + queue.depth();
    }

    /** Rows of the request log that were lost, since the start. Any thread. */
    long logFailures() {
        return logFailures.get();
    }

    /** Runs one transaction on the writer thread, fsynced. Blocks; not for event loops. */
    <T> T write(Query<T> query) throws StoreException {
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException("a blocking write on the writer thread would wait for itself");
        }
        Task<T> task = new Task<>(query);
        if (!push(new Entry(task, null, RedoLog.NOWHERE, true))) {
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

    /** The same before {@link #start}, on the caller's thread. */
    void writeBeforeStart(Query<?> query) throws SQLException {
        transaction.begin();
        query.run(connection);
        transaction.commit();
    }

    /** A change that survives a power cut too. Before {@link #start} or after the thread's end, on the caller's thread. */
    void writeDurably(RedoRecovery.Change change) throws SQLException {
        Sqlite.execute(connection, "PRAGMA synchronous = FULL");
        try {
            writeBeforeStart(c -> {
                change.run(c);
                return true;
            });
        } catch (SQLException e) {
            transaction.rollback();
            throw e;
        } finally {
            Sqlite.execute(connection, synchronous);
        }
    }

    /** Waits until what was pushed before is written, or has failed. Blocks; not for event loops. */
    void catchUp() {
        if (queued() > 0 && Thread.currentThread() != thread) {
            Task<Boolean> task = new Task<>(null);
            if (push(new Entry(task, null, RedoLog.NOWHERE, true))) {
                task.result.join();
            }
        }
    }

    /** Gives back what a dead process held. Before {@link #start}, on the caller's thread. Tells how many. */
    int releaseOpenHolds() throws SQLException {
        Batch left = new Batch();
        try (PreparedStatement statement = connection.prepareStatement(OPEN_HOLDS);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                String requestId = row.getString(1);
                long keyId = row.getLong(2);
                RequestLogEntry seen = RequestLogEntry.interrupted(requestId, keyId, row.getLong(4));
                left.add(entry(new ExchangeEnd(
                        requestId, keyId, EntryKind.RELEASE, row.getLong(3), 0, false, false, clock.millis(), seen)));
            }
        }
        writeBeforeStart(left);
        return left.size();
    }

    /**
     * Writes what a dead process left in the redo log. Before {@link #start}, on the caller's thread.
     *
     * @param written how many records of the log are in the database then
     */
    void redo(List<Object> left, long written) throws SQLException {
        Batch all = new Batch();
        left.forEach(item -> all.add(entry(item)));
        redoWritten = written;
        writeBeforeStart(all);
    }

    private static Entry entry(Object item) {
        return new Entry(item, null, RedoLog.NOWHERE, false);
    }

    private void writeBeforeStart(Batch left) throws SQLException {
        SQLException failure = left.size() == 0 ? null : attempt(left, true);
        if (failure != null && isOfOneEntry(failure)) {
            move(left, batch);
            commitOneByOne();
        } else if (failure != null) {
            throw failure;
        }
    }

    /** Who it is that holds from now on. Before {@link #start}. */
    void ownHolds(String owner, long epoch) {
        ledger.ownHolds(owner, epoch);
    }

    /** To be called before {@link #start}. */
    void addChore(Chore chore) {
        chores.add(chore);
    }

    /**
     * From now on holds and ends go through the redo log; null: they wait for their commit.
     *
     * @param written how many records of the log are in the database
     */
    void start(@Nullable RedoLog log, long written) {
        redoLog = log;
        redoWritten = written;
        thread.start();
    }

    /** Refuses all further work for good: the file turned out to be damaged. */
    void distrust() {
        distrusted = true;
        available = false;
    }

    /** Writes what is queued, then ends the thread. Blocks; the connection may be used by the caller afterwards. */
    void close() {
        if (redoLog != null) {
            redoLog.close(); // first: an end that comes now is told of its commit, or that there is none
        }
        closing = true;
        wake();
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true; // what is queued is money: written first
            }
        }
        if (redoLog != null && owed.size() == 0 && !dead) {
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
        return rest == ASLEEP;
    }

    /** Bounds the file; tests fill and free a disk with it. */
    void limitPages(long pages) throws StoreException {
        Task<Long> task = new Task<>(c -> pages);
        task.pageLimit = OptionalLong.of(pages);
        if (!push(new Entry(task, null, RedoLog.NOWHERE, true))) {
            throw new StoreException("the store is closed");
        }
        task.result.join();
    }

    private boolean push(Entry entry) {
        if (!queue.push(entry)) {
            return false;
        }
        int found = rest;
        if (found == ASLEEP || (found == NAP && (entry.urgent() || entry.depth() >= MANY))) {
            wake();
        }
        return true;
    }

    private void wake() {
        int found = (int) REST.getAndSet(this, AWAKE);
        if (found != AWAKE || closing) {
            LockSupport.unpark(thread);
        }
    }

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
        if (down && !distrusted && System.nanoTime() - probeAt >= 0) {
            probe();
        }
        Entry top = queue.top();
        if (pending != null || batch.size() > 0) {
            write();
        } else if (top != null && (top.urgent() || top.depth() >= MANY || closing || napIsOver())) {
            napping = false;
            taken = top.depth();
            pending = queue.takeAll();
            write();
        } else if (top == null && closing) {
            if (queue.closeIfEmpty()) {
                runChores();
                return false;
            }
        } else {
            rest(top);
        }
        return true;
    }

    /** After an {@code Error} of ours. False if this thread ends. */
    private boolean survive(Throwable fault) {
        try {
            faults++;
            if (faults > FAULTS_MAX) {
                die(fault);
                return false;
            }
            goDown(fault);
            fail(batch);
            batch.clear();
            cleanUp(); // or else the next probe does
        } catch (Throwable again) {
            complain("the store's writer failed again", again);
        }
        LockSupport.parkNanos(this, FAULT_NANOS);
        return true;
    }

    /** The thread's last act: answers all that waits, refuses what comes. The redo log stays for the next start. */
    void die(Throwable fault) {
        dead = true;
        available = false;
        complain("the store's writer cannot go on; nothing is accepted until Penstock is restarted", fault);
        if (redoLog != null) {
            redoLog.close();
        }
        answer(pending);
        pending = null;
        answer(queue.close());
        batch.forEach(entry -> tell(entry.takeDone(), entry.settled));
        batch.clear();
        taken = 0;
    }

    private static void answer(@Nullable Entry first) {
        for (Entry entry = first; entry != null; entry = entry.next) {
            if (entry.item instanceof Task<?> task) {
                task.refuse();
            } else {
                tell(entry.takeDone(), false);
            }
        }
    }

    private boolean napIsOver() {
        return napping && System.nanoTime() - napUntil >= 0;
    }

    private void rest(@Nullable Entry top) {
        long now = System.nanoTime();
        if (top == null && now - choresAt >= 0 && !down) {
            boolean more = runChores();
            choresAt = System.nanoTime() + (more ? NAP_NANOS : CHORES_NANOS);
            return;
        }
        boolean active = top != null || now - lastWriteAt < ACTIVE_NANOS || choresAt - now < CHORES_NANOS / 2;
        if (!napping || now - napUntil >= 0) {
            napping = true;
            napUntil = now + NAP_NANOS;
        }
        long nanos = active ? napUntil - now : DEEP_SLEEP_NANOS;
        if (down && !distrusted) {
            nanos = Math.min(nanos, Math.max(0, probeAt - now));
        }
        rest = active ? NAP : ASLEEP;
        Entry again = queue.top(); // pushed after we looked, before we said that we rest
        boolean wait = again == null ? !closing : active && !again.urgent() && again.depth() < MANY && !closing;
        if (wait) {
            LockSupport.parkNanos(this, nanos);
        }
        rest = AWAKE;
        if (!active) {
            napping = false;
            if (queue.top() != null) {
                lastWriteAt = System.nanoTime();
            }
        }
    }

    /** What is pending, and until it is in the batch, or runs: whatever happens, it is answered once. */
    private void write() {
        for (Entry entry; (entry = pending) != null; ) {
            if (entry.item instanceof Task<?> task) {
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
        lastWriteAt = System.nanoTime();
        taken = 0;
        if (commits >= CHECKPOINT_COMMITS || entries >= CHECKPOINT_ENTRIES) {
            askForCheckpoint();
        }
    }

    /** Writes the batch and leaves it empty, whatever happens. */
    private void commit() {
        if (batch.size() == 0) {
            return;
        }
        SQLException failure = down ? null : attempt(batch, true);
        if (down) {
            fail(batch);
        } else if (failure == null) {
            tellAll(batch, true);
        } else if (isOfOneEntry(failure) && batch.size() > 1) {
            commitOneByOne();
        } else if (isOfOneEntry(failure)) {
            batch.forEach(entry ->
                    complain("the database refuses an entry, which is lost: " + requestId(entry.item), failure));
            giveUp(batch);
            tellAll(batch, false);
        } else {
            goDown(failure);
            fail(batch);
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

    /** One transaction; if its log part fails, one more without it. Null: committed. */
    private @Nullable SQLException attempt(Batch entriesToWrite, boolean withLog) {
        try {
            long nowWritten = redoWritten + entriesToWrite.redoRecords();
            entriesToWrite.write(transaction, ledger, log, withLog, redoCount, nowWritten);
            redoWritten = nowWritten;
            settle(entriesToWrite);
            commits++;
            entries += entriesToWrite.size();
            if (withLog) {
                trimmer.added(entriesToWrite.logRows());
            }
            return null;
        } catch (SQLException e) {
            return repair(entriesToWrite, withLog, e);
        } catch (RuntimeException e) { // an entry we cannot add up: its own fault
            return repair(entriesToWrite, withLog, new SQLException(e.toString(), null, CONSTRAINT, e));
        } catch (Error e) {
            return repair(entriesToWrite, withLog, new SQLException(e.toString(), null, INTERNAL, e));
        }
    }

    private @Nullable SQLException repair(Batch failed, boolean withLog, SQLException failure) {
        boolean inLog = failed.failedInLog();
        cleanUp();
        if (!withLog || !inLog) {
            return failure;
        }
        SQLException again = attempt(failed, false);
        if (again == null) {
            logFailures.addAndGet(failed.logRows());
            LOG.warn("{} rows of the request log were lost: {}", failed.logRows(), failure.getMessage());
        }
        return again;
    }

    private void cleanUp() {
        transaction.rollback();
        ledger.reset();
        log.reset();
        redoCount.reset();
    }

    /** The store cannot be written: what the redo log holds is owed as it is, other ends fail and are owed a release. */
    private void fail(Batch failed) {
        failed.holds().forEach(this::owe);
        for (Entry entry : failed.ends()) {
            ExchangeEnd end = (ExchangeEnd) entry.item;
            boolean safe = entry.half != RedoLog.NOWHERE;
            tell(entry.takeDone(), entry.settled);
            owe(safe || entry.settled ? entry : entry(end.interrupted()));
            tell(safe || entry.settled ? end.log() : end.log().interrupted());
        }
        for (Entry entry : failed.logs()) {
            tell((RequestLogEntry) entry.item);
        }
        logFailures.addAndGet(failed.logs().size());
    }

    /** What the redo log holds is bounded by its size; of the rest, the next start releases what is too much. */
    private void owe(Entry entry) {
        boolean bounded = entry.half != RedoLog.NOWHERE || owed.size() < QUEUE_MAX;
        if (bounded && !entry.settled && !entry.owed) { // a fault may have come when half of them were
            owed.add(entry);
            entry.owed = true;
        }
    }

    private void goDown(Throwable failure) {
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

    /** A write that needs room, as real ones do; then what is owed. */
    private void probe() {
        try {
            cleanUp();
            transaction.begin();
            Sqlite.execute(connection, "DELETE FROM write_probe; INSERT INTO write_probe VALUES (1, zeroblob(32768))");
            transaction.commit();
            transaction.begin();
            Sqlite.execute(connection, "DELETE FROM write_probe");
            transaction.commit();
            payOwed();
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

    private void payOwed() throws SQLException {
        SQLException failure = owed.size() == 0 ? null : attempt(owed, true);
        boolean ours = failure != null && failure.getErrorCode() == INTERNAL;
        if (failure != null && (ours || isOfOneEntry(failure))) { // must not keep the store down
            owedFaults += ours ? 1 : 0;
            owed.forEach(this::payAlone);
            owed.removeSettled();
            if (owed.size() > 0) {
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
        SQLException failure = attempt(single, true);
        if (failure != null && (isOfOneEntry(failure) || (failure.getErrorCode() == INTERNAL && isGivenUp(entry)))) {
            complain("the database refuses an entry, which is lost: " + requestId(entry.item), failure);
            giveUp(single);
        }
    }

    /** What the redo log does not hold is a hold or its release, of which nothing is charged: the next start sees to it. */
    private boolean isGivenUp(Entry entry) {
        return entry.half == RedoLog.NOWHERE || owedFaults > ALONE_MAX;
    }

    private <T> void run(Task<T> task) {
        Query<T> query = task.query;
        if (query == null) {
            task.result.complete(null);
            return;
        }
        try {
            limit(task.pageLimit);
            Sqlite.execute(connection, "PRAGMA synchronous = FULL");
            try {
                transaction.begin();
                T result = query.run(connection);
                transaction.commit();
                task.result.complete(result);
            } catch (Throwable e) {
                transaction.rollback(); // the level of safety may not be changed within
                throw e;
            } finally {
                Sqlite.execute(connection, synchronous);
            }
            commits++;
        } catch (Throwable e) {
            task.result.completeExceptionally(e);
            transaction.rollback();
        }
        lastWriteAt = System.nanoTime();
    }

    private void limit(OptionalLong pages) throws SQLException {
        if (pages.isPresent()) {
            Sqlite.number(connection, "PRAGMA max_page_count = " + pages.getAsLong());
        }
    }

    private boolean runChores() {
        boolean more = false;
        for (Chore chore : chores) {
            more |= quietly(() -> chore.run(connection, transaction));
        }
        if (commits > 0 && System.nanoTime() - lastWriteAt >= ACTIVE_NANOS) {
            quietly(this::checkpoint);
        }
        return more;
    }

    /**
     * The bulk is copied by another thread while writing goes on; the rest, which came meanwhile, by this one, so that the
     * log can begin again at its start.
     */
    private void askForCheckpoint() {
        if (checkpointer == null) {
            commits = 0;
            entries = 0;
        } else if (!askedForCheckpoint) {
            checkpointer.ask();
            askedForCheckpoint = true;
        } else if (checkpointer.isDone()) {
            quietly(this::checkpoint);
        }
    }

    private boolean checkpoint() throws SQLException {
        askedForCheckpoint = false;
        commits = 0;
        entries = 0;
        if (checkpointer != null) {
            Sqlite.number(connection, "PRAGMA wal_checkpoint(PASSIVE)");
        }
        return false;
    }

    private interface Work {
        boolean run() throws SQLException;
    }

    /** Work that nobody waits for: if it fails, money will find out, and say so. */
    private boolean quietly(Work work) {
        try {
            boolean more = work.run();
            choreFailed = false;
            return more;
        } catch (SQLException | RuntimeException | Error e) {
            transaction.rollback();
            if (!choreFailed) {
                LOG.warn("housekeeping of the database failed, and is tried again", e);
            }
            choreFailed = true;
            return false;
        }
    }

    private void tellAll(Batch told, boolean durable) {
        for (Entry entry : told.ends()) {
            RequestLogEntry log = ((ExchangeEnd) entry.item).log();
            tell(durable ? log : log.interrupted());
            tell(entry.takeDone(), durable);
        }
        for (Entry entry : told.logs()) {
            tell((RequestLogEntry) entry.item);
        }
    }

    private void giveUp(Batch lost) {
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

    private void tell(RequestLogEntry entry) {
        try {
            logged.ended(entry);
        } catch (Throwable e) {
            complain(logged.getClass().getName() + " failed when told of an exchange", e);
        }
    }

    private static void tell(@Nullable Committed done, boolean durable) {
        try {
            if (done != null) {
                done.committed(durable);
            }
        } catch (Throwable e) {
            complain("who was told of a commit failed", e);
        }
    }

    /** Never throws, for there may be no memory left to complain with. */
    private static void complain(String of, Throwable fault) {
        try {
            LOG.error(of, fault);
        } catch (Throwable e) {
            // nothing is left that could be done
        }
    }

    /** Cut, for it is to be read. */
    private static String requestId(Object item) {
        String id = item instanceof Reservation hold
                ? hold.requestId()
                : item instanceof ExchangeEnd end ? end.requestId() : ((RequestLogEntry) item).requestId();
        return id.length() > REQUEST_ID_MAX ? id.substring(0, REQUEST_ID_MAX) + "…" : id;
    }

    private static boolean isOfOneEntry(SQLException failure) {
        int code = failure.getErrorCode() & 0xff; // without the extended part
        return code == TOO_BIG || code == CONSTRAINT || code == MISMATCH;
    }

    private static VarHandle rest() {
        try {
            return MethodHandles.lookup().findVarHandle(Writer.class, "rest", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final class Task<T> {
        final @Nullable Query<T> query; // null: only waited for
        final CompletableFuture<@Nullable T> result = new CompletableFuture<>();
        OptionalLong pageLimit = OptionalLong.empty();

        Task(@Nullable Query<T> query) {
            this.query = query;
        }

        /** Who only waited has waited enough; who wanted something written is told that it was not. */
        void refuse() {
            if (query == null) {
                result.complete(null);
            } else {
                result.completeExceptionally(new IllegalStateException(DEAD));
            }
        }
    }
}
