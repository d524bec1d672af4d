package io.penstock.server.attempt;

import io.penstock.server.wire.MemoryBudget;

/**
 * What all attempts of a gateway share. Safe from any thread.
 *
 * @param limits of sizes and times
 * @param buffers what may be held of direct memory
 * @param heap what may be held of the heap
 * @param largeWork where large bodies and events are worked on
 * @param thinking what plain chat cannot carry
 */
public record AttemptResources(
        Limits limits, MemoryBudget buffers, MemoryBudget heap, LargeWork largeWork, ThinkingMemory thinking) {
    /** Of the heap, for what is large; the rest is everything else's. */
    private static final int HEAP_PART = 2;

    /** More is of no use: a translation needs about four times what its body takes of direct memory. */
    private static final long HEAP_PER_DIRECT = 4;

    /** With nothing in them; {@code remembersThinking}: whether answers' thinking is kept at all. */
    public static AttemptResources of(Limits limits, MemoryBudget buffers, boolean remembersThinking) {
        MemoryBudget heap = new MemoryBudget(
                Math.min(Runtime.getRuntime().maxMemory() / HEAP_PART, HEAP_PER_DIRECT * limits.bodiesBytes()));
        return new AttemptResources(
                limits, buffers, heap, new LargeWork(heap), new ThinkingMemory(remembersThinking, System::nanoTime));
    }
}
