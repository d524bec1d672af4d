package io.penstock.store.sqlite;

import io.penstock.store.Durability;
import io.penstock.store.Keys;
import io.penstock.store.Ledger;
import io.penstock.store.Requests;
import io.penstock.store.Settings;
import io.penstock.store.Store;
import io.penstock.store.StoreException;
import io.penstock.store.disk.DiskRoom;
import io.penstock.store.disk.ProcessLock;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database, open: checked, migrated, holds of a dead process released, the writer running.
 *
 * <p>A file is for one store at a time: {@code <file>.lock} sees to that, whatever the data directory. In memory there is
 * one connection, and reads run on the writer thread, too: SQLite's ways of sharing a memory database let a reader fail
 * the writer.
 */
public final class SqliteStore implements Store {
    private static final String EPOCH = "epoch"; // in the settings: the number of the start
    private static final Logger LOG = LoggerFactory.getLogger(SqliteStore.class);

    private final Connection connection; // owned; the writer thread's while that runs
    private final @Nullable Readers readers; // owned; null in memory
    private final RequestLogTrimmer trimmer; // the writer thread's
    private final @Nullable Checkpointer checkpointer; // owned; null in memory
    private final Writer writer;
    private final SqliteKeys keys;
    private final SqliteLedger ledger;
    private final SqliteRequests requests;
    private final SqliteSettings settings;
    private final int interruptedAtStart;
    private final String owner = String.format("%016x", new SecureRandom().nextLong()); // of this process's holds
    private final @Nullable RedoRecovery redo; // null in memory
    private @Nullable ProcessLock lock; // owned; null in memory
    private boolean closed;

    private SqliteStore(Connection connection, @Nullable Path file, StoreOptions options)
            throws SQLException, StoreException {
        RedoRecovery redo = file == null
                ? null
                : new RedoRecovery(connection, DatabaseFile.redoLog(file), options.acceptRedoLoss());
        this.connection = connection;
        this.trimmer = new RequestLogTrimmer(options.requestLogKeep().toMillis(), options.requestLogMaxBytes());
        this.checkpointer = file == null ? null : new Checkpointer(file);
        this.writer = new Writer(connection, options, checkpointer, trimmer);
        this.keys = SqliteKeys.load(connection, writer::write, options.pepper(), options.clock());
        writer.writeBeforeStart(keys::rememberPepper);
        if (redo != null) {
            LeftBehind.redo(redo, writer);
        }
        this.redo = redo;
        this.interruptedAtStart = LeftBehind.releaseOpenHolds(connection, writer, options.clock());
        if (file == null || DatabaseFile.isCheckedWhole(file)) {
            trimmer.count(connection);
        }
        this.readers = file == null ? null : new Readers(file, writer::catchUp);
        Reads reads = readers == null ? writer::write : readers;
        this.ledger = new SqliteLedger(writer, reads);
        this.requests = new SqliteRequests(writer, reads);
        this.settings = new SqliteSettings(reads, writer::write);
        writer.addChore((c, transaction) -> {
            if (keys.hasUnwrittenUse()) {
                transaction.begin();
                keys.writeLastUsed(c);
                transaction.commit();
            }
            return false;
        });
        writer.addChore((c, transaction) -> {
            transaction.begin();
            boolean more = trimmer.trim(c, options.clock().millis());
            transaction.commit();
            return more;
        });
    }

    /** Opens or makes the database; the driver's native library goes to the system's temporary directory. */
    public static SqliteStore open(StoreOptions options) throws StoreException {
        return options.url().equals(StoreOptions.MEMORY) ? inMemory(options) : onDisk(options);
    }

    /**
     * The same; the driver unpacks its native library into {@code driverDirectory}, 0700, and not where others may write.
     * Holds for the whole process, from the first store that is opened.
     */
    public static SqliteStore open(StoreOptions options, Path driverDirectory) throws StoreException {
        DriverDirectory.prepare(driverDirectory);
        SqliteStore store = open(options);
        DriverDirectory.closeToOthers(driverDirectory);
        return store;
    }

    private static SqliteStore inMemory(StoreOptions options) throws StoreException {
        try {
            return started(Sqlite.memory(), null, options);
        } catch (SQLException e) {
            throw new StoreException("cannot open a database in memory: " + e.getMessage(), e);
        }
    }

    private static SqliteStore onDisk(StoreOptions options) throws StoreException {
        Path file = DatabaseFile.real(Sqlite.path(options.url()));
        SqliteStore store = locked(file, options);
        if (!DatabaseFile.isCheckedWhole(file)) {
            new WholeCheck(file, store.writer, store.trimmer).start();
        }
        return store;
    }

    private static SqliteStore locked(Path file, StoreOptions options) throws StoreException {
        ProcessLock lock = DatabaseFile.lock(file);
        try {
            SqliteStore store = started(Sqlite.writing(file), file, options);
            store.lock = lock;
            return store;
        } catch (StoreException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static SqliteStore started(Connection connection, @Nullable Path file, StoreOptions options)
            throws StoreException {
        try {
            SqliteStore store = new SqliteStore(connection, file, options);
            store.start(options.durability());
            return store;
        } catch (SQLException e) {
            close(connection);
            throw new StoreException(
                    "cannot read or write the database " + options.url() + ": " + e.getMessage()
                            + (file == null ? "" : "; " + DiskRoom.advice(file, "check the disk")),
                    e);
        } catch (StoreException | RuntimeException e) {
            close(connection);
            throw e;
        }
    }

    /** What an earlier process left in its redo log is in the database by now. */
    private void start(Durability durability) throws SQLException {
        RedoRecovery found = redo;
        RedoLog log = found == null ? null : openRedoLog(found, durability);
        writer.writeDurably(c -> {
            if (found != null) {
                found.mark(c, log);
            }
            writer.ownHolds(owner, SettingTable.increment(c, EPOCH));
        });
        writer.start(log, log == null || found == null ? 0 : found.written(log));
    }

    private @Nullable RedoLog openRedoLog(RedoRecovery found, Durability durability) throws SQLException {
        try {
            if (durability == Durability.PROCESS) {
                return found.open(writer::writeDurably);
            }
            found.doWithout(writer::writeDurably);
        } catch (IOException e) {
            LOG.warn("every answer waits for the database, because its redo log cannot be made: {}", e.toString());
        }
        return null;
    }

    private static void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.warn("the database was not closed cleanly, the next start will read its log: {}", e.getMessage());
        }
    }

    @Override
    public Ledger ledger() {
        return ledger;
    }

    @Override
    public Keys keys() {
        return keys;
    }

    @Override
    public Requests requests() {
        return requests;
    }

    @Override
    public Settings settings() {
        return settings;
    }

    Writer writer() {
        return writer;
    }

    @Override
    public int interruptedAtStart() {
        return interruptedAtStart;
    }

    /** Records of an earlier process's redo log. */
    @Override
    public long lostAtStart() {
        return redo == null ? 0 : redo.lost();
    }

    /** Waits until what was accepted is in the database, or has failed. Blocks; not for event loops. */
    public void catchUp() {
        writer.catchUp();
    }

    /** Writes all that is queued, folds the write-ahead log into the file, closes it. Blocks; a repeat does nothing. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        writer.close();
        if (checkpointer != null) {
            checkpointer.close();
        }
        if (readers != null) {
            readers.close();
        }
        try {
            if (readers != null) {
                Sqlite.number(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
            }
        } catch (SQLException e) {
            LOG.warn("the write-ahead log stays, the next start will read it: {}", e.getMessage());
        }
        close(connection);
        if (lock != null) {
            lock.close();
        }
    }
}
