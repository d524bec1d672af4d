package io.penstock.server;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.penstock.server.attempt.LoopUpstreams;
import io.penstock.server.exchange.Access;
import io.penstock.server.exchange.ExchangeResources;
import io.penstock.server.exchange.GatewayRequests;
import io.penstock.server.exchange.ReadOn;
import io.penstock.server.wire.EventLoops;
import io.penstock.server.wire.HttpServer;
import io.penstock.server.wire.LoopResources;
import io.penstock.server.wire.RequestHandler;
import java.util.IdentityHashMap;
import java.util.function.Consumer;
import java.util.function.Function;

/** The event loops of one gateway, with what belongs to each. Safe from any thread but an event loop's, which would wait for itself. */
final class Loops implements EventLoops {
    private static final long DRAIN_POLL_MILLIS = 10;

    private final EventLoopGroup group;
    private final HttpServer server;
    private final IdentityHashMap<EventLoop, Loop> loops = new IdentityHashMap<>();

    /** What belongs to one of them. */
    private record Loop(LoopResources resources, LoopUpstreams upstreams, ReadOn readOn) {}

    /**
     * Starts the clock of each.
     *
     * @param upstreams makes what a loop needs towards providers
     */
    Loops(EventLoopGroup group, HttpServer server, Function<LoopResources, LoopUpstreams> upstreams) {
        this.group = group;
        this.server = server;
        for (EventExecutor executor : group) {
            EventLoop eventLoop = (EventLoop) executor;
            LoopResources resources = new LoopResources(eventLoop, server::room);
            Loop loop = new Loop(resources, upstreams.apply(resources), new ReadOn());
            loops.put(eventLoop, loop);
            resources.run(it -> {
                it.add(loop.upstreams);
                it.add(loop.readOn);
                it.start();
            });
        }
    }

    private Loop loop(EventLoop eventLoop) {
        Loop loop = loops.get(eventLoop);
        if (loop == null) {
            throw new IllegalStateException("a channel on a foreign loop");
        }
        return loop;
    }

    @Override
    public EventLoopGroup group() {
        return group;
    }

    @Override
    public LoopResources resources(EventLoop eventLoop) {
        return loop(eventLoop).resources;
    }

    /** What answers a gateway's requests on any of them. */
    RequestHandler.Factory requests(ExchangeResources shared, Access access) {
        return client -> {
            Loop loop = loop(client.loop().eventLoop());
            return new GatewayRequests(client, shared, access, loop.upstreams, loop.readOn);
        };
    }

    /** Runs something on each of them, and waits for it. */
    void run(Consumer<LoopResources> action) {
        for (Loop loop : loops.values()) {
            loop.resources.run(action);
        }
    }

    /** Ends what has nothing to do, and waits until the rest has ended too, or time is up. */
    void awaitIdle(long deadlineNanos) {
        boolean interrupted = false;
        while (System.nanoTime() - deadlineNanos < 0 && !idle()) {
            try {
                Thread.sleep(DRAIN_POLL_MILLIS);
            } catch (InterruptedException e) {
                interrupted = true;
                break;
            }
            run(LoopResources::closeIdle);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether no client is connected any more, and none that left is still to be billed. */
    private boolean idle() {
        boolean idle = server.connections() == 0;
        for (Loop loop : loops.values()) {
            idle &= loop.readOn.idle();
        }
        return idle;
    }
}
