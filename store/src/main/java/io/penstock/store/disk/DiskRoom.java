package io.penstock.store.disk;

import io.penstock.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much is free where files are made, and what to say when that is too little. */
public final class DiskRoom {
    /** What a start takes: the driver's library 1.5 MiB, the redo log 2 MiB, a new database 0.2 MiB. */
    private static final long START_BYTES = 4L << 20;

    /** Without the driver nothing works; without the rest some does, and says what is missing. */
    private static final long DRIVER_BYTES = 2L << 20;

    private DiskRoom() {}

    /** What to do about a failure at {@code place}: more room, if that is what is missing, or else {@code otherwise}. */
    public static String advice(Path place, String otherwise) {
        long free = free(place);
        return free < START_BYTES ? full(place, free) : otherwise;
    }

    /** Before the driver unpacks its library: it tells of a full disk by a stack trace. */
    public static void checkDriver(Path directory) throws StoreException {
        long free = free(directory);
        if (free < DRIVER_BYTES) {
            throw new StoreException(
                    "cannot unpack the database driver into " + directory + ": " + full(directory, free));
        }
    }

    private static String full(Path place, long free) {
        return "the disk is full (" + free / 1024 + " KiB are free at " + place + ", a start takes "
                + START_BYTES / 1024 + " KiB); free some room, or name another data directory";
    }

    /** {@link Long#MAX_VALUE} where it cannot be told. */
    private static long free(Path place) {
        Path existing = place.toAbsolutePath();
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        try {
            return existing == null
                    ? Long.MAX_VALUE
                    : Files.getFileStore(existing).getUsableSpace();
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }
}
