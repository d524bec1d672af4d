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
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The making of one connection: look-up, connect, tunnel, TLS handshake. One time limit holds for all of them together, and
 * how it is passed over is told the same for each. A host's addresses are tried in order, each for a fair share of the time
 * left, so that one that does not answer leaves some for the next.
 *
 * <p>Event loop only. Tells its pool the end exactly once.
 */
final class Connecting {
    private final ConnectionPool pool;
    private final EventLoop loop;
    private final Class<? extends SocketChannel> channelType;
    private final Address address;
    private final AttemptListener listener;
    private final long deadlineNanos;
    private final Future<?> deadline;
    private @Nullable Channel channel; // the one that is being made ready
    private boolean done;

    Connecting(
            ConnectionPool pool,
            EventLoop loop,
            Class<? extends SocketChannel> channelType,
            Address address,
            AttemptListener listener,
            int limitMillis) {
        this.pool = pool;
        this.loop = loop;
        this.channelType = channelType;
        this.address = address;
        this.listener = listener;
        this.deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMillis);
        this.deadline = loop.schedule(this::late, limitMillis, TimeUnit.MILLISECONDS);
    }

    /** The host that is connected to: the provider's, or its proxy's. */
    String host() {
        Address.Proxy proxy = address.proxy();
        return proxy == null ? address.host() : proxy.host();
    }

    private int port() {
        Address.Proxy proxy = address.proxy();
        return proxy == null ? address.port() : proxy.port();
    }

    /** Goes on with what the look-up found. */
    void connect(InetAddress[] addresses) {
        connect(addresses, 0);
    }

    private void connect(InetAddress[] addresses, int index) {
        int others = addresses.length - index - 1;
        ChannelFuture connecting = new Bootstrap()
                .group(loop)
                .channel(channelType)
                .option(
                        ChannelOption.ALLOCATOR,
                        PooledByteBufAllocator.DEFAULT) // the adaptive one zeroes large buffers
                .option(ChannelOption.RECVBUF_ALLOCATOR, pool.readSizes())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, others == 0 ? 0 : shareMillis(others + 1))
                .disableResolver()
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel it) {
                        prepare(it);
                    }
                })
                .connect(new InetSocketAddress(addresses[index], port()));
        channel = connecting.channel();
        connecting.addListener((ChannelFuture connected) -> {
            if (done) {
                return;
            }
            if (connected.isSuccess()) {
                tunnel(connected.channel());
            } else if (others > 0) {
                connect(addresses, index + 1);
            } else {
                failed(connected.cause());
            }
        });
    }

    private int shareMillis(int addresses) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
        return (int) Math.max(1, left / addresses); // 0 would be none
    }

    private void prepare(Channel it) {
        if (address.proxy() != null) {
            it.pipeline().addLast(new ProxyTunnel(address, loop));
        }
        if (address.tls() != null) {
            SslHandler tls = address.tls().newHandler(it.alloc(), address.host(), address.port());
            tls.setHandshakeTimeoutMillis(0); // ours holds
            it.pipeline().addLast("tls", tls);
        }
    }

    private void tunnel(Channel connected) {
        ProxyTunnel tunnel = connected.pipeline().get(ProxyTunnel.class);
        if (tunnel == null) {
            secure(connected);
            return;
        }
        tunnel.established()
                .addListener(
                        it -> { // before TLS, which would tell of a refusal as of a closed connection
                            if (it.isSuccess()) {
                                secure(connected);
                            } else {
                                failed(it.cause());
                            }
                        });
    }

    private void secure(Channel connected) {
        SslHandler tls = connected.pipeline().get(SslHandler.class);
        if (tls == null) {
            ready(connected);
            return;
        }
        tls.handshakeFuture().addListener(handshake -> {
            if (handshake.isSuccess()) {
                ready(connected);
            } else {
                failed(handshake.cause());
            }
        });
    }

    private void ready(Channel connected) {
        if (!done) {
            done = true;
            deadline.cancel(false);
            pool.connected(connected, address, listener);
        }
    }

    /** Ends it for a reason: the look-up's, or one of its own. */
    void failed(Throwable why) {
        end(FailureText.text(why));
    }

    private void late() {
        end(FailureText.LATE);
    }

    private void end(String why) {
        if (done) {
            return;
        }
        done = true;
        deadline.cancel(false);
        pool.givenUp(this);
        if (channel != null) {
            channel.close();
        }
        listener.connectFailed(why);
    }
}
