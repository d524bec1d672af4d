package io.penstock.store;

/**
 * Told what became of a {@link Reservation}: exactly one of the two, exactly once.
 *
 * <p>{@link Ledger#reserve} calls it on the caller's thread before it returns, or later on a thread of the store's. So it
 * must be short and hand over to its event loop if it finds itself elsewhere. It must not throw.
 */
public interface Reserved {
    /**
     * So much is held, and the exchange may be sent.
     *
     * @param holdNanos what was asked for, or less: then the exchange must be cut down to what costs no more, or be ended
     *     with a release
     */
    void granted(long holdNanos);

    /** Nothing is held, nothing is written, and the exchange must not be sent. */
    void refused(HoldRefusal why);
}
