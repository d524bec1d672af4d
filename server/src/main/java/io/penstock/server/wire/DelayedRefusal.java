package io.penstock.server.wire;

import io.penstock.error.GatewayError;
import org.jspecify.annotations.Nullable;

/** The error of one connection's request whose telling has to wait: as a brake on whoever guesses, or for want of memory. */
final class DelayedRefusal {
    private static final int TRIES_MAX = 200; // ticks

    private @Nullable GatewayError error;
    private long nanos; // that it is to wait
    private int tries; // to tell it without memory

    /** The next one need not wait, unless that is said again. */
    void startOver() {
        nanos = 0;
    }

    /** The next one is to wait for so long. */
    void slowDown(long byNanos) {
        nanos = byNanos;
    }

    /** Whether this is to wait; then it is kept here. */
    boolean keeps(GatewayError refusal) {
        if (nanos == 0) {
            return false;
        }
        error = refusal;
        return true;
    }

    /** There was no memory to tell it: the next tick tries again, for a while. */
    void tryAgain(GatewayError refusal, OutOfMemoryError none) {
        if (++tries > TRIES_MAX) {
            throw none;
        }
        nanos = 1;
        error = refusal;
    }

    /** Whether there was ever no memory to tell one. */
    boolean lacksMemory() {
        return tries > 0;
    }

    /** What is to be told now; null if nothing is, or not yet. */
    @Nullable
    GatewayError due(Deadlines deadlines, long nowNanos) {
        if (error == null || !deadlines.passed(nanos, nowNanos)) {
            return null;
        }
        nanos = 0;
        return error;
    }
}
