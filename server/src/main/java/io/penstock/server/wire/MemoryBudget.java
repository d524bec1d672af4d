package io.penstock.server.wire;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What one gateway may hold of one kind of memory: whatever is large asks here first, so that no number of requests together
 * takes more than there is. A gateway has two: one of direct memory, where bytes lie as they come and go, one of the heap, where
 * they are translated.
 *
 * <p>Whoever finds no room may wait for a turn; turns come in the order they were asked for. Safe from any thread; nothing
 * blocks.
 */
public final class MemoryBudget {
    /** So much counts but is never refused: what is large elsewhere shall not stop an ordinary request or stream. */
    public static final int ORDINARY_BYTES = 16 * 1024;

    private final long bytesMax;
    private final AtomicLong taken = new AtomicLong();
    private final ArrayDeque<Turn> waiting = new ArrayDeque<>(); // its own lock
    private volatile boolean anyWaits;

    public MemoryBudget(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** Of all holders together. */
    public long bytesMax() {
        return bytesMax;
    }

    /** By all holders now. */
    public long taken() {
        return taken.get();
    }

    /** Takes so much if there is room. */
    public boolean take(long bytes) {
        return take(bytes, 0);
    }

    /** What alone would pass {@code free} may have it while nothing else is in the way. */
    private boolean take(long bytes, long free) {
        while (true) {
            long now = taken.get();
            long max = bytes > bytesMax - free ? bytesMax : bytesMax - free;
            if (bytes > max - now) {
                return false;
            }
            if (taken.compareAndSet(now, now + bytes)) {
                return true;
            }
        }
    }

    /** Takes so much in any case: what is there already, and what is small. */
    public void takeAnyway(long bytes) {
        taken.addAndGet(bytes);
    }

    /** Gives so much back, and lets in who waited for it. */
    public void giveBack(long bytes) {
        taken.addAndGet(-bytes);
        if (anyWaits) {
            admit();
        }
    }

    /**
     * Asks for so much. Where there is room, and nobody waits, it is there at once; else it comes later.
     *
     * @param free how much of the budget this shall leave to others
     * @param loop where {@code begins} is told that a turn came later
     */
    public Turn turn(long bytes, long free, Executor loop, Runnable begins) {
        Turn turn = new Turn(bytes, free, loop, begins);
        if (!anyWaits && take(bytes, free)) {
            turn.has = true;
            return turn;
        }
        turn.waits = true;
        synchronized (waiting) {
            waiting.addLast(turn);
            anyWaits = true;
        }
        admit(); // something may have been given back meanwhile
        return turn;
    }

    private void admit() {
        synchronized (waiting) {
            for (Turn first; (first = waiting.peekFirst()) != null && take(first.bytes, first.free); ) {
                waiting.pollFirst();
                first.has = true;
                try {
                    first.loop.execute(first.begins);
                } catch (RejectedExecutionException closed) { // and so is its connection
                    first.has = false;
                    first.over = true;
                    taken.addAndGet(-first.bytes);
                }
            }
            anyWaits = !waiting.isEmpty();
        }
    }

    /** Room that was asked for. Asked for, told and ended on one event loop; {@link #end} from any thread. */
    public final class Turn {
        private final long bytes;
        private final long free;
        private final Executor loop;
        private final Runnable begins;
        private boolean waits; // whether it comes later, or came later
        private boolean has; // the lock's, once it waits
        private boolean over; // likewise

        private Turn(long bytes, long free, Executor loop, Runnable begins) {
            this.bytes = bytes;
            this.free = free;
            this.loop = loop;
            this.begins = begins;
        }

        /** Whether it comes, or came, later than it was asked for. */
        public boolean waits() {
            return waits;
        }

        public long bytes() {
            return bytes;
        }

        /** Gives the room back, or the place among those who wait. Harmless when done twice. */
        public void end() {
            boolean had;
            synchronized (waiting) {
                if (over) {
                    return;
                }
                over = true;
                had = has;
                if (!had) {
                    waiting.remove(this);
                }
            }
            if (had) {
                giveBack(bytes);
            } else {
                admit(); // who stood behind it may fit
            }
        }
    }
}
