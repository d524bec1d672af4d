package io.penstock.server.attempt;

import io.penstock.server.wire.MemoryBudget;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work on large bodies, events and answers, which would keep an event loop from everybody else: on at most two daemon threads
 * that end when they are idle, each piece of work admitted by the room that it needs on the heap, in the order they came.
 *
 * <p>Safe from any thread. {@link #close} lets what runs end by itself.
 */
public final class LargeWork implements AutoCloseable {
    /** What is smaller is done where it is: a millisecond at most. */
    static final int BYTES_MIN = 256 * 1024;

    /** Heap that a translation needs per byte: the text, its index, what is written, and room to grow. */
    static final int HEAP_PER_BYTE = 4;

    /** Nobody waits longer for room. */
    static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final Logger LOG = LoggerFactory.getLogger(LargeWork.class);
    private static final int THREADS_MAX = 2;
    private static final long IDLE_SECONDS = 30;
    private static final int STACK_BYTES = 512 * 1024; // -Xss may be small

    private static final int NEW = 0;
    private static final int BEGUN = 1;
    private static final int CANCELLED = 2;

    private final MemoryBudget heap;
    private final ThreadPoolExecutor executor;

    LargeWork(MemoryBudget heap) {
        this.heap = heap;
        int threads = Math.max(1, Math.min(THREADS_MAX, Runtime.getRuntime().availableProcessors() / 2));
        executor = new ThreadPoolExecutor(
                threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
                    Thread thread = new Thread(null, work, "penstock-large", STACK_BYTES);
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
    }

    /** Bytes that can be worked on at once, and so at all. */
    int bytesMax() {
        return (int) Math.min(Integer.MAX_VALUE - 1024, heap.bytesMax() / HEAP_PER_BYTE);
    }

    /**
     * Has something done once there is room for it.
     *
     * @param bytes of what is worked on, at most {@link #bytesMax}
     * @param work on a thread of ours, unless the job is cancelled before
     * @param done on the loop, exactly once and later, with what the work threw or null; also for a job that was cancelled
     */
    Job begin(int bytes, Executor loop, Runnable work, Consumer<@Nullable Throwable> done) {
        return new Job(bytes, loop, work, done);
    }

    /** One piece of work on its way. */
    final class Job implements Runnable {
        private final Executor loop;
        private final Runnable work;
        private final Consumer<@Nullable Throwable> done;
        private final AtomicInteger stage = new AtomicInteger(NEW);
        private final MemoryBudget.Turn turn;

        private Job(int bytes, Executor loop, Runnable work, Consumer<@Nullable Throwable> done) {
            this.loop = loop;
            this.work = work;
            this.done = done;
            this.turn = heap.turn((long) HEAP_PER_BYTE * bytes, 0, loop, this::queue);
            if (!turn.waits()) {
                queue();
            }
        }

        private void queue() {
            try {
                executor.execute(this);
            } catch (RejectedExecutionException closed) {
                cancel();
            }
        }

        /** Whether it has not begun: it waits for room, or for a thread. */
        boolean waits() {
            return stage.get() == NEW;
        }

        /** Nobody wants it any more: it will not begin. */
        void cancel() {
            if (stage.compareAndSet(NEW, CANCELLED)) {
                turn.end();
                tell(new CancellationException());
            }
        }

        @Override
        public void run() {
            if (!stage.compareAndSet(NEW, BEGUN)) {
                return;
            }
            Throwable failure = null;
            try {
                work.run();
            } catch (Throwable bug) { // whoever waits must hear of it
                failure = bug;
            }
            tell(failure);
        }

        /** What the work left behind may lie in {@code done} until now: its room is given back no earlier. */
        private void told(@Nullable Throwable failure) {
            try {
                done.accept(failure);
            } finally {
                turn.end();
            }
        }

        private void tell(@Nullable Throwable failure) {
            try {
                loop.execute(() -> told(failure));
            } catch (RejectedExecutionException closed) { // and so is the client's connection
                turn.end();
                LOG.debug("work came too late for its loop", closed);
            }
        }
    }

    @Override
    public void close() {
        executor.shutdown();
    }
}
