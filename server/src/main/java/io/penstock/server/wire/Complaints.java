package io.penstock.server.wire;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/**
 * Tells of the faults of a task that is repeated and must go on: each kind once, and again after a minute, with how many were
 * not told in between, so that a fault at every tick is no flood. Belongs to one thread.
 */
public final class Complaints {
    private static final long SILENT_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Logger log;
    private final String about;
    private Class<?> told = Void.class;
    private long toldNanos;
    private long untold;

    /**
     * Has told nothing yet.
     *
     * @param about what goes on in spite of the fault
     */
    public Complaints(Logger log, String about) {
        this.log = log;
        this.about = about;
    }

    /** Tells of it, or counts it. Never throws. */
    public void of(Throwable bug) {
        long now = System.nanoTime();
        if (bug.getClass() == told && now - toldNanos < SILENT_NANOS) {
            untold++;
            return;
        }
        try {
            log.error("{} failed, and goes on ({} more since the last such line)", about, untold, bug);
        } catch (Throwable unheard) { // as when there is no memory for the line
            return;
        }
        told = bug.getClass();
        toldNanos = now;
        untold = 0;
    }
}
