package io.penstock.server.relay;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What one answer holds of the memory that all bodies together may take. The sum is safe from any thread; the share belongs to
 * an event loop.
 */
final class Share {
    /** So much counts but is never refused: what is large elsewhere shall not cut a stream of ordinary events. */
    static final int ORDINARY_BYTES = 16 * 1024;

    private final AtomicLong inMemory;
    private final long inMemoryMax;
    private long bytes;

    /**
     * Takes nothing yet.
     *
     * @param inMemory bytes of all that is held
     * @param inMemoryMax of all that is held
     */
    Share(AtomicLong inMemory, long inMemoryMax) {
        this.inMemory = inMemory;
        this.inMemoryMax = inMemoryMax;
    }

    /** Takes so much more; false, and nothing is taken, if there is no room for it and the share is more than ordinary. */
    boolean grow(int more) {
        if (inMemory.addAndGet(more) > inMemoryMax && bytes + more > ORDINARY_BYTES) {
            inMemory.addAndGet(-more);
            return false;
        }
        bytes += more;
        return true;
    }

    /** Gives so much back, at most what is still taken. */
    void shrink(int less) {
        long given = Math.min(less, bytes);
        bytes -= given;
        inMemory.addAndGet(-given);
    }

    /** Gives all back; harmless when done twice. */
    void giveBack() {
        if (bytes > 0) {
            inMemory.addAndGet(-bytes);
            bytes = 0;
        }
    }
}
