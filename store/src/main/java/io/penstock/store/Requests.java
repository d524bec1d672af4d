package io.penstock.store;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The request log: one row per exchange, never content. Rows of exchanges that held money come by {@link Ledger#settle},
 * those of all others by {@link #log}. Money never waits for it, and the oldest rows go when it is old or large.
 *
 * <p>{@link #log} never blocks and may come from any thread. {@link #find} and {@link #latest} block, are not for event
 * loops, and see what was accepted before they were called.
 */
public interface Requests {
    /** Told of each exchange that has ended, with what became of it. */
    @FunctionalInterface
    interface Listener {
        /** On one thread of the store's, soon after its row was written, or could not be. */
        void ended(RequestLogEntry entry);
    }

    /** Who is told of exchanges; once, before the first. */
    void listener(Listener told);

    /** Logs an exchange that never held money. False when it is lost: it is counted, and nobody is told of it. */
    boolean log(RequestLogEntry entry);

    /** Rows that were lost, since the start. Any thread. */
    long lost();

    Optional<RequestLogEntry> find(String requestId) throws StoreException;

    /**
     * The newest exchanges first.
     *
     * @param before the last request id of the page above; null for the first page
     * @param limit at most 1,000 rows come, whatever it is
     */
    List<RequestLogEntry> latest(@Nullable String before, int limit) throws StoreException;
}
