package io.penstock.server.upstream;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.NetUtil;
import io.penstock.server.wire.ReadSizes;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to all addresses: kept alive, last used first, each on one exchange at a time.
 *
 * <p>Event loop only.
 */
public final class ConnectionPool {
    private static final long IDLE_NANOS_MAX = 45_000_000_000L; // below the usual 60 s of servers
    private static final long DRAIN_NANOS_MAX = 2_000_000_000L; // for the last chunk behind a terminator
    private static final int IDLE_MAX = 4_096; // per address

    private final EventLoop loop;
    private final Class<? extends SocketChannel> channelType;
    private final Resolver resolver;
    private final int connectMillis;
    private final IdentityHashMap<Address, ArrayDeque<UpstreamConnection>> idle = new IdentityHashMap<>();
    private final Map<String, ArrayDeque<Connecting>> lookups = new HashMap<>(); // who waits, by host
    private final StaleProbe unread = new StaleProbe();
    private final ArrayDeque<UpstreamConnection> draining = new ArrayDeque<>(); // the longest first
    private final ReadSizes readSizes;
    private int open;

    public ConnectionPool(
            EventLoop loop,
            Class<? extends SocketChannel> channelType,
            Resolver resolver,
            int connectMillis,
            ReadSizes readSizes) {
        this.loop = loop;
        this.channelType = channelType;
        this.resolver = resolver;
        this.connectMillis = connectMillis;
        this.readSizes = readSizes;
    }

    /** Hands the listener a connection: at once an idle one, or later a new one, or the reason why there is none. */
    public void acquire(Address address, boolean fresh, AttemptListener listener) {
        if (!fresh) {
            ArrayDeque<UpstreamConnection> waiting = idle.get(address);
            UpstreamConnection connection;
            while (waiting != null && (connection = waiting.pollFirst()) != null) {
                if (connection.silent(unread)) {
                    connection.attach(listener);
                    listener.connected(connection);
                    return;
                }
                connection.abort();
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

    /** How much is read at once, of all providers. */
    ReadSizes readSizes() {
        return readSizes;
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
        Connecting connecting = new Connecting(this, loop, channelType, address, listener, connectMillis);
        String host = connecting.host();
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
        if (literal != null) {
            try {
                connecting.connect(new InetAddress[] {InetAddress.getByAddress(literal)});
            } catch (UnknownHostException impossible) {
                throw new AssertionError(impossible); // an address of 4 or 16 bytes
            }
            return;
        }
        ArrayDeque<Connecting> asking = lookups.get(host);
        if (asking == null) {
            CompletableFuture<InetAddress[]> lookup = resolver.addresses(host);
            asking = new ArrayDeque<>();
            lookups.put(host, asking);
            lookup.whenComplete((found, why) -> loop.execute(() -> lookedUp(host, found, why)));
        }
        asking.addLast(connecting);
    }

    private void lookedUp(String host, InetAddress @Nullable [] found, @Nullable Throwable why) {
        ArrayDeque<Connecting> asking = lookups.remove(host);
        Connecting connecting;
        while (asking != null && (connecting = asking.pollFirst()) != null) {
            if (found != null) {
                connecting.connect(found);
            } else {
                connecting.failed(why == null ? new UnknownHostException(host) : why);
            }
        }
    }

    void connected(Channel channel, Address address, AttemptListener listener) {
        open++;
        UpstreamConnection connection = new UpstreamConnection(this, address);
        channel.pipeline().addLast(connection);
        connection.attach(listener);
        listener.connected(connection);
    }

    /** It waits for no look-up any more, should it do so: one that hangs gathers nobody. */
    void givenUp(Connecting connecting) {
        ArrayDeque<Connecting> asking = lookups.get(connecting.host());
        if (asking != null) {
            asking.removeFirstOccurrence(connecting);
        }
    }
}
