package io.penstock.store;

/** Told when an end is durable, or cannot be made so. */
@FunctionalInterface
public interface Committed {
    /**
     * Called once, on the caller's thread or one of the store's: so it must be short, and hand over to the event loop.
     *
     * @param durable false: nothing is charged, and the end of the answer must never leave
     */
    void committed(boolean durable);
}
