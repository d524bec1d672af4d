package io.penstock.server.upstream;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How often something went wrong, so that the warning of it comes once a minute and can tell how often. Safe from any thread; no
 * locks.
 */
public final class WarningPace {
    private static final long WARNING_NANOS = 60_000_000_000L;
    private static final long NEVER = Long.MIN_VALUE;

    private final AtomicInteger untold = new AtomicInteger();
    private final AtomicLong toldNanos = new AtomicLong(NEVER);

    /**
     * Counts one.
     *
     * @param nowNanos on the clock of {@link System#nanoTime}
     * @return how many there are since the last warning, this one included; 0 where none is due
     */
    public int count(long nowNanos) {
        untold.incrementAndGet();
        long told = toldNanos.get();
        boolean due = told == NEVER || nowNanos - told >= WARNING_NANOS;
        return due && toldNanos.compareAndSet(told, nowNanos == NEVER ? nowNanos + 1 : nowNanos)
                ? untold.getAndSet(0)
                : 0;
    }
}
