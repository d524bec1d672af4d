package io.penstock.server.attempt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.server.wire.MemoryBudget;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The room on the heap is taken for as long as anything of the work can be reached. */
class LargeWorkTest {
    private static final int BYTES = 1_000;
    private static final long ROOM = (long) LargeWork.HEAP_PER_BYTE * BYTES;

    private final MemoryBudget heap = new MemoryBudget(ROOM);
    private final LargeWork large = new LargeWork(heap);
    private final BlockingQueue<Runnable> loop = new LinkedBlockingQueue<>();

    @AfterEach
    void close() {
        large.close();
    }

    @Test
    void theNextBeginsNoEarlierThanTheLoopHasTakenTheLast() throws InterruptedException {
        AtomicReference<Throwable> failed = new AtomicReference<>(new AssertionError("not told"));
        large.begin(BYTES, loop::add, () -> {}, failed::set);
        LargeWork.Job next = large.begin(BYTES, loop::add, () -> {}, failure -> {});
        Runnable done = nextOfLoop();
        assertThat(heap.taken()).as("while the result waits for its loop").isEqualTo(ROOM);
        assertThat(next.waits()).isTrue();
        assertThat(loop).isEmpty();

        done.run();
        assertThat(failed.get()).isNull();
        nextOfLoop().run(); // its turn has come
        nextOfLoop().run(); // it is done
        assertThat(heap.taken()).isZero();
    }

    @Test
    void whateverTheLoopMakesOfIt() throws InterruptedException {
        large.begin(BYTES, loop::add, () -> {}, failure -> {
            throw new IllegalStateException("a bug of the loop's");
        });
        Runnable done = nextOfLoop();
        assertThatThrownBy(done::run).hasMessage("a bug of the loop's");
        assertThat(heap.taken()).isZero();
    }

    @Test
    void aCancelledOneGivesItsRoomBackAtOnce() {
        AtomicReference<Throwable> failed = new AtomicReference<>();
        large.begin(BYTES, loop::add, () -> {}, failure -> {}); // takes all the room
        LargeWork.Job job = large.begin(BYTES, Runnable::run, () -> {}, failed::set);
        job.cancel();
        assertThat(failed.get()).isInstanceOf(CancellationException.class);
        assertThat(heap.taken()).isEqualTo(ROOM);
    }

    @Test
    void aClosedLoopHoldsNothing() throws InterruptedException {
        BlockingQueue<Thread> worker = new LinkedBlockingQueue<>();
        large.begin(
                BYTES,
                told -> {
                    throw new RejectedExecutionException("closed");
                },
                () -> worker.add(Thread.currentThread()),
                failure -> {});
        assertThat(worker.poll(10, TimeUnit.SECONDS)).isNotNull();
        LargeWork.Job next = large.begin(BYTES, loop::add, () -> {}, failure -> {}); // comes only when the room is back
        while (next.waits()) {
            nextOfLoop().run();
        }
        assertThat(next.waits()).isFalse();
    }

    private Runnable nextOfLoop() throws InterruptedException {
        Runnable next = loop.poll(10, TimeUnit.SECONDS);
        assertThat(next).as("told on the loop").isNotNull();
        return next;
    }
}
