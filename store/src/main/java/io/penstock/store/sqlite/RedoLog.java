package io.penstock.store.sqlite;

import static io.penstock.store.sqlite.RedoFormat.COVERED_BYTES;
import static io.penstock.store.sqlite.RedoFormat.FILE_BYTES;
import static io.penstock.store.sqlite.RedoFormat.HALF_BYTES;
import static io.penstock.store.sqlite.RedoFormat.HEAD_BYTES;
import static io.penstock.store.sqlite.RedoFormat.PREFIX_BYTES;
import static io.penstock.store.sqlite.RedoFormat.RECORD_BYTES_MAX;
import static io.penstock.store.sqlite.RedoFormat.WORD_AT;

import io.penstock.store.Durability;
import io.penstock.store.ExchangeEnd;
import io.penstock.store.Reservation;
import io.penstock.store.disk.OwnerOnly;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds and ends on their way to the database, in a mapped file: an append is a copy to memory, and survives the death of
 * the process from then on, so that an answer need not wait for a commit, and a commit can gather many. It does not
 * survive a power cut; {@link Durability#POWER} does without it. {@link RedoFormat} tells the layout, {@link RedoRecovery}
 * what a start makes of it.
 *
 * <p>The halves are filled in turn; one is filled anew when all its records are in the database, told by counting. To write
 * a record to the database again changes nothing (the ledger is keyed), so that nothing needs to be erased in time.
 *
 * <p>The file's room is reserved when it is made, so that a full disk comes to light there and not in the middle of an
 * append. Nobody must cut it while it is in use, as nobody must cut SQLite's {@code -shm}.
 *
 * <p>Any thread; one lock, held for a few hundred nanoseconds.
 */
final class RedoLog {
    /** Instead of a half: not in this log. */
    static final int NOWHERE = -1;

    private static final Logger LOG = LoggerFactory.getLogger(RedoLog.class);
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN)
            .withInvokeExactBehavior();

    private final Path path;
    private final long id;
    private final ByteBuffer file; // mapped
    private final ByteBuffer record = ByteBuffer.allocate(COVERED_BYTES + RECORD_BYTES_MAX);
    private final CRC32C crc = new CRC32C();
    private final int[] position = new int[2]; // within the half, where the next record goes
    private final int[] open = new int[2]; // records of the half that are not in the database
    private int current;
    private boolean closed;
    private long next; // sequence number

    private RedoLog(Path path, long id, MappedByteBuffer file, long next) {
        this.path = path;
        this.id = id;
        this.file = file;
        this.next = next;
        record.putLong(0, id);
    }

    /** Makes a new file, all of its room reserved on the disk; it takes the place of an old one when it is complete. */
    static RedoLog create(Path path, long id, long databaseId) throws IOException {
        Path fresh = path.resolveSibling(path.getFileName() + ".new");
        Files.deleteIfExists(fresh); // left by a killed start
        Set<StandardOpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (FileChannel channel = FileChannel.open(fresh, options, OwnerOnly.file())) {
            ByteBuffer half =
                    ByteBuffer.allocate(HALF_BYTES); // a hole in the file would be a signal when the disk is full
            RedoFormat.putHead(half, 0, id, databaseId);
            for (int i = 0; i < 2; i++) {
                half.putLong(WORD_AT, RedoFormat.word(id, i, HEAD_BYTES, 0));
                half.clear();
                while (half.hasRemaining()) {
                    channel.write(half);
                }
            }
        } catch (IOException e) {
            Files.deleteIfExists(fresh);
            throw e;
        }
        Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return take(path, id, 0);
    }

    /**
     * Goes on with the file of an earlier process. All that is in it must be sound, and in the database.
     *
     * @param next the sequence number to go on with
     */
    static RedoLog take(Path path, long id, long next) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            RedoLog log = new RedoLog(path, id, channel.map(FileChannel.MapMode.READ_WRITE, 0, FILE_BYTES), next);
            log.clear();
            return log;
        }
    }

    long id() {
        return id;
    }

    /**
     * Takes a {@link Reservation} or {@link ExchangeEnd}. The half that holds it now, or {@link #NOWHERE} when there is no
     * room.
     */
    synchronized int append(Object item) {
        if (closed) {
            return NOWHERE;
        }
        record.clear().position(COVERED_BYTES);
        try {
            RedoRecord.encode(item, record);
            return append(record.position() - COVERED_BYTES);
        } catch (BufferOverflowException e) {
            return NOWHERE;
        }
    }

    private int append(int length) {
        if (position[current] + PREFIX_BYTES + length > HALF_BYTES && !turn()) {
            return NOWHERE;
        }
        byte[] covered = record.putLong(8, next).putInt(16, length).array();
        int half = current;
        int at = half * HALF_BYTES + position[half];
        file.putInt(at, length).putInt(at + 4, RedoFormat.sum(crc, covered, length));
        file.putLong(at + 8, next).put(at + PREFIX_BYTES, covered, COVERED_BYTES, length);
        next++;
        position[half] += PREFIX_BYTES + length;
        putWord(half);
        open[half]++;
        return half;
    }

    /** After all that it tells of, in the order that another process will see. */
    private void putWord(int half) {
        LONG.setRelease(file, half * HALF_BYTES + WORD_AT, RedoFormat.word(id, half, position[half], next));
    }

    /** So many records of a half are in the database, or have been given up. */
    synchronized void written(int half, int count) {
        open[half] -= count;
        if (!closed && open[current] == 0 && position[current] > HEAD_BYTES) {
            turn(); // early: few pages are touched, and little is left to a next start
        }
    }

    private void clear() {
        open[0] = 0;
        open[1] = 0;
        turn();
        turn();
    }

    /** Takes nothing any more. */
    synchronized void close() {
        closed = true;
    }

    /** After {@link #close}, when all that was taken is in the database: tells it to the file. */
    synchronized void empty() {
        clear();
    }

    /** After {@link #empty}, when the database does not expect it any more: the file goes. */
    void remove() {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.debug("the redo log stays: it is empty, and the next start replaces it", e);
        }
    }

    /** Goes on in the other half; false if it holds records that are not in the database. */
    private boolean turn() {
        int other = 1 - current;
        if (open[other] > 0) {
            return false;
        }
        current = other;
        position[current] = HEAD_BYTES;
        putWord(current);
        return true;
    }
}
