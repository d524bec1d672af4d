package io.penstock.protocol.tokens;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * The tokens of an encoding and their ranks: a set of byte strings, numbered in the order in which they were learned.
 * Immutable; safe from any thread.
 *
 * <p>All bytes lie in one array, one token behind the other, and a hash table of plain {@code int}s finds them: 4 MB for
 * o200k_base's 199,998 tokens, where jtokkit's maps of objects keep 27 MB, of the 64 MB of heap that a small gateway has.
 */
final class Ranks {
    /** Not a token. */
    static final int NONE = Integer.MAX_VALUE;

    private static final int READ_BYTES = 16 * 1024;
    private static final int HASH_FACTOR = 0x9E3779B1; // 2^32 divided by the golden ratio (Knuth 6.4)

    private byte[] bytes = new byte[1 << 21];
    private int[] ends = new int[1 << 18]; // by rank; a token begins where the one before ends
    private int size;
    private final int[] table; // rank + 1; 0 where nothing is
    private final int shift;
    private int longest;

    /**
     * Reads a table as tiktoken writes it: a token in base64, a blank and its rank on each line, ranks from 0 without a gap.
     *
     * @throws IOException if it cannot be read, or is not such a table
     */
    Ranks(InputStream in) throws IOException {
        byte[] read = new byte[READ_BYTES];
        int end = 0;
        int bits = 0;
        int held = 0;
        int rank = -1; // -1: within the base64
        for (int count; (count = in.read(read)) >= 0; ) {
            for (int i = 0; i < count; i++) {
                int c = read[i];
                if (c == '\n') {
                    add(rank, end);
                    rank = -1;
                    held = 0;
                } else if (rank >= 0) {
                    rank = rank * 10 + c - '0';
                } else if (c == ' ') {
                    rank = 0;
                } else if (c != '=') {
                    int value = Base64Head.value(c);
                    if (value < 0) {
                        throw new IOException("byte " + c + " in a token (expected: base64)");
                    }
                    bits = bits << 6 | value;
                    held += 6;
                    if (held >= 8) {
                        held -= 8;
                        end = append(end, (byte) (bits >> held));
                    }
                }
            }
        }
        if (rank >= 0) {
            add(rank, end);
        }
        bytes = Arrays.copyOf(bytes, end);
        ends = Arrays.copyOf(ends, size);
        int log = 33 - Integer.numberOfLeadingZeros(Math.max(1, size)); // under half full
        shift = 32 - log;
        table = new int[1 << log];
        for (int i = 0; i < size; i++) {
            int slot = hash(bytes, start(i), ends[i]) >>> shift;
            while (table[slot] != 0) {
                slot = slot + 1 & table.length - 1;
            }
            table[slot] = i + 1;
        }
    }

    private int append(int end, byte b) {
        if (end == bytes.length) {
            bytes = Arrays.copyOf(bytes, end * 2);
        }
        bytes[end] = b;
        return end + 1;
    }

    private void add(int rank, int end) throws IOException {
        if (rank != size || end == start(size)) {
            throw new IOException(
                    "rank " + rank + " with " + (end - start(size)) + " bytes (expected: rank " + size + ")");
        }
        if (size == ends.length) {
            ends = Arrays.copyOf(ends, size * 2);
        }
        longest = Math.max(longest, end - start(size));
        ends[size++] = end;
    }

    private int start(int rank) {
        return rank == 0 ? 0 : ends[rank - 1];
    }

    /** How many tokens there are. */
    int size() {
        return size;
    }

    /** The rank of the token that is {@code text[from, to)}, or {@link #NONE}. */
    int of(byte[] text, int from, int to) {
        if (to - from > longest) {
            return NONE;
        }
        for (int slot = hash(text, from, to) >>> shift; table[slot] != 0; slot = slot + 1 & table.length - 1) {
            int rank = table[slot] - 1;
            if (Arrays.equals(bytes, start(rank), ends[rank], text, from, to)) {
                return rank;
            }
        }
        return NONE;
    }

    private static int hash(byte[] text, int from, int to) {
        int hash = to - from;
        for (int i = from; i < to; i++) {
            hash = hash * 31 + text[i];
        }
        return (hash ^ hash >>> 15) * HASH_FACTOR;
    }
}
