package io.penstock.server.attempt;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What is done for an attempt away from its event loop, one thing at a time. Event loop only. */
final class AsideWork {
    private final LoopUpstreams loop;
    private final AttemptOwner owner;
    private LargeWork.@Nullable Job job;
    private long sinceNanos;

    AsideWork(LoopUpstreams loop, AttemptOwner owner) {
        this.loop = loop;
        this.owner = owner;
    }

    /** Begins; {@code done} is told on the event loop, exactly once, also of what was cancelled. */
    void begin(int bytes, Runnable what, Consumer<@Nullable Throwable> done) {
        sinceNanos = System.nanoTime();
        job = loop.resources().largeWork().begin(bytes, loop.eventLoop(), what, failure -> {
            job = null;
            try {
                done.accept(failure);
            } catch (Throwable bug) {
                owner.mishap(bug);
            }
        });
    }

    /** Whether something is under way. */
    boolean busy() {
        return job != null;
    }

    /** Whether it has waited for its turn for longer than anything shall. */
    boolean waitsTooLong(long nowNanos) {
        LargeWork.Job it = job;
        return it != null && it.waits() && nowNanos - sinceNanos > LargeWork.WAIT_NANOS;
    }

    void cancel() {
        if (job != null) {
            job.cancel();
        }
    }
}
