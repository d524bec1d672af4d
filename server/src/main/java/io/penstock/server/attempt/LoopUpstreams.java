package io.penstock.server.attempt;

import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.penstock.protocol.translate.JsonOut;
import io.penstock.server.relay.JsonProbe;
import io.penstock.server.upstream.ConnectionPool;
import io.penstock.server.upstream.Resolver;
import io.penstock.server.wire.LoopResources;
import io.penstock.server.wire.Ticking;
import java.util.concurrent.TimeUnit;

/** What all exchanges of one event loop need towards providers: connections, and memory to look and write with. Event loop only. */
public final class LoopUpstreams implements Ticking {
    private final EventLoop eventLoop;
    private final AttemptResources resources;
    private final ConnectionPool pool;
    private final JsonProbe probe = new JsonProbe();
    private final BodyEdits edits = new BodyEdits();
    private final JsonOut json = new JsonOut();
    private long sweptNanos;

    public LoopUpstreams(
            LoopResources loop,
            AttemptResources resources,
            Class<? extends SocketChannel> channelType,
            Resolver resolver,
            int connectMillis) {
        this.eventLoop = loop.eventLoop();
        this.resources = resources;
        this.pool = new ConnectionPool(loop.eventLoop(), channelType, resolver, connectMillis, loop.readSizes());
    }

    EventLoop eventLoop() {
        return eventLoop;
    }

    /** What all loops share. */
    AttemptResources resources() {
        return resources;
    }

    public Limits limits() {
        return resources.limits();
    }

    ConnectionPool pool() {
        return pool;
    }

    JsonProbe probe() {
        return probe;
    }

    BodyEdits edits() {
        return edits;
    }

    /** Where translations write; what is in it goes with the next one. */
    JsonOut json() {
        return json;
    }

    @Override
    public void tick(long nowNanos) {
        if (nowNanos - sweptNanos > TimeUnit.SECONDS.toNanos(1)) {
            sweptNanos = nowNanos;
            pool.sweep(nowNanos);
        }
    }

    @Override
    public void tickFailed(Throwable bug) {
        // it is told of already, and the next sweep goes on
    }

    @Override
    public void closeIfIdle() {
        pool.closeIdle();
    }

    @Override
    public void abort() {
        pool.closeIdle();
    }
}
