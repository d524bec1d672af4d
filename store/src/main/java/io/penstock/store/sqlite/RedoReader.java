package io.penstock.store.sqlite;

import static io.penstock.store.sqlite.RedoFormat.FILE_BYTES;
import static io.penstock.store.sqlite.RedoFormat.HALF_BYTES;
import static io.penstock.store.sqlite.RedoFormat.HEAD_BYTES;
import static io.penstock.store.sqlite.RedoFormat.PREFIX_BYTES;
import static io.penstock.store.sqlite.RedoFormat.RECORD_BYTES_MAX;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a redo log that a process left. Sound is a file of the right length with two sound halves, one going on where the
 * other ends, and not older than the database. A half is sound when its head and end word are, and when its records follow
 * each other without a gap up to exactly where the end word says.
 *
 * <p>In a file that is not sound, each byte may begin a record that proves itself by its CRC; all that do are found.
 */
final class RedoReader {
    private static final byte[] ZEROS = new byte[1024]; // most of a file, and no record in them

    private final long logId;
    private final long written;
    private final byte[] bytes;
    private final ByteBuffer file; // over them
    private final CRC32C crc = new CRC32C();
    private final byte[] covered = new byte[RedoFormat.COVERED_BYTES + RECORD_BYTES_MAX];
    private final TreeMap<Long, Object> found = new TreeMap<>(); // by sequence number
    private long next; // of all that tell it, the greatest

    private RedoReader(byte[] bytes, long logId, long written) {
        this.bytes = bytes;
        this.file = ByteBuffer.wrap(bytes);
        this.logId = logId;
        this.written = written;
        this.next = written;
        ByteBuffer.wrap(covered).putLong(0, logId);
    }

    /** The records of one half; {@code first} equals {@code next} if there are none. */
    private record Half(long first, long next) {}

    /**
     * Reads a file.
     *
     * @param bytes as many as a log has, or all that there are
     * @param length of the file
     * @param logId of the log that is expected in it
     * @param written how many of its records the database holds, or held before a power cut
     */
    static RedoContents read(byte[] bytes, long length, long logId, long written) {
        return new RedoReader(bytes, logId, written).read(length);
    }

    private RedoContents read(long length) {
        List<Half> halves = new ArrayList<>();
        String damage = length == FILE_BYTES ? null : "it has " + length + " bytes, expected " + FILE_BYTES;
        for (int i = 0; i < 2; i++) {
            try {
                halves.add(half(i));
            } catch (Damage e) {
                damage = damage == null ? e.getMessage() : damage;
            }
        }
        if (damage == null) {
            damage = gap(halves.get(0), halves.get(1));
        }
        if (damage != null) {
            salvage();
            if (!found.isEmpty()) {
                next = Math.max(next, found.lastKey() + 1);
            }
        }
        long kept = found.tailMap(written).size();
        return new RedoContents(new ArrayList<>(found.values()), next - written - kept, next, damage);
    }

    private Half half(int number) throws Damage {
        int start = number * HALF_BYTES;
        if (bytes.length < start + HALF_BYTES) {
            throw new Damage("it ends in the middle");
        }
        ByteBuffer half = file.slice(start, HALF_BYTES);
        if (!RedoFormat.isHead(half) || RedoFormat.logId(half) != logId) {
            throw new Damage("the head at byte " + start + " is not what was written there");
        }
        long word = half.getLong(RedoFormat.WORD_AT);
        int end = RedoFormat.position(word);
        if (!RedoFormat.isWord(logId, number, word) || end < HEAD_BYTES || end > HALF_BYTES) {
            throw new Damage("the end word at byte " + (start + RedoFormat.WORD_AT) + " is not what was written there");
        }
        long after = RedoFormat.next(word, written);
        next = Math.max(next, after);
        long first = -1;
        long last = -1;
        for (int at = start + HEAD_BYTES; at < start + end; at += PREFIX_BYTES + file.getInt(at)) {
            long sequence = record(at, start + end);
            if (sequence < 0 || (first >= 0 && sequence != last + 1)) {
                throw new Damage("the record at byte " + at + " is not what was written there");
            }
            first = first < 0 ? sequence : first;
            last = sequence;
        }
        if (after < 0 || (first >= 0 && after != last + 1)) {
            throw new Damage("the records from byte " + (start + HEAD_BYTES) + " on do not reach the end word");
        }
        return new Half(first < 0 ? after : first, after);
    }

    /** Notes the record and tells its sequence number; -1: there is none that ends before {@code end}. */
    private long record(int at, int end) {
        if (at + PREFIX_BYTES > end) {
            return -1;
        }
        int length = file.getInt(at);
        long sequence = file.getLong(at + 8);
        if (length <= 0 || length > RECORD_BYTES_MAX || length > end - at - PREFIX_BYTES || sequence < 0) {
            return -1;
        }
        ByteBuffer.wrap(covered).putLong(8, sequence).putInt(16, length);
        file.get(at + PREFIX_BYTES, covered, RedoFormat.COVERED_BYTES, length);
        if (file.getInt(at + 4) != RedoFormat.sum(crc, covered, length)) {
            return -1;
        }
        try {
            found.put(sequence, RedoRecord.decode(ByteBuffer.wrap(covered, RedoFormat.COVERED_BYTES, length)));
            return sequence;
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return -1; // of a later version
        }
    }

    private @Nullable String gap(Half one, Half other) {
        boolean oneIsOlder = one.next() != other.next() ? one.next() < other.next() : one.first() < other.first();
        Half older = oneIsOlder ? one : other;
        Half newer = oneIsOlder ? other : one;
        if (newer.next() == written) {
            return null; // all is in the database; a kill while the halves were emptied leaves one of them
        }
        if (older.next() != newer.first()) {
            return "its halves are of different times";
        }
        return newer.next() < written ? "it is older than the database" : null;
    }

    private void salvage() {
        for (int start = 0; start < bytes.length; start += HALF_BYTES) {
            int end = Math.min(start + HALF_BYTES, bytes.length);
            for (int at = start + HEAD_BYTES; at < end; ) {
                if (at + ZEROS.length <= end && Arrays.equals(bytes, at, at + ZEROS.length, ZEROS, 0, ZEROS.length)) {
                    at += ZEROS.length - 3; // a length of four bytes may reach beyond them
                } else {
                    at += record(at, end) < 0 ? 1 : PREFIX_BYTES + file.getInt(at);
                }
            }
        }
    }

    /** What makes a half unsound. */
    private static final class Damage extends Exception {
        private static final long serialVersionUID = 1L;

        Damage(String what) {
            super(what, null, false, false);
        }
    }
}
