package io.penstock.store;

import java.util.List;

/**
 * Money: what is held, what was spent. Append-only: an exchange has one hold and one end, and a repeat of either changes
 * nothing.
 *
 * <p>{@link #reserve}, {@link #settle}, {@link #available} and {@link #queued} never block and may come from any thread.
 * The others block, are not for event loops, and see what was reserved and settled before they were called.
 *
 * <p><b>Order.</b> A hold and its end may come from different threads, the hold first. Between exchanges there is no order:
 * when one is durable, an earlier one may not be yet.
 *
 * <p><b>Durability.</b> {@link Durability} tells which faults a grant and a committed end survive. An exchange whose hold
 * survives and whose end does not is released at the next start, marked as interrupted, and costs nothing.
 */
public interface Ledger {
    /**
     * Sets money aside. The ledger grants what is asked, grants less, or refuses; and it may take its time, then the
     * answer comes later. Whether a key has the money, and is within its rates and quotas, is decided here and nowhere
     * else, for only here is all of it known at one moment.
     *
     * <p>A reservation that waits cannot be withdrawn: who has left ends the exchange with a release when it is granted.
     * A grant is ended with {@link #settle}, whatever happens.
     */
    void reserve(Reservation asked, Reserved told);

    /**
     * Ends an exchange: charges what it cost, or gives back what it held. All of the hold is free again, also when the
     * cost is above it. Its row goes to the request log by the same transaction; if the log alone fails, the money is
     * booked without it.
     */
    void settle(ExchangeEnd end, Committed told);

    /** False while the store cannot be written: then every {@link #reserve} is refused. */
    boolean available();

    /** How many holds, ends and rows were accepted and are not in the database yet. */
    int queued();

    /** The lines of one exchange: its hold first. */
    List<LedgerEntry> entries(String requestId) throws StoreException;

    /** All that a key ever spent. */
    long spentNanos(long keyId) throws StoreException;

    /** What a key spent from the start of that UTC day ({@link Spend#day(long)}) until now. */
    long spentNanosSince(long keyId, long day) throws StoreException;

    /** The sums per key and day from {@code day} on; 0 gives, beside all days, the totals as day 0. */
    List<Spend> spend(long day) throws StoreException;

    /** How many exchanges hold money now. */
    long openHolds() throws StoreException;
}
