package io.penstock.bench;

import com.sun.management.ThreadMXBean;
import io.penstock.Penstock;
import io.penstock.bench.LoadClient.Load;
import io.penstock.bench.LoadClient.Outcome;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.file.Path;

/**
 * What the event loops of a gateway allocate per request and per relayed chunk, by the JVM's allocation counter of each
 * thread: exact, and all of it (timers and wake-ups too), on a gateway inside this process.
 */
final class Garbage {
    private static final String LOOPS = "penstock-loop";
    private static final int CONNECTIONS = 16;
    private static final int FEW_CHUNKS = 50;
    private static final int MANY_CHUNKS = 250;
    private static final int HELD = 64;
    private static final int HELD_MILLIS = 20;

    private final Child client;
    private final Bodies bodies;
    private final int millis;
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private int port;

    Garbage(Child client, Bodies bodies, int millis) {
        this.client = client;
        this.bodies = bodies;
        this.millis = millis;
    }

    /** Bytes per whole plain request, per chunk of a burst and per lone chunk. */
    record Bytes(double request, double stream, double burstChunk, double loneChunk) {}

    Bytes measure(int providerPort, Path data) {
        try (Penstock gateway = Lab.start(providerPort, data)) {
            port = Lab.port(gateway);
            closedLoop(bodies.small(), 0, 2 * millis); // until what is hot is compiled
            double plain = closedLoop(bodies.small(), 0, millis);
            closedLoop(bodies.stream(MANY_CHUNKS, 0), MANY_CHUNKS, millis);
            double many = closedLoop(bodies.stream(MANY_CHUNKS, 0), MANY_CHUNKS, millis);
            double few = closedLoop(bodies.stream(FEW_CHUNKS, 0), FEW_CHUNKS, millis);
            held(MANY_CHUNKS);
            double heldMany = held(MANY_CHUNKS);
            double heldFew = held(FEW_CHUNKS);
            double more = MANY_CHUNKS - FEW_CHUNKS;
            return new Bytes(
                    plain, few - (many - few) / more * FEW_CHUNKS, (many - few) / more, (heldMany - heldFew) / more);
        }
    }

    private double closedLoop(Path body, int chunks, int forMillis) {
        return perRequest(load(body, chunks, CONNECTIONS, 0, forMillis));
    }

    private double held(int chunks) {
        return perRequest(load(bodies.stream(chunks, HELD_MILLIS), chunks, HELD, HELD, 1_000));
    }

    private Load load(Path body, int chunks, int connections, int requests, int forMillis) {
        return new Load(
                port,
                "/openai/v1/chat/completions",
                Lab.KEY,
                body.toString(),
                chunks == 0 ? 0 : chunks + Bodies.MORE_EVENTS,
                connections,
                0,
                requests,
                forMillis);
    }

    private double perRequest(Load load) {
        long before = allocated();
        Outcome outcome = LoadClient.run(client, load);
        long bytes = allocated() - before;
        if (outcome.errors() > 0) {
            throw new IllegalStateException(outcome.errors() + " answers were not whole");
        }
        return (double) bytes / outcome.requests();
    }

    private long allocated() {
        long sum = 0;
        for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (thread != null && thread.getThreadName().startsWith(LOOPS)) {
                sum += threads.getThreadAllocatedBytes(thread.getThreadId());
            }
        }
        return sum;
    }
}
