package io.penstock.store.sqlite;

import java.sql.SQLException;
import java.util.Arrays;

/** Settlements per key and day. Few of them share a batch, so a scan of an array is cheaper than a map. */
final class KeySums {
    private long[] keyIds = new long[16];
    private long[] days = new long[16];
    private long[] nanos = new long[16];
    private int[] counts = new int[16];
    private int size;

    void clear() {
        size = 0;
    }

    void add(long keyId, long day, long amount) {
        int i = 0;
        while (i < size && (keyIds[i] != keyId || days[i] != day)) {
            i++;
        }
        if (i == size) {
            if (size == keyIds.length) {
                keyIds = Arrays.copyOf(keyIds, size * 2);
                days = Arrays.copyOf(days, size * 2);
                nanos = Arrays.copyOf(nanos, size * 2);
                counts = Arrays.copyOf(counts, size * 2);
            }
            keyIds[i] = keyId;
            days[i] = day;
            nanos[i] = 0;
            counts[i] = 0;
            size++;
        }
        nanos[i] = Math.addExact(nanos[i], amount);
        counts[i]++;
    }

    void write(LedgerAppender ledger) throws SQLException {
        for (int i = 0; i < size; i++) {
            ledger.spend(keyIds[i], days[i], nanos[i], counts[i]);
        }
    }
}
