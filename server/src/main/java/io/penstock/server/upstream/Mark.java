package io.penstock.server.upstream;

/**
 * Says that something holds until a time, on the clock of {@link System#nanoTime}. Safe from any thread, without a lock: of
 * two writers at once either may win.
 */
final class Mark {
    private volatile boolean set;
    private volatile long untilNanos;

    void until(long nanos) {
        untilNanos = nanos;
        set = true;
    }

    void clear() {
        if (set) {
            set = false;
        }
    }

    /** Reads no clock while nothing is marked. */
    boolean holds() {
        return set && untilNanos - System.nanoTime() > 0;
    }
}
