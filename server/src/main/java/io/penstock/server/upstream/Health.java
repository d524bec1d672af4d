package io.penstock.server.upstream;

/**
 * What was seen of a target lately. Written by every event loop without a lock: a lost update costs one sample.
 */
public final class Health {
    private static final int SMOOTHING = 8; // an eighth of each new sample, as TCP does for its round trip (RFC 6298)
    private static final long FAILED_FOR_NANOS = 30_000_000_000L;
    private static final int FAILURES_IN_A_ROW = 3;

    private volatile long firstByteMicros;
    private volatile int failures;
    private volatile long failedUntilNanos;

    /** An answer began after so long. */
    public void began(long micros) {
        long before = firstByteMicros;
        firstByteMicros = before == 0 ? micros : before + (micros - before) / SMOOTHING;
        if (failures != 0) {
            failures = 0;
        }
    }

    /** An attempt failed through no fault of the request. */
    public void failed() {
        int now = failures + 1;
        failures = now;
        if (now >= FAILURES_IN_A_ROW) {
            failedUntilNanos = System.nanoTime() + FAILED_FOR_NANOS;
        }
    }

    /** Smoothed time to the first byte; 0 while unknown. */
    public long firstByteMicros() {
        return firstByteMicros;
    }

    /** False for half a minute after three failures in a row. */
    public boolean good() {
        return failures < FAILURES_IN_A_ROW || failedUntilNanos - System.nanoTime() <= 0;
    }
}
