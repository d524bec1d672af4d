package io.penstock.store.sqlite;

import static io.penstock.store.sqlite.RedoFormat.FILE_BYTES;
import static io.penstock.store.sqlite.RedoFormat.HALF_BYTES;

import io.penstock.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a start makes of the redo log that it finds, by the mark that the database bears.
 *
 * <ul>
 *   <li><b>No log is marked as open</b>: nothing was acknowledged that the database does not have. A file is without
 *       meaning, and is kept aside if there is something in it; one of the first version, which knew no marks, is read.
 *   <li><b>The marked log is sound</b>: it is read, and used on.
 *   <li><b>It is missing, or not sound, in the same run of the system</b>: nothing but damage can be the reason. The start
 *       stops, unless the loss is accepted.
 *   <li><b>The same in another run</b>: a power cut takes what had not reached the disk. What can be read is read, the
 *       loss is told and counted, the start goes on.
 *   <li><b>A log of another database</b> stops every start: its charges are not ours.
 * </ul>
 *
 * <p>Each step leaves files and mark so that a kill before the next one loses nothing and stops nothing. Before the writer's
 * start, on the thread that opens the store.
 */
final class RedoRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(RedoRecovery.class);

    private final Path path;
    private final long databaseId;
    private final String bootId = BootId.now();
    private final @Nullable RedoMark mark;
    private final RedoContents contents;
    private final boolean usable; // the file, for the log that begins now
    private final boolean stray; // no log that is expected

    /**
     * Reads what lies at {@code path}; changes nothing.
     *
     * @param acceptLoss whether to go on without what cannot be read
     * @throws StoreException if the start must stop
     */
    RedoRecovery(Connection connection, Path path, boolean acceptLoss) throws SQLException, StoreException {
        this.path = path;
        this.databaseId = RedoMark.databaseId(connection);
        this.mark = RedoMark.read(connection);
        RedoMark open = mark;
        try {
            if (open == null) {
                this.stray = true;
                this.contents = unmarked(file());
                this.usable = false;
            } else {
                this.stray = false;
                this.contents = marked(open);
                this.usable = contents.damage() == null;
                String damage = contents.damage();
                if (damage != null && open.bootId().equals(bootId) && !acceptLoss) {
                    throw new StoreException(stop(damage));
                }
            }
        } catch (IOException e) {
            throw new StoreException(
                    "cannot read " + path + ": " + e
                            + "; it holds the charges of the last moment before Penstock was killed; check its permissions",
                    e);
        }
    }

    private RedoContents marked(RedoMark open) throws IOException, StoreException {
        byte[] bytes;
        try {
            bytes = file();
        } catch (NoSuchFileException e) {
            return RedoContents.missing("it is missing");
        }
        for (int i = 0; i < 2; i++) {
            ByteBuffer half = half(bytes, i);
            if (RedoFormat.isHead(half)) {
                checkDatabase(half);
                if (RedoFormat.logId(half) != open.logId()) {
                    return RedoContents.missing("it is another log than the one that was in use");
                }
            }
        }
        return RedoReader.read(bytes, Files.size(path), open.logId(), open.written());
    }

    private RedoContents unmarked(byte[] bytes) throws StoreException {
        List<Object> left = List.of();
        for (int i = 0; i < 2; i++) {
            ByteBuffer half = half(bytes, i);
            int version = half.getInt(4);
            if (half.getInt(0) == 0 && version == 0) {
                continue; // never written
            }
            if (half.getInt(0) != RedoFormat.MARK) {
                throw new StoreException(path + " is not a file of Penstock's; move it away");
            }
            if (version == RedoVersion1.VERSION) {
                left = RedoVersion1.read(Arrays.copyOf(bytes, FILE_BYTES));
            } else if (version != RedoFormat.VERSION) {
                throw new StoreException(path + " was left by another version of Penstock (its format is " + version
                        + ", expected " + RedoFormat.VERSION
                        + " or less); start and stop that version once, or move the"
                        + " file away to do without the charges of its last moment");
            } else if (RedoFormat.isHead(half)) {
                checkDatabase(half);
            }
        }
        return new RedoContents(left, 0, 0, null);
    }

    /** What was cut off is zeros. */
    private static ByteBuffer half(byte[] bytes, int half) {
        return ByteBuffer.wrap(bytes.length == FILE_BYTES ? bytes : Arrays.copyOf(bytes, FILE_BYTES))
                .slice(half * HALF_BYTES, HALF_BYTES);
    }

    private void checkDatabase(ByteBuffer half) throws StoreException {
        long found = RedoFormat.databaseId(half);
        if (found != databaseId) {
            throw new StoreException(String.format(
                    "the redo log %s belongs to another database (it bears the id %016x, the database beside it %016x);"
                            + " nothing of it was booked; put it back beside its own database, or move it away",
                    path, found, databaseId));
        }
    }

    /** All of the file, or as much as a log has. */
    private byte[] file() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(FILE_BYTES);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
                // until all of it is there
            }
        } catch (NoSuchFileException e) {
            if (mark != null) {
                throw e;
            }
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    private String stop(String damage) {
        return "the redo log " + path + " cannot be trusted: " + damage + ". It holds charges that Penstock had"
                + " acknowledged when it was killed and that the database may not have yet"
                + (contents.lost() > 0 ? " (" + contents.lost() + " records of it are known to be lost)" : "")
                + "; nothing was booked. Two ways on: put the file back as it was, or start once with"
                + " --accept-redo-loss (embedded: acceptRedoLoss), which books what can still be read, does without the"
                + " rest, and keeps the file as " + aside().getFileName();
    }

    /** Holds and ends that the database may not have. */
    List<Object> items() {
        return contents.items();
    }

    /** How many records of the found log are in the database when {@link #items} are. */
    long written() {
        return contents.next();
    }

    /** The same of the log that {@link #open} answered. */
    long written(RedoLog log) {
        RedoMark open = mark;
        return open != null && open.logId() == log.id() ? contents.next() : 0;
    }

    /** Records that were acknowledged and are neither in the file nor in the database, as far as that can be known. */
    long lost() {
        RedoMark open = mark;
        boolean trusted =
                contents.damage() == null && open != null && open.bootId().equals(bootId);
        return trusted ? 0 : contents.lost();
    }

    /** After {@link #items} are in the database: tells a loss. */
    void report() {
        RedoMark open = mark;
        String damage = contents.damage();
        if (open == null || (damage == null && lost() == 0)) {
            return;
        }
        LOG.warn(
                "charges were lost: the redo log {} {}{}; {} records of it are known to be lost, {} were read and are in"
                        + " the database",
                path,
                damage == null ? "reached the disk before the database did" : "cannot be trusted: " + damage,
                open.bootId().equals(bootId) ? ", and its loss was accepted" : ", after a restart of the system",
                damage != null && items().isEmpty() && lost() == 0 ? "how many is not known; 0" : lost(),
                items().size());
    }

    /**
     * The log for the store that starts now. Its mark is still to be written, by {@link #mark(Connection, RedoLog)}.
     *
     * @param beforeRemoval makes durable that no log is open; called before a marked file is taken away
     */
    RedoLog open(Durably beforeRemoval) throws IOException, SQLException {
        RedoMark open = mark;
        if (usable && open != null) {
            return RedoLog.take(path, open.logId(), contents.next());
        }
        putAside(beforeRemoval);
        return RedoLog.create(path, new SecureRandom().nextLong(), databaseId);
    }

    /** For a store that does without a log: as {@link #open}, and no file stays. */
    void doWithout(Durably beforeRemoval) throws IOException, SQLException {
        RedoMark open = mark;
        if (usable && open != null) {
            RedoLog.take(path, open.logId(), contents.next()); // emptied
            beforeRemoval.run(RedoMark::remove);
        } else {
            putAside(beforeRemoval);
        }
        Files.deleteIfExists(path);
    }

    private void putAside(Durably beforeRemoval) throws IOException, SQLException {
        if (mark != null) {
            beforeRemoval.run(RedoMark::remove);
        }
        if (Files.exists(path) && (stray ? hasRecords() : contents.damage() != null)) {
            Files.move(path, aside(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            LOG.warn("the redo log that was found is kept as {}", aside());
        }
    }

    /** Of a file of this version without a mark, whose records are all in the database if they ever were ours. */
    private boolean hasRecords() throws IOException {
        byte[] bytes = file();
        for (int i = 0; i < 2; i++) {
            ByteBuffer half = half(bytes, i);
            if (half.getInt(4) == RedoFormat.VERSION
                    && RedoFormat.position(half.getLong(RedoFormat.WORD_AT)) != RedoFormat.HEAD_BYTES) {
                return true;
            }
        }
        return false;
    }

    private Path aside() {
        return path.resolveSibling(path.getFileName() + ".damaged");
    }

    /** Inside a transaction that is durable before the log takes its first record. Null: there is no log. */
    void mark(Connection connection, @Nullable RedoLog log) throws SQLException {
        if (log == null) {
            RedoMark.remove(connection);
        } else {
            new RedoMark(log.id(), bootId, written(log)).write(connection);
        }
    }

    /** Runs a change as a transaction that survives a power cut. */
    interface Durably {
        void run(Change change) throws SQLException;
    }

    /** Some SQL that changes something. */
    interface Change {
        void run(Connection connection) throws SQLException;
    }
}
