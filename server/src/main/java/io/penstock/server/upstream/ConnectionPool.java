package io.penstock.server.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.IdentityHashMap;
import java.util.concurrent.Executor;

/**
 * The connections of one event loop to all addresses: kept alive, last used first, each on one exchange at a time.
 *
 * <p>Event loop only. Names are resolved by the JDK on {@code resolver}'s threads, so that hosts file, VPN and caches hold.
 */
public final class ConnectionPool {
    private static final long IDLE_NANOS_MAX = 45_000_000_000L; // below the usual 60 s of servers
    private static final long DRAIN_NANOS_MAX = 2_000_000_000L; // for the last chunk behind a terminator
    private static final int IDLE_MAX = 4_096; // per address

    private final EventLoop loop;
    private final Class<? extends SocketChannel> channelType;
    private final Executor resolver;
    private final int connectMillis;
    private final IdentityHashMap<Address, ArrayDeque<UpstreamConnection>> idle = new IdentityHashMap<>();
    private final ArrayDeque<UpstreamConnection> draining = new ArrayDeque<>(); // the longest first
    private int open;

    public ConnectionPool(
            EventLoop loop, Class<? extends SocketChannel> channelType, Executor resolver, int connectMillis) {
        this.loop = loop;
        this.channelType = channelType;
        this.resolver = resolver;
        this.connectMillis = connectMillis;
    }

    /** Hands the listener a connection: at once an idle one, or later a new one, or the reason why there is none. */
    public void acquire(Address address, boolean fresh, AttemptListener listener) {
        if (!fresh) {
            ArrayDeque<UpstreamConnection> waiting = idle.get(address);
            UpstreamConnection connection;
            while (waiting != null && (connection = waiting.pollFirst()) != null) {
                if (connection.open()) {
                    connection.attach(listener);
                    listener.connected(connection);
                    return;
                }
            }
        }
        connect(address, listener);
    }

    void release(UpstreamConnection connection) {
        ArrayDeque<UpstreamConnection> waiting =
                idle.computeIfAbsent(connection.address(), address -> new ArrayDeque<>());
        if (waiting.size() >= IDLE_MAX) {
            connection.abort();
            return;
        }
        connection.idle(System.nanoTime());
        waiting.addFirst(connection);
    }

    /** The connection reads the end of an answer that nobody waits for; {@link #sweep} ends it if that takes too long. */
    void drains(UpstreamConnection connection) {
        draining.addLast(connection);
    }

    void drained(UpstreamConnection connection) {
        draining.removeFirstOccurrence(connection);
    }

    void closed(UpstreamConnection connection) {
        open--;
        draining.removeFirstOccurrence(connection);
        ArrayDeque<UpstreamConnection> waiting = idle.get(connection.address());
        if (waiting != null) {
            waiting.removeFirstOccurrence(connection);
        }
    }

    /** Closes what has been idle, or has drained, for too long. */
    public void sweep(long nowNanos) {
        UpstreamConnection longest;
        while ((longest = draining.peekFirst()) != null && nowNanos - longest.drainSinceNanos() > DRAIN_NANOS_MAX) {
            draining.pollFirst();
            longest.abort();
        }
        for (ArrayDeque<UpstreamConnection> waiting : idle.values()) {
            UpstreamConnection oldest;
            while ((oldest = waiting.peekLast()) != null && nowNanos - oldest.idleSinceNanos() > IDLE_NANOS_MAX) {
                waiting.pollLast();
                oldest.abort();
            }
        }
    }

    /** Closes all that are idle. */
    public void closeIdle() {
        for (ArrayDeque<UpstreamConnection> waiting : idle.values()) {
            UpstreamConnection connection;
            while ((connection = waiting.pollFirst()) != null) {
                connection.abort();
            }
        }
    }

    /** Connections that exist, idle or not. */
    public int open() {
        return open;
    }

    /** Connections that still read the end of an answer. */
    int draining() {
        return draining.size();
    }

    private void connect(Address address, AttemptListener listener) {
        Address.Proxy proxy = address.proxy();
        String host = proxy == null ? address.host() : proxy.host();
        int port = proxy == null ? address.port() : proxy.port();
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
        if (literal != null) {
            try {
                connect(address, listener, new InetAddress[] {InetAddress.getByAddress(literal)}, port, 0);
            } catch (UnknownHostException impossible) {
                throw new AssertionError(impossible); // an address of 4 or 16 bytes
            }
            return;
        }
        resolver.execute(() -> {
            try {
                InetAddress[] addresses = InetAddress.getAllByName(host);
                loop.execute(() -> connect(address, listener, addresses, port, 0));
            } catch (UnknownHostException unknown) {
                loop.execute(() -> listener.connectFailed(Why.text(unknown)));
            }
        });
    }

    private void connect(Address address, AttemptListener listener, InetAddress[] addresses, int port, int index) {
        UpstreamConnection connection = new UpstreamConnection(this, address);
        new Bootstrap()
                .group(loop)
                .channel(channelType)
                .option(
                        ChannelOption.ALLOCATOR,
                        PooledByteBufAllocator.DEFAULT) // the adaptive one zeroes large buffers
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectMillis)
                .disableResolver()
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (address.proxy() != null) {
                            channel.pipeline().addLast(new ProxyTunnel(address, connectMillis));
                        }
                        if (address.tls() != null) {
                            SslHandler tls = address.tls().newHandler(channel.alloc(), address.host(), address.port());
                            tls.setHandshakeTimeoutMillis(connectMillis);
                            channel.pipeline().addLast("tls", tls);
                        }
                    }
                })
                .connect(new InetSocketAddress(addresses[index], port))
                .addListener((ChannelFuture connected) -> {
                    if (connected.isSuccess()) {
                        ready(connected.channel(), address, connection, listener);
                    } else if (index + 1 < addresses.length) {
                        connect(address, listener, addresses, port, index + 1);
                    } else {
                        listener.connectFailed(Why.text(connected.cause()));
                    }
                });
    }

    private void ready(Channel channel, Address address, UpstreamConnection connection, AttemptListener listener) {
        SslHandler tls = address.tls() == null ? null : channel.pipeline().get(SslHandler.class);
        if (tls != null) {
            tls.handshakeFuture().addListener(handshake -> {
                if (handshake.isSuccess()) {
                    hand(channel, connection, listener);
                } else {
                    channel.close();
                    listener.connectFailed(Why.text(handshake.cause()));
                }
            });
            return;
        }
        ProxyTunnel tunnel = channel.pipeline().get(ProxyTunnel.class);
        if (tunnel == null) {
            hand(channel, connection, listener);
            return;
        }
        tunnel.established(channel.eventLoop()).addListener(done -> {
            if (done.isSuccess()) {
                hand(channel, connection, listener);
            } else {
                channel.close();
                listener.connectFailed(Why.text(done.cause()));
            }
        });
    }

    private void hand(Channel channel, UpstreamConnection connection, AttemptListener listener) {
        open++;
        channel.pipeline().addLast(connection);
        connection.attach(listener);
        listener.connected(connection);
    }
}
