package io.penstock.server.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** Who gets room, in which order, and that all of it comes back. */
class MemoryBudgetTest {
    private final MemoryBudget budget = new MemoryBudget(100_000);
    private final List<String> begun = new ArrayList<>();

    private MemoryBudget.Turn turn(String name, long bytes) {
        MemoryBudget.Turn turn = budget.turn(bytes, 0, Runnable::run, () -> begun.add(name));
        if (!turn.waits()) {
            begun.add(name);
        }
        return turn;
    }

    @Test
    void whatFitsIsThereAtOnceAndTheRestInTheOrderItCame() {
        MemoryBudget.Turn first = turn("first", 60_000);
        MemoryBudget.Turn second = turn("second", 70_000);
        MemoryBudget.Turn third = turn("third", 10_000); // would fit, and does not overtake
        assertThat(begun).containsExactly("first");
        first.end();
        assertThat(begun).containsExactly("first", "second", "third");
        second.end();
        third.end();
        third.end();
        assertThat(budget.taken()).isZero();
    }

    @Test
    void whoGivesUpWaitingLetsOthersIn() {
        MemoryBudget.Turn first = turn("first", 60_000);
        MemoryBudget.Turn second = turn("second", 70_000);
        MemoryBudget.Turn third = turn("third", 10_000);
        second.end();
        assertThat(begun).containsExactly("first", "third");
        first.end();
        third.end();
        assertThat(budget.taken()).isZero();
    }

    @Test
    void aTurnLeavesRoomForOthersUnlessItCouldNeverCome() {
        MemoryBudget.Turn large = budget.turn(95_000, 25_000, Runnable::run, () -> begun.add("large"));
        assertThat(large.waits()).isFalse();
        large.end();
        assertThat(budget.take(30_000)).isTrue();
        MemoryBudget.Turn next = budget.turn(50_000, 25_000, Runnable::run, () -> begun.add("next"));
        assertThat(next.waits()).as("80,000 of 75,000").isTrue();
        budget.giveBack(30_000);
        assertThat(begun).containsExactly("next");
        next.end();
        assertThat(budget.taken()).isZero();
    }

    @Test
    void aLoopThatHasEndedTakesNothing() {
        MemoryBudget.Turn first = turn("first", 100_000);
        MemoryBudget.Turn lost = budget.turn(
                10_000,
                0,
                task -> {
                    throw new RejectedExecutionException("ended");
                },
                () -> begun.add("lost"));
        first.end();
        lost.end();
        assertThat(begun).containsExactly("first");
        assertThat(budget.taken()).isZero();
    }

    @Test
    void whatIsOrdinaryIsNeverRefused() {
        budget.takeAnyway(200_000);
        MemoryShare share = new MemoryShare(budget);
        assertThat(share.grow(MemoryBudget.ORDINARY_BYTES)).isTrue();
        assertThat(share.grow(1)).isFalse();
        share.giveBack();
        budget.giveBack(200_000);
        assertThat(budget.taken()).isZero();
    }

    @Test
    void manyThreadsNeverTakeMoreThanThereIsAndAllOfItComesBack() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        List<Throwable> wrong = java.util.Collections.synchronizedList(new ArrayList<>());
        for (int t = 0; t < 4; t++) {
            int seed = t;
            Thread thread = new Thread(() -> {
                Random random = new Random(seed);
                for (int i = 0; i < 5_000; i++) {
                    java.util.concurrent.CountDownLatch came = new java.util.concurrent.CountDownLatch(1);
                    MemoryBudget.Turn turn = budget.turn(1 + random.nextInt(60_000), 0, Runnable::run, came::countDown);
                    try {
                        if (turn.waits() && random.nextInt(4) > 0) {
                            came.await();
                        }
                        if (budget.taken() > budget.bytesMax()) {
                            throw new AssertionError(budget.taken() + " taken");
                        }
                    } catch (Throwable bug) {
                        wrong.add(bug);
                    }
                    turn.end();
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join(120_000);
            assertThat(thread.isAlive()).as("waits for ever").isFalse();
        }
        assertThat(wrong).isEmpty();
        assertThat(budget.taken()).isZero();
    }
}
