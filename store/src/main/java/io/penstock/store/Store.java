package io.penstock.store;

/**
 * All that Penstock remembers, opened: its four parts, and what the start found. One process has it at a time. Safe from
 * any thread; what a part says of threads and blocking goes before this.
 */
public interface Store extends AutoCloseable {
    Ledger ledger();

    Keys keys();

    Requests requests();

    Settings settings();

    /** How many exchanges an earlier process left behind; they were released, and nothing was charged for them. */
    int interruptedAtStart();

    /** Ends that an earlier process acknowledged and that are lost, as far as that is known. */
    long lostAtStart();

    /** Writes all that was accepted, then closes; what comes later is refused. Blocks; a repeat does nothing. */
    @Override
    void close();
}
