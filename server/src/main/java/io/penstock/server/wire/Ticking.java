package io.penstock.server.wire;

/** What is looked at by the tick of an event loop: it keeps its deadlines there. Event loop only. */
public interface Ticking {
    /** The tick, at that {@link System#nanoTime()}. */
    void tick(long nowNanos);

    /** The tick failed here; that of everything else goes on. */
    void tickFailed(Throwable bug);

    /** Draining: ends if nothing is under way. */
    void closeIfIdle();

    /** The drain time is over: ends what is under way. */
    void abort();
}
