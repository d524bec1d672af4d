package io.penstock.server.wire;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannel;
import io.netty.handler.ssl.SslContext;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP server: where it listens, and what all its connections share on whatever event loop they run: bounds, memory, their
 * number, and whether it drains. Safe from any thread.
 */
public final class HttpServer {
    private static final int BACKLOG = 4_096;

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

    /**
     * Listens there, and has each connection's requests answered by a handler of its own. Waits until it listens, or cannot; the
     * channel is the caller's to close.
     *
     * @param tls null for plain HTTP
     */
    public ChannelFuture listen(
            EventLoops loops,
            Class<? extends ServerChannel> type,
            SocketAddress address,
            @Nullable SslContext tls,
            RequestHandler.Factory handlers) {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops.group())
                .channel(type)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (tls != null) {
                            channel.pipeline().addLast(Parting.TLS, tls.newHandler(channel.alloc()));
                        }
                        LoopResources loop = loops.resources(channel.eventLoop());
                        channel.pipeline().addLast(new HttpChannelHandler(channel, loop, HttpServer.this, handlers));
                    }
                });
        if (address instanceof InetSocketAddress) {
            bootstrap
                    .option(ChannelOption.SO_BACKLOG, BACKLOG)
                    .option(ChannelOption.SO_REUSEADDR, true)
                    .childOption(ChannelOption.TCP_NODELAY, true)
                    .childOption(ChannelOption.SO_KEEPALIVE, true);
        }
        return bootstrap.bind(address).awaitUninterruptibly();
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
