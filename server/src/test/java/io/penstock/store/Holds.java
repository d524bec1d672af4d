package io.penstock.store;

/** Holds money in a test, of a store that answers at once. */
public final class Holds implements Reserved {
    private boolean granted;

    private Holds() {}

    /** True if all of it is held. */
    public static boolean hold(Store store, Reservation asked) {
        Holds told = new Holds();
        store.ledger().reserve(asked, told);
        return told.granted;
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
