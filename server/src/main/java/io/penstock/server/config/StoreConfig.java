package io.penstock.server.config;

import io.penstock.store.Durability;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where and how safely things are remembered. {@code url} is null for a store in memory that is gone at the end; in it,
 * {@code <data>} stands for the data directory.
 *
 * @param acceptRedoLoss whether to start without the charges of a redo log that is missing or damaged; never in a file, for
 *     it is for one start
 */
public record StoreConfig(@Nullable String url, Durability durability, RequestLog requestLog, boolean acceptRedoLoss) {
    /** The default next to a data directory. */
    public static final String SQLITE = "jdbc:sqlite:<data>/penstock.db";

    private static final String PREFIX = "jdbc:sqlite:";

    /** Requests are forgotten after {@code keep}, or the oldest first once they take {@code maxBytes}. */
    public record RequestLog(Duration keep, long maxBytes) {
        static final Duration KEEP_MIN = Duration.ofHours(1);
        static final Duration KEEP_MAX = Duration.ofDays(3_650);
        static final long BYTES_MIN = 1L << 20;
        static final long BYTES_MAX = 1L << 40;

        public static final RequestLog DEFAULT = new RequestLog(Duration.ofDays(90), 2L << 30);

        public RequestLog {
            Checks.duration("keep", keep, KEEP_MIN, KEEP_MAX);
            Checks.bytes("max", maxBytes, BYTES_MIN, BYTES_MAX);
        }
    }

    public StoreConfig {
        if (url != null) {
            url("url", url);
        }
    }

    public StoreConfig(@Nullable String url, Durability durability, RequestLog requestLog) {
        this(url, durability, requestLog, false);
    }

    StoreConfig at(String place) {
        return new StoreConfig(place, durability, requestLog, acceptRedoLoss);
    }

    StoreConfig acceptingRedoLoss() {
        return new StoreConfig(url, durability, requestLog, true);
    }

    /** The URL may hold a password one day, so it is never shown. */
    static String url(String field, String url) {
        if (!url.startsWith(PREFIX) || url.length() == PREFIX.length()) {
            throw new Unfit(field, "not yet supported", PREFIX + "…, such as " + SQLITE);
        }
        return url;
    }
}
