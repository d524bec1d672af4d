package io.penstock.store.sqlite;

import io.penstock.store.sqlite.WriteQueue.Entry;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * When the writer thread sleeps, and who wakes it. To wake a thread costs its waker a system call. What is urgent does, and
 * an entry that finds a writer which has been quiet for a second, or very many entries waiting; all others find a writer
 * that wakes by itself, {@link #NAP_NANOS} after they came.
 */
final class WriterSleep {
    /** What is not urgent is written this long after it came, at the latest. */
    static final long NAP_NANOS = 250_000_000;

    /** So many waiting entries are written at once: no commit gets cheaper by more, and they take memory. */
    private static final int MANY = 2048;

    private static final long ACTIVE_NANOS = 1_000_000_000;
    private static final long DEEP_SLEEP_NANOS = 60_000_000_000L; // chores by the calendar are due then at the latest

    private static final int AWAKE = 0;
    private static final int NAP = 1;
    private static final int ASLEEP = 2;
    private static final VarHandle REST = rest();

    private final WriteQueue queue;
    private final Thread thread; // that sleeps

    // Any thread.
    private volatile int rest = AWAKE;
    private volatile boolean over;

    // The writer thread only.
    private boolean napping;
    private long napUntil;
    private long lastWriteAt = System.nanoTime();

    WriterSleep(WriteQueue queue, Thread thread) {
        this.queue = queue;
        this.thread = thread;
    }

    /** After a push. Any thread. */
    void pushed(Entry entry) {
        int found = rest;
        if (found == ASLEEP || (found == NAP && isPressing(entry))) {
            wake();
        }
    }

    /** No sleep any more: what is left is written at once. Any thread. */
    void end() {
        over = true;
        wake();
    }

    /** Any thread. */
    boolean isOver() {
        return over;
    }

    private void wake() {
        int found = (int) REST.getAndSet(this, AWAKE);
        if (found != AWAKE || over) {
            LockSupport.unpark(thread);
        }
    }

    /** True in the long sleep of a quiet gateway. Any thread. */
    boolean isDeep() {
        return rest == ASLEEP;
    }

    /** Something was written just now. The writer thread, as all below. */
    void wrote() {
        lastWriteAt = System.nanoTime();
    }

    /** Nothing was written for a while. */
    boolean isQuiet(long now) {
        return now - lastWriteAt >= ACTIVE_NANOS;
    }

    /** True if what waits is to be written now; the nap is over then. */
    boolean mayWrite(Entry top) {
        boolean now = isPressing(top) || over || (napping && System.nanoTime() - napUntil >= 0);
        napping &= !now;
        return now;
    }

    /**
     * Sleeps until it is woken, or may not sleep any longer.
     *
     * @param top of the queue, as it was found
     * @param choresSoon more is to be done before long
     * @param nanosMax what else must not be kept waiting
     */
    void sleep(@Nullable Entry top, long now, boolean choresSoon, long nanosMax) {
        boolean active = top != null || !isQuiet(now) || choresSoon;
        if (!napping || now - napUntil >= 0) {
            napping = true;
            napUntil = now + NAP_NANOS;
        }
        long nanos = Math.min(active ? napUntil - now : DEEP_SLEEP_NANOS, nanosMax);
        rest = active ? NAP : ASLEEP;
        Entry again = queue.top(); // pushed after we looked, before we said that we rest
        boolean wait = again == null ? !over : active && !isPressing(again) && !over;
        if (wait) {
            LockSupport.parkNanos(this, nanos);
        }
        rest = AWAKE;
        if (!active) {
            napping = false;
            if (queue.top() != null) {
                wrote();
            }
        }
    }

    private static boolean isPressing(Entry top) {
        return top.urgent() || top.depth() >= MANY;
    }

    private static VarHandle rest() {
        try {
            return MethodHandles.lookup().findVarHandle(WriterSleep.class, "rest", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
