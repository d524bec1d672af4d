package io.penstock.store.sqlite;

import io.penstock.store.Durability;
import io.penstock.store.Store;
import java.time.Duration;
import java.time.InstantSource;
import java.util.OptionalLong;

/**
 * How to open a {@link Store}.
 *
 * @param url {@code jdbc:sqlite:<path>}, or {@link #MEMORY}
 * @param durability which faults a committed charge survives
 * @param requestLogKeep how long a row of the request log is kept
 * @param requestLogMaxBytes about how large the request log may grow; the oldest rows go first
 * @param maxPageCount bound of the file in pages; tests fill a disk with it
 * @param pepper the key of the keyed hashes, from {@link DataDirectory#pepper()}
 * @param clock the time in rows; a jump of it changes nothing but time stamps and calendar days
 * @param acceptRedoLoss whether to start without the charges of a redo log that is missing or damaged
 */
@SuppressWarnings("ArrayRecordComponent") // the pepper is copied in and out, and never compared
public record StoreOptions(
        String url,
        Durability durability,
        Duration requestLogKeep,
        long requestLogMaxBytes,
        OptionalLong maxPageCount,
        byte[] pepper,
        InstantSource clock,
        boolean acceptRedoLoss) {
    /** A database that vanishes at close and is seen by its own store only. */
    public static final String MEMORY = "jdbc:sqlite::memory:";

    private static final int PEPPER_BYTES_MIN = 16;

    public StoreOptions {
        if (requestLogKeep.isNegative()) {
            throw new IllegalArgumentException("requestLogKeep: " + requestLogKeep + " (expected: >= 0)");
        }
        if (requestLogMaxBytes < 0) {
            throw new IllegalArgumentException("requestLogMaxBytes: " + requestLogMaxBytes + " (expected: >= 0)");
        }
        if (pepper.length < PEPPER_BYTES_MIN) {
            throw new IllegalArgumentException(
                    "pepper: " + pepper.length + " bytes (expected: >= " + PEPPER_BYTES_MIN + ")");
        }
        pepper = pepper.clone();
    }

    @Override
    public byte[] pepper() {
        return pepper.clone();
    }

    /** Without the pepper. */
    @Override
    public String toString() {
        return "StoreOptions[" + url + ", " + durability + "]";
    }

    /** The documented defaults: {@code durability: process, request_log: {keep: 90d, max: 2GiB}}. */
    public static StoreOptions of(String url, byte[] pepper) {
        return new StoreOptions(
                url,
                Durability.PROCESS,
                Duration.ofDays(90),
                2L << 30,
                OptionalLong.empty(),
                pepper,
                InstantSource.system(),
                false);
    }
}
