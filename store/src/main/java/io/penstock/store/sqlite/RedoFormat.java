package io.penstock.store.sqlite;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The layout of a redo log's file, version 2: two halves of {@link #HALF_BYTES}, filled in turn, all numbers big-endian.
 *
 * <pre>
 *   half    head, written once: mark 4, version 4, log id 8, database id 8, check of these 8
 *           end word 8, the one thing that is written again and again
 *           from {@link #HEAD_BYTES} on: records
 *   record  length 4, CRC-32C 4, sequence number 8, that many bytes
 * </pre>
 *
 * <p><b>Records.</b> The CRC covers log id, sequence number, length and bytes. Log ids are random and sequence numbers
 * never repeat within a log, so that a record proves by itself which one it is: none from an earlier use of the file, nor
 * from another file, can take another's place, and those behind a damaged one can still be told.
 *
 * <p><b>The end word</b> tells where the records end and which number comes next, with a check of both. It is written with
 * one store of eight aligned bytes, after the record, and before the append returns. So all that was acknowledged lies
 * before it: what is damaged there is a loss, and what a killed process left half written lies behind it and is nothing.
 */
final class RedoFormat {
    static final int HALF_BYTES = 1 << 20;
    static final int FILE_BYTES = 2 * HALF_BYTES;
    static final int HEAD_BYTES = 64;
    static final int WORD_AT = 32; // a multiple of 8: it is stored at once
    static final int PREFIX_BYTES = 16;
    static final int RECORD_BYTES_MAX = 8 * 1024;

    static final int MARK = 0x504e5352; // PNSR
    static final int VERSION = 2;

    private static final int LOG_ID_AT = 8;
    private static final int DATABASE_ID_AT = 16;
    private static final int HEAD_CHECK_AT = 24;

    /** What the CRC covers before the bytes: log id, sequence number, length. */
    static final int COVERED_BYTES = 20;

    private static final int NEXT_BITS = 21; // halves are some 16,000 records apart at most
    private static final int CHECK_BITS = 22;
    private static final long NEXT_MASK = (1L << NEXT_BITS) - 1;

    private RedoFormat() {}

    /** Writes the head of the half that begins at {@code start}. */
    static void putHead(ByteBuffer file, int start, long logId, long databaseId) {
        file.putInt(start, MARK).putInt(start + 4, VERSION);
        file.putLong(start + LOG_ID_AT, logId).putLong(start + DATABASE_ID_AT, databaseId);
        file.putLong(start + HEAD_CHECK_AT, headCheck(logId, databaseId));
    }

    static boolean isHead(ByteBuffer half) {
        return half.getInt(0) == MARK
                && half.getInt(4) == VERSION
                && half.getLong(HEAD_CHECK_AT) == headCheck(logId(half), databaseId(half));
    }

    static long logId(ByteBuffer half) {
        return half.getLong(LOG_ID_AT);
    }

    static long databaseId(ByteBuffer half) {
        return half.getLong(DATABASE_ID_AT);
    }

    private static long headCheck(long logId, long databaseId) {
        return mix(mix(logId ^ VERSION) + databaseId);
    }

    /**
     * An end word.
     *
     * @param position within the half, where the next record goes
     * @param next its sequence number
     */
    static long word(long logId, int half, int position, long next) {
        long told = ((long) position << NEXT_BITS) | (next & NEXT_MASK);
        return (told << CHECK_BITS) | check(logId, half, told);
    }

    static boolean isWord(long logId, int half, long word) {
        return (word & ((1L << CHECK_BITS) - 1)) == check(logId, half, word >>> CHECK_BITS);
    }

    static int position(long word) {
        return (int) (word >>> (CHECK_BITS + NEXT_BITS));
    }

    /** The next sequence number, of which the word has the low bits: the one that is nearest to {@code about}. */
    static long next(long word, long about) {
        int rest = Long.SIZE - NEXT_BITS;
        return about + ((((word >>> CHECK_BITS) - about) << rest) >> rest);
    }

    private static long check(long logId, int half, long told) {
        return mix(told + mix(logId + half)) >>> (Long.SIZE - CHECK_BITS);
    }

    /** The CRC of a record, of which {@code covered} holds the first {@link #COVERED_BYTES} bytes and the record's own. */
    static int sum(CRC32C crc, byte[] covered, int length) {
        crc.reset();
        crc.update(covered, 0, COVERED_BYTES + length);
        return (int) crc.getValue();
    }

    /** MurmurHash3's finalizer: each bit of the input changes half of the output's. */
    private static long mix(long bits) {
        long mixed = (bits ^ (bits >>> 33)) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ (mixed >>> 33);
    }
}
