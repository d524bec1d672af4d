package io.penstock.store;

import io.penstock.store.db.Query;
import io.penstock.store.db.Sqlite;
import io.penstock.store.db.Transaction;
import io.penstock.store.ledger.EntryKind;
import io.penstock.store.ledger.LedgerAppender;
import io.penstock.store.requestlog.RequestLogAppender;
import io.penstock.store.requestlog.RequestLogEntry;
import io.penstock.store.requestlog.RequestLogTrimmer;
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
 * The one thread that writes: takes all that waits, writes up to {@link #BATCH_MAX} entries per transaction, commits, and
 * tells those who wait for it.
 *
 * <p><b>Queue.</b> A stack linked through its nodes; a push is one allocation and one compare-and-set, the writer takes the
 * whole of it at once and turns it round. Each node knows how many are below it, and whether one of them is urgent.
 *
 * <p><b>Waking.</b> To wake a thread costs its waker a system call, so holds do not: they join the next commit, of an end
 * or at the latest after {@link #NAP_NANOS}. Ends and admin writes wake at once, a push onto a writer that is awake costs
 * nothing. Under load nobody wakes it: it begins a commit every {@link #PACE_NANOS}, and many ends share it. After a quiet second it sleeps for long, and then a hold wakes it, too.
 *
 * <p><b>Failure.</b> When the request log fails, the batch is repeated without it: money never waits for it. When SQLite
 * refuses one entry, that entry alone fails. Anything else (disk full, I/O error, read-only) makes the store unavailable:
 * holds are refused, ends fail, and a real write is tried with back-off until it works. Then the holds that could not be
 * written are, and the exchanges that ended meanwhile are released as interrupted; nothing was charged for them, and their
 * last byte was not sent.
 */
public final class Writer {
    /** Entries per transaction: by then the price of the commit is well shared, and an error is still cheap to repeat. */
    static final int BATCH_MAX = 256;

    /** A hold is on disk this long after it was made, at the latest. */
    static final long NAP_NANOS = 20_000_000;

    /**
     * Under load, commits begin this far apart: waking a thread for each exchange, and writing the same pages for each,
     * costs more than all the rest of it. The end of an answer waits for half of it on average; one of a quiet gateway not
     * at all.
     */
    static final long PACE_NANOS = 4_000_000;

    /** So many waiting entries are enough for one commit: nothing is gained by waiting for more. */
    private static final int PACE_ENTRIES = 96;

    /** Load: the last commit began less than this after the one before. */
    private static final long LOADED_NANOS = 5_000_000;

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

    private static final int AWAKE = 0;
    private static final int NAP = 1;
    private static final int ASLEEP = 2;
    private static final int PACE = 3;

    private static final String OPEN_HOLDS = "SELECT request_id, key_id, amount_nanos, at_millis FROM open_hold";
    private static final Logger LOG = LoggerFactory.getLogger(Writer.class);
    private static final VarHandle HEAD = handle("head", Node.class);
    private static final VarHandle REST = handle("rest", int.class);
    private static final Node CLOSED = new Node("closed", null, false);

    private final Connection connection;
    private final Transaction transaction;
    private final LedgerAppender ledger;
    private final RequestLogAppender log;
    private final RequestLogTrimmer trimmer;
    private final InstantSource clock;
    private final String synchronous;
    private final @Nullable Checkpointer checkpointer; // null in memory
    private final List<Chore> chores = new ArrayList<>();
    private final Thread thread = new Thread(this::run, "penstock-store-writer");
    private final AtomicLong logFailures = new AtomicLong();

    // Any thread.
    private volatile @Nullable Node head;
    private volatile int rest = AWAKE;
    private volatile boolean available = true;
    private volatile boolean distrusted;
    private volatile boolean closing;
    private volatile int taken; // off the queue, not committed yet

    // The writer thread only.
    private final Batch batch = new Batch();
    private final Batch owed = new Batch(); // holds and releases to be written when the store works again
    private boolean down;
    private long probeAt;
    private long probeAfter = PROBE_NANOS_MIN;
    private long napUntil;
    private boolean napping;
    private long lastWriteAt = System.nanoTime();
    private long commitBeganAt = lastWriteAt - LOADED_NANOS;
    private long choresAt = lastWriteAt;
    private boolean askedForCheckpoint;
    private int commits; // since the last checkpoint
    private int entries;

    /** Told when the commit that holds an end is done, or has failed for good. */
    @FunctionalInterface
    public interface Committed {
        /** On the writer thread, so it must be short: hand over to the event loop. */
        void committed(boolean durable);
    }

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
        Sqlite.execute(connection, synchronous);
        limit(options.maxPageCount());
        this.transaction = new Transaction(connection);
        thread.setDaemon(true);
    }

    /**
     * Sets money aside. Any thread; never blocks. False when the store cannot be written, or too much is waiting to be:
     * the request must be refused.
     */
    public boolean hold(Hold hold) {
        if (!available || !push(new Node(hold, null, false), QUEUE_MAX)) {
            return false;
        }
        if (rest == ASLEEP) {
            wake();
        }
        return true;
    }

    /**
     * Ends an exchange. Any thread; never blocks. {@code done} is called once, on the writer thread (after close: on the
     * caller's): true after the commit that holds the end, false when it could not be written.
     */
    public void finish(ExchangeEnd end, Committed done) {
        Node node = new Node(end, done, true);
        if (!push(node, Integer.MAX_VALUE)) {
            tell(done, false);
            return;
        }
        int found = rest;
        if (found == NAP || found == ASLEEP || (found == PACE && node.depth >= PACE_ENTRIES)) {
            wake();
        }
    }

    /** Logs an exchange that never held money. Any thread; never blocks; dropped and counted when it cannot be written. */
    public void log(RequestLogEntry entry) {
        if (!available || !push(new Node(entry, null, false), QUEUE_MAX)) {
            logFailures.incrementAndGet();
        } else if (rest == ASLEEP) {
            wake();
        }
    }

    /** False from the first write that failed until one has worked again. Any thread. */
    public boolean available() {
        return available;
    }

    /** Entries that are not committed yet. Any thread. */
    public int queued() {
        Node top = head;
        return taken + (top == null || top == CLOSED ? 0 : top.depth);
    }

    /** Rows of the request log that were lost, since the start. Any thread. */
    public long logFailures() {
        return logFailures.get();
    }

    /** Runs one transaction on the writer thread, fsynced. Blocks; not for event loops. */
    <T> T write(Query<T> query) throws StoreException {
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException("a blocking write on the writer thread would wait for itself");
        }
        Task<T> task = new Task<>(query);
        if (!push(new Node(task, null, true), Integer.MAX_VALUE)) {
            throw new StoreException("the store is closed");
        }
        if (rest != AWAKE) {
            wake();
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

    /** Gives back what a dead process held. Before {@link #start}, on the caller's thread. Tells how many. */
    int releaseOpenHolds() throws SQLException {
        Batch left = new Batch();
        try (PreparedStatement statement = connection.prepareStatement(OPEN_HOLDS);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                String requestId = row.getString(1);
                long keyId = row.getLong(2);
                RequestLogEntry seen = RequestLogEntry.interrupted(requestId, keyId, row.getLong(4));
                left.add(
                        new ExchangeEnd(requestId, keyId, EntryKind.RELEASE, row.getLong(3), 0, false, false, seen),
                        null);
            }
        }
        SQLException failure = left.size() == 0 ? null : attempt(left, true);
        if (failure != null) {
            throw failure;
        }
        return left.size();
    }

    /** To be called before {@link #start}. */
    void addChore(Chore chore) {
        chores.add(chore);
    }

    void start() {
        thread.start();
    }

    /** Refuses all further work for good: the file turned out to be damaged. */
    void distrust() {
        distrusted = true;
        available = false;
    }

    /** Writes what is queued, then ends the thread. Blocks; the connection may be used by the caller afterwards. */
    void close() {
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
        if (interrupted) {
            Thread.currentThread().interrupt();
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
        push(new Node(task, null, true), Integer.MAX_VALUE);
        wake();
        task.result.join();
    }

    private boolean push(Node node, int depthMax) {
        while (true) {
            Node top = head;
            if (top == CLOSED) {
                return false;
            }
            int depth = top == null ? 1 : top.depth + 1;
            if (depth > depthMax) {
                return false;
            }
            node.next = top;
            node.depth = depth;
            node.urgent = node.urgentItself || (top != null && top.urgent);
            if (HEAD.compareAndSet(this, top, node)) {
                return true;
            }
        }
    }

    private void wake() {
        int found = (int) REST.getAndSet(this, AWAKE);
        if (found != AWAKE || closing) {
            LockSupport.unpark(thread);
        }
    }

    private void run() {
        while (true) {
            if (down && !distrusted && System.nanoTime() - probeAt >= 0) {
                probe();
            }
            Node top = head;
            if (top != null && (top.urgent || top.depth >= BATCH_MAX || closing || napIsOver())) {
                napping = false;
                long began = System.nanoTime();
                boolean loaded = began - commitBeganAt < LOADED_NANOS;
                commitBeganAt = began;
                write(takeAll());
                if (loaded && !closing && !down) {
                    pace(began + PACE_NANOS);
                }
            } else if (top == null && closing) {
                if (HEAD.compareAndSet(this, null, CLOSED)) {
                    quietly(this::runChores);
                    return;
                }
            } else {
                rest(top);
            }
        }
    }

    private boolean napIsOver() {
        return napping && System.nanoTime() - napUntil >= 0;
    }

    /** Lets ends gather until then, or until there are enough. */
    private void pace(long untilNanos) {
        long nanos = untilNanos - System.nanoTime();
        if (nanos > 0) {
            rest = PACE;
            Node top = head;
            if (!closing && (top == null || top.depth < PACE_ENTRIES)) {
                LockSupport.parkNanos(this, nanos);
            }
            rest = AWAKE;
        }
    }

    private void rest(@Nullable Node top) {
        long now = System.nanoTime();
        if (top == null && now - choresAt >= 0 && !down) {
            boolean more = quietly(this::runChores);
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
        Node again = head; // pushed after we looked, before we said that we rest
        boolean wait = again == null ? !closing : active && !again.urgent && !closing;
        if (wait) {
            LockSupport.parkNanos(this, nanos);
        }
        rest = AWAKE;
        if (!active) {
            napping = false;
            if (head != null) {
                lastWriteAt = System.nanoTime();
            }
        }
    }

    private @Nullable Node takeAll() {
        Node list = (Node) HEAD.getAndSet(this, null);
        Node turned = null;
        taken = list == null ? 0 : list.depth;
        while (list != null) {
            Node next = list.next;
            list.next = turned;
            turned = list;
            list = next;
        }
        return turned;
    }

    private void write(@Nullable Node first) {
        for (Node node = first; node != null; node = node.next) {
            Object item = node.item;
            if (item instanceof Hold hold) {
                batch.add(hold);
            } else if (item instanceof ExchangeEnd end) {
                batch.add(end, node.done);
            } else if (item instanceof RequestLogEntry entry) {
                batch.add(entry);
            } else if (item instanceof Task<?> task) {
                commit();
                run(task);
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
            LOG.error("the database refuses an entry, which is lost: {}", entry(batch), failure);
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
        for (Hold hold : all.holds()) {
            batch.add(hold);
            commit();
        }
        for (int i = 0; i < all.ends().size(); i++) {
            batch.add(all.ends().get(i), all.waiting().get(i));
            commit();
        }
        for (RequestLogEntry entry : all.logs()) {
            batch.add(entry);
            commit();
        }
    }

    private static void move(Batch from, Batch to) {
        from.holds().forEach(to::add);
        for (int i = 0; i < from.ends().size(); i++) {
            to.add(from.ends().get(i), from.waiting().get(i));
        }
        from.logs().forEach(to::add);
        from.clear();
    }

    /** One transaction; if its log part fails, one more without it. Null: committed. */
    private @Nullable SQLException attempt(Batch entriesToWrite, boolean withLog) {
        try {
            entriesToWrite.write(transaction, ledger, log, clock.millis(), withLog);
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
        }
    }

    private @Nullable SQLException repair(Batch failed, boolean withLog, SQLException failure) {
        boolean inLog = failed.failedInLog();
        transaction.rollback();
        ledger.reset();
        log.reset();
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

    /** The store cannot be written: ends fail, what they leave is owed. */
    private void fail(Batch failed) {
        if (owed.size() < QUEUE_MAX) { // beyond that the next start releases the open holds
            failed.holds().forEach(owed::add);
            for (ExchangeEnd end : failed.ends()) {
                owed.add(end.interrupted(), null);
            }
        }
        logFailures.addAndGet(failed.logs().size());
        tellAll(failed, false);
    }

    private void goDown(SQLException failure) {
        LOG.error("the database cannot be written, requests are refused until it can: {}", failure.getMessage());
        available = false;
        down = true;
        probeAfter = PROBE_NANOS_MIN;
        probeAt = System.nanoTime() + probeAfter;
    }

    /** A write that needs room, as real ones do; then what is owed. */
    private void probe() {
        try {
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
        } catch (SQLException e) {
            transaction.rollback();
            LOG.debug("the database still cannot be written: {}", e.getMessage());
            probeAfter = Math.min(probeAfter * 2, PROBE_NANOS_MAX);
            probeAt = System.nanoTime() + probeAfter;
        }
    }

    private void payOwed() throws SQLException {
        SQLException failure = owed.size() == 0 ? null : attempt(owed, true);
        if (failure != null && isOfOneEntry(failure)) { // must not keep the store down; the next start releases them
            LOG.error("{} interrupted exchanges stay open until the next start", owed.size(), failure);
        } else if (failure != null) {
            throw failure;
        }
        owed.clear();
    }

    private <T> void run(Task<T> task) {
        try {
            limit(task.pageLimit);
            Sqlite.execute(connection, "PRAGMA synchronous = FULL");
            try {
                transaction.begin();
                T result = task.query.run(connection);
                transaction.commit();
                task.result.complete(result);
            } finally {
                Sqlite.execute(connection, synchronous);
            }
            commits++;
        } catch (SQLException | RuntimeException e) {
            transaction.rollback();
            task.result.completeExceptionally(e);
        }
        lastWriteAt = System.nanoTime();
    }

    private void limit(OptionalLong pages) throws SQLException {
        if (pages.isPresent()) {
            Sqlite.number(connection, "PRAGMA max_page_count = " + pages.getAsLong());
        }
    }

    private boolean runChores() throws SQLException {
        boolean more = false;
        for (Chore chore : chores) {
            more |= chore.run(connection, transaction);
        }
        if (commits > 0 && System.nanoTime() - lastWriteAt >= ACTIVE_NANOS) {
            checkpoint();
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
            return work.run();
        } catch (SQLException | RuntimeException e) {
            transaction.rollback();
            LOG.warn("housekeeping of the database failed: {}", e.getMessage());
            return false;
        }
    }

    private static void tellAll(Batch told, boolean durable) {
        for (Committed done : told.waiting()) {
            if (done != null) {
                tell(done, durable);
            }
        }
    }

    private static void tell(Committed done, boolean durable) {
        try {
            done.committed(durable);
        } catch (RuntimeException e) {
            LOG.error("{} failed when told of a commit", done.getClass().getName(), e);
        }
    }

    private static String entry(Batch single) {
        return single.holds().isEmpty()
                ? single.ends().isEmpty()
                        ? single.logs().toString()
                        : single.ends().toString()
                : single.holds().toString();
    }

    private static boolean isOfOneEntry(SQLException failure) {
        int code = failure.getErrorCode() & 0xff; // without the extended part
        return code == TOO_BIG || code == CONSTRAINT || code == MISMATCH;
    }

    private static VarHandle handle(String field, Class<?> type) {
        try {
            return MethodHandles.lookup().findVarHandle(Writer.class, field, type);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** One entry on the queue: a {@link Hold}, {@link ExchangeEnd}, {@link RequestLogEntry} or {@link Task}. */
    private static final class Node {
        final Object item;
        final @Nullable Committed done;
        final boolean urgentItself;

        @Nullable
        Node next;

        int depth;
        boolean urgent; // this one, or one below it

        Node(Object item, @Nullable Committed done, boolean urgent) {
            this.item = item;
            this.done = done;
            this.urgentItself = urgent;
        }
    }

    private static final class Task<T> {
        final Query<T> query;
        final CompletableFuture<T> result = new CompletableFuture<>();
        OptionalLong pageLimit = OptionalLong.empty();

        Task(Query<T> query) {
            this.query = query;
        }
    }
}
