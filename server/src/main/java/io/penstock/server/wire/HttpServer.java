package io.penstock.server.wire;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * What all connections of one HTTP server share, on whatever event loop they run: bounds, memory, their number, and whether it
 * drains. Safe from any thread.
 */
public final class HttpServer {
    private final WireLimits limits;
    private final MemoryBudget buffers;
    private final Outbound outbound;
    private final AtomicInteger connections = new AtomicInteger();
    private volatile boolean draining;

    /**
     * Nobody is connected yet.
     *
     * @param buffers what may be held of direct memory
     */
    public HttpServer(WireLimits limits, MemoryBudget buffers) {
        this.limits = limits;
        this.buffers = buffers;
        this.outbound = new Outbound(buffers);
    }

    WireLimits limits() {
        return limits;
    }

    /** What may be held of direct memory: request bodies, answers, cut events, and what clients have not taken yet. */
    public MemoryBudget buffers() {
        return buffers;
    }

    /** What clients have not taken yet. */
    Outbound outbound() {
        return outbound;
    }

    /** How much one of its clients may leave lying of its answer, in bytes. */
    public int room() {
        return outbound.room(connections.get());
    }

    /** How many clients are connected. */
    public int connections() {
        return connections.get();
    }

    /** One more client; returns how many there are now. */
    int connected() {
        return connections.incrementAndGet();
    }

    void disconnected() {
        connections.decrementAndGet();
    }

    public boolean draining() {
        return draining;
    }

    /** Each connection ends with the answer at hand from now on. */
    public void drain() {
        draining = true;
    }
}
