package io.penstock.server.wire;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.penstock.server.testkit.RawClient;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** An HTTP server on loopback, on an event loop of its own. */
final class WireLab implements EventLoops, AutoCloseable {
    static final WireLimits LIMITS = new WireLimits(1_000_000, 60_000_000_000L, 60_000_000_000L, 60_000_000_000L, 100);

    final MemoryBudget memory = new MemoryBudget(64_000_000);
    final HttpServer server = new HttpServer(LIMITS, memory);
    final LoopResources loop;
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Channel listener;

    WireLab(RequestHandler.Factory handlers) {
        loop = new LoopResources(group.next(), server::room);
        loop.run(LoopResources::start);
        listener = server.listen(
                        this,
                        NioServerSocketChannel.class,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        null,
                        handlers)
                .syncUninterruptibly()
                .channel();
    }

    @Override
    public EventLoopGroup group() {
        return group;
    }

    @Override
    public LoopResources resources(EventLoop eventLoop) {
        return loop;
    }

    private String origin() {
        return "http://127.0.0.1:" + ((InetSocketAddress) listener.localAddress()).getPort();
    }

    RawClient client() {
        return new RawClient(origin());
    }

    /** One whose system takes little of what it does not read. */
    RawClient smallClient() {
        return new RawClient(origin(), 4096);
    }

    @Override
    public void close() {
        listener.close().syncUninterruptibly();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
