package io.penstock.store;

import io.penstock.protocol.Usage;

/** Holds money in a test, of a store that answers at once, and rows of exchanges that held some. */
public final class Holds implements Reserved {
    private boolean granted;

    private Holds() {}

    /** True if all of it is held. */
    public static boolean hold(Store store, Reservation asked) {
        Holds told = new Holds();
        store.ledger().reserve(asked, told);
        return told.granted;
    }

    /** Of an exchange that cost so much. */
    public static RequestLogEntry row(String requestId, long keyId, long costNanos) {
        return new RequestLogEntry(
                requestId,
                keyId,
                null,
                null,
                null,
                null,
                false,
                200,
                Outcome.COMPLETED,
                1,
                0,
                -1,
                0,
                Usage.NONE,
                costNanos,
                null,
                null,
                null,
                null,
                -1,
                null);
    }

    @Override
    public void granted(long holdNanos) {
        granted = true;
    }

    @Override
    public void refused(HoldRefusal why) {
        granted = false;
    }
}
