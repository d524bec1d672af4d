package io.penstock.store.sqlite;

import static io.penstock.store.sqlite.RedoFormat.HALF_BYTES;
import static io.penstock.store.sqlite.RedoFormat.RECORD_BYTES_MAX;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Reads what a killed process of the first version left: halves that begin with mark, version and a number that grows from
 * filling to filling; then records, each with its length, a CRC-32C of that number and its bytes, and its bytes. The first
 * that does not match ends the half; what was damaged cannot be told from what was never written.
 */
final class RedoVersion1 {
    static final int VERSION = 1;

    private static final int HEAD_BYTES = 16;
    private static final int PREFIX_BYTES = 8;

    private RedoVersion1() {}

    /** Holds and ends in the order in which they came. */
    static List<Object> read(byte[] file) {
        ByteBuffer bytes = ByteBuffer.wrap(file);
        List<ByteBuffer> halves =
                new ArrayList<>(List.of(bytes.slice(0, HALF_BYTES), bytes.slice(HALF_BYTES, HALF_BYTES)));
        halves.removeIf(half -> half.getInt(4) != VERSION);
        halves.sort(Comparator.comparingLong(half -> half.getLong(8)));
        List<Object> found = new ArrayList<>();
        for (ByteBuffer half : halves) {
            read(half, found);
        }
        return found;
    }

    private static void read(ByteBuffer half, List<Object> found) {
        CRC32C crc = new CRC32C();
        byte[] number = new byte[Long.BYTES];
        half.get(8, number);
        for (int i = 0; i < 4; i++) { // it went into the sum from its low end
            byte low = number[i];
            number[i] = number[7 - i];
            number[7 - i] = low;
        }
        for (int at = HEAD_BYTES; at + PREFIX_BYTES < HALF_BYTES; ) {
            int length = half.getInt(at);
            if (length <= 0 || length > RECORD_BYTES_MAX || length > HALF_BYTES - at - PREFIX_BYTES) {
                return;
            }
            byte[] bytes = new byte[length];
            half.get(at + PREFIX_BYTES, bytes);
            crc.reset();
            crc.update(number);
            crc.update(bytes);
            if (half.getInt(at + 4) != (int) crc.getValue()) {
                return;
            }
            try {
                found.add(RedoRecord.decode(ByteBuffer.wrap(bytes)));
            } catch (BufferUnderflowException | IllegalArgumentException e) {
                return;
            }
            at += PREFIX_BYTES + length;
        }
    }
}
