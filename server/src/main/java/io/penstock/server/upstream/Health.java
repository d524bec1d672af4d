package io.penstock.server.upstream;

/**
 * Whether something has been working lately. Written by every event loop without a lock: a lost update costs one sample.
 */
public final class Health {
    private static final long FAILED_FOR_NANOS = 30_000_000_000L;
    private static final int FAILURES_IN_A_ROW = 3;

    private final Mark failing = new Mark();
    private volatile int failures; // in a row

    /** It did what it is there for. */
    public void worked() {
        if (failures != 0) {
            failures = 0;
            failing.clear();
        }
    }

    /** It did not, through no fault of the request. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one lost is one failure later
    public void failed() {
        int now = failures + 1;
        failures = now;
        if (now >= FAILURES_IN_A_ROW) {
            failing.until(System.nanoTime() + FAILED_FOR_NANOS);
        }
    }

    /** False for half a minute after three failures in a row. */
    public boolean good() {
        return !failing.holds();
    }
}
