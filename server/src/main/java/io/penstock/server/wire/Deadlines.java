package io.penstock.server.wire;

/** How long one connection's client may take for what is its turn to do. Times are {@link System#nanoTime()}. Event loop only. */
final class Deadlines {
    private final WireLimits limits;
    private final Untaken untaken;
    private long
            sinceNanos; // 0: to be set by the next tick, which knows better than a clock that is asked for each request

    Deadlines(WireLimits limits, Untaken untaken) {
        this.limits = limits;
        this.untaken = untaken;
    }

    /** What they count from: 0 while that is not known. */
    long sinceNanos() {
        return sinceNanos;
    }

    /** They count from now. */
    void restart() {
        sinceNanos = System.nanoTime();
    }

    /** They count from the next tick. */
    void restartLater() {
        sinceNanos = 0;
    }

    /** They count from now, unless they do already. */
    void begin() {
        if (sinceNanos == 0) {
            restart();
        }
    }

    boolean headIsLate(long nowNanos) {
        return nowNanos - sinceNanos > limits.headNanos();
    }

    boolean bodyIsLate(long nowNanos) {
        return nowNanos - sinceNanos > limits.requestNanos();
    }

    /** Whether room for the body is waited for in vain. */
    boolean roomIsLate(long nowNanos) {
        return nowNanos - sinceNanos > WireLimits.ROOM_NANOS;
    }

    /** Whether so much time has passed. */
    boolean passed(long nanos, long nowNanos) {
        return nowNanos - sinceNanos >= nanos;
    }

    /** Whether the connection has been of no use for too long. */
    boolean isIdle(long nowNanos) {
        if (sinceNanos == 0) {
            sinceNanos = nowNanos;
            return false;
        }
        return !taking(nowNanos) && nowNanos - sinceNanos > WireLimits.KEEP_ALIVE_NANOS;
    }

    /** Whether the client has not taken anything of its answer for too long; true once. */
    boolean isStuck(long nowNanos) {
        if (!taking(nowNanos) && (!untaken.any() || sinceNanos == 0)) {
            sinceNanos = nowNanos;
        }
        boolean stuck = nowNanos - sinceNanos > limits.idleNanos();
        if (stuck) {
            sinceNanos = nowNanos;
        }
        return stuck;
    }

    /** Whether the client has had time enough to read its last answer. */
    boolean hasLingered(long nowNanos) {
        boolean taking = taking(nowNanos);
        long patience = untaken.any() ? WireLimits.KEEP_ALIVE_NANOS : WireLimits.LINGER_NANOS;
        return !taking && nowNanos - sinceNanos > patience;
    }

    /** Whether the client has taken bytes of an answer since the last tick; what it is given time for then counts anew. */
    private boolean taking(long nowNanos) {
        boolean less = untaken.becameLess();
        if (less) {
            sinceNanos = nowNanos;
        }
        return less;
    }
}
