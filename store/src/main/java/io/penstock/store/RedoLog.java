package io.penstock.store;

import io.penstock.store.db.Sqlite;
import io.penstock.store.ledger.EntryKind;
import io.penstock.store.requestlog.Outcome;
import io.penstock.store.requestlog.RequestLogEntry;
import java.io.IOException;
import java.nio.BufferOverflowException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Holds and ends on their way to the database, in a mapped file: an append is a copy to memory, and survives the death of
 * the process from then on, so that an answer need not wait for a commit, and a commit can gather many. It does not
 * survive a power cut; {@link Durability#POWER} does without it.
 *
 * <p><b>File.</b> Two halves of fixed size, filled in turn. Each begins with its mark and a number that grows from filling
 * to filling; then records, each with its length, a CRC-32C of that number and its bytes, and its bytes. The first that
 * does not match ends the half. A half is filled anew when all its records are in the database, told by counting. To write
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

    static final int HALF_BYTES = 1 << 20;

    private static final int MARK = 0x504e5352; // PNSR
    private static final int VERSION = 1;
    private static final int HEAD_BYTES = 16; // mark, version, number
    private static final int RECORD_BYTES_MAX = 8 * 1024;
    private static final int PREFIX_BYTES = 8; // length, CRC
    private static final int HOLD = 1;
    private static final int END = 2;

    private static final String WHAT_IT_IS =
            "it holds the charges of the last moment before Penstock was killed; check its permissions, restore it, or move"
                    + " it away to do without them";

    private final Path path;
    private final MappedByteBuffer file;
    private final ByteBuffer record = ByteBuffer.allocate(RECORD_BYTES_MAX);
    private final CRC32C crc = new CRC32C();
    private final int[] position = new int[2]; // within the half, where the next record goes
    private final int[] open = new int[2]; // records of the half that are not in the database
    private int current;
    private boolean closed;
    private long number; // of the current half, the greatest

    private RedoLog(Path path, MappedByteBuffer file, long number) {
        this.path = path;
        this.file = file;
        this.number = number;
    }

    /**
     * What a dead process left in {@code path}: holds and ends in the order in which they came; empty without a file.
     *
     * @throws StoreException if the file is another's
     */
    static List<Object> left(Path path) throws StoreException {
        List<Object> found = new ArrayList<>();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            ByteBuffer bytes = ByteBuffer.allocate(2 * HALF_BYTES);
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
                // until all of it is there
            }
            bytes.clear(); // a file that was cut ends in zeros, which are no record
            List<ByteBuffer> halves = new ArrayList<>(List.of(half(bytes, 0), half(bytes, 1)));
            halves.removeIf(half -> half.getInt(0) == 0 && half.getInt(4) == 0);
            for (ByteBuffer half : halves) {
                check(path, half);
            }
            halves.sort(Comparator.comparingLong(half -> half.getLong(8)));
            for (ByteBuffer half : halves) {
                read(half, found);
            }
            return found;
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException | BufferUnderflowException | IllegalArgumentException e) {
            throw new StoreException("cannot read " + path + ": " + e + "; " + WHAT_IT_IS, e);
        }
    }

    private static void check(Path path, ByteBuffer half) throws StoreException {
        if (half.getInt(0) != MARK) {
            throw new StoreException(path + " is not a file of Penstock's; move it away");
        }
        if (half.getInt(4) != VERSION) {
            throw new StoreException(path + " was left by another version of Penstock (its format is " + half.getInt(4)
                    + ", expected " + VERSION
                    + "); start and stop that version once, or move the file away to do without"
                    + " the charges of its last moment");
        }
    }

    private static ByteBuffer half(ByteBuffer file, int half) {
        return file.slice(half * HALF_BYTES, HALF_BYTES);
    }

    private static void read(ByteBuffer half, List<Object> found) {
        CRC32C crc = new CRC32C();
        long number = half.getLong(8);
        int at = HEAD_BYTES;
        while (at + PREFIX_BYTES < HALF_BYTES) {
            int length = half.getInt(at);
            if (length <= 0 || length > RECORD_BYTES_MAX || length > HALF_BYTES - at - PREFIX_BYTES) {
                return;
            }
            byte[] bytes = new byte[length];
            half.get(at + PREFIX_BYTES, bytes);
            if (half.getInt(at + 4) != sum(crc, number, bytes, length)) {
                return;
            }
            found.add(decode(ByteBuffer.wrap(bytes)));
            at += PREFIX_BYTES + length;
        }
    }

    /** Makes or takes the file, all of its room reserved on the disk. What was in it must be in the database. */
    static RedoLog open(Path path) throws IOException {
        Set<StandardOpenOption> options =
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try (FileChannel channel = FileChannel.open(path, options, Sqlite.ownerOnly("rw-------"))) {
            ByteBuffer zeros = ByteBuffer.allocate(64 * 1024);
            for (long size = channel.size(); size < 2L * HALF_BYTES; size = channel.size()) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), 2L * HALF_BYTES - size));
                channel.write(zeros, size); // a hole in the file would be a signal when the disk is full
            }
            MappedByteBuffer file = channel.map(FileChannel.MapMode.READ_WRITE, 0, 2L * HALF_BYTES);
            RedoLog log = new RedoLog(path, file, Math.max(file.getLong(8), file.getLong(HALF_BYTES + 8)));
            log.clear();
            return log;
        }
    }

    /** Takes a {@link Hold} or {@link ExchangeEnd}. The half that holds it now, or {@link #NOWHERE} when there is no room. */
    synchronized int append(Object item) {
        record.clear();
        try {
            if (item instanceof Hold hold) {
                encode(hold);
            } else {
                encode((ExchangeEnd) item);
            }
            return append();
        } catch (BufferOverflowException e) {
            return NOWHERE;
        }
    }

    private int append() {
        int length = record.position();
        if (closed) {
            return NOWHERE;
        }
        if (position[current] + PREFIX_BYTES + length > HALF_BYTES && !turn()) {
            return NOWHERE;
        }
        int at = current * HALF_BYTES + position[current];
        file.put(at + PREFIX_BYTES, record.array(), 0, length);
        file.putInt(at + 4, sum(crc, number, record.array(), length));
        file.putInt(at, length);
        position[current] += PREFIX_BYTES + length;
        open[current]++;
        return current;
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

    /** After {@link #close}, when all that was taken is in the database: the file goes. */
    synchronized void remove() {
        clear(); // where the system does not remove a mapped file, it is at least empty
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // it is taken again by the next start
        }
    }

    /** Goes on in the other half; false if it holds records that are not in the database. */
    private boolean turn() {
        int other = 1 - current;
        if (open[other] > 0) {
            return false;
        }
        current = other;
        number++;
        position[current] = HEAD_BYTES;
        int start = current * HALF_BYTES;
        file.putInt(start, MARK).putInt(start + 4, VERSION).putLong(start + 8, number);
        return true;
    }

    private static int sum(CRC32C crc, long number, byte[] bytes, int length) {
        crc.reset();
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            crc.update((int) (number >>> shift));
        }
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    private void encode(Hold hold) {
        record.put((byte) HOLD);
        text(hold.requestId());
        record.putLong(hold.keyId()).putLong(hold.amountNanos()).putLong(hold.atMillis());
    }

    private void encode(ExchangeEnd end) {
        RequestLogEntry log = end.log();
        record.put((byte) END);
        text(end.requestId());
        record.putLong(end.keyId()).put((byte) end.kind().code());
        record.putLong(end.holdNanos()).putLong(end.amountNanos());
        record.put(flag(end.estimated())).put(flag(end.overHold())).putLong(end.atMillis());
        text(log.face());
        text(log.requestedModel());
        text(log.model());
        text(log.provider());
        record.put(flag(log.streamed())).putShort((short) log.status());
        record.put((byte) log.outcome().code()).putInt(log.attempts());
        record.putLong(log.atMillis()).putLong(log.firstByteMicros()).putLong(log.durationMicros());
        record.putLong(log.input()).putLong(log.cacheRead()).putLong(log.cacheWrite());
        record.putLong(log.cacheWrite1h()).putLong(log.output()).putLong(log.reasoning());
        record.putLong(log.costNanos()).put(flag(log.estimated()));
        text(log.finishReason());
        text(log.route());
        text(log.clientRequestId());
        text(log.app());
    }

    private static Object decode(ByteBuffer record) {
        int type = record.get();
        String requestId = String.valueOf(readText(record));
        long keyId = record.getLong();
        if (type == HOLD) {
            return new Hold(requestId, keyId, record.getLong(), record.getLong());
        }
        EntryKind kind = EntryKind.of(record.get());
        long holdNanos = record.getLong();
        long amountNanos = record.getLong();
        boolean estimated = record.get() != 0;
        boolean overHold = record.get() != 0;
        long atMillis = record.getLong();
        RequestLogEntry log = new RequestLogEntry(
                requestId,
                keyId,
                readText(record),
                readText(record),
                readText(record),
                readText(record),
                record.get() != 0,
                record.getShort(),
                Outcome.of(record.get()),
                record.getInt(),
                record.getLong(),
                record.getLong(),
                record.getLong(),
                record.getLong(),
                record.getLong(),
                record.getLong(),
                record.getLong(),
                record.getLong(),
                record.getLong(),
                record.getLong(),
                record.get() != 0,
                readText(record),
                readText(record),
                readText(record),
                readText(record));
        return new ExchangeEnd(requestId, keyId, kind, holdNanos, amountNanos, estimated, overHold, atMillis, log);
    }

    private static byte flag(boolean set) {
        return (byte) (set ? 1 : 0);
    }

    /** ASCII, nearly always, is copied without an array of its own. Before it, its length; 0: null. */
    private void text(@Nullable String text) {
        if (text == null) {
            record.putShort((short) 0);
            return;
        }
        int start = record.position();
        record.putShort((short) (text.length() + 1));
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                record.position(start);
                record.putShort((short) (bytes.length + 1)).put(bytes);
                return;
            }
            record.put((byte) c);
        }
    }

    private static @Nullable String readText(ByteBuffer record) {
        int length = Short.toUnsignedInt(record.getShort()) - 1;
        if (length < 0) {
            return null;
        }
        byte[] text = new byte[length];
        record.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }
}
