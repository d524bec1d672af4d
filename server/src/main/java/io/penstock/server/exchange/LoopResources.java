package io.penstock.server.exchange;

import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.penstock.error.GatewayError.ShuttingDown;
import io.penstock.protocol.BodyScanner;
import io.penstock.protocol.translate.JsonOut;
import io.penstock.server.http.ReadSizes;
import io.penstock.server.relay.JsonProbe;
import io.penstock.server.upstream.ConnectionPool;
import io.penstock.server.upstream.Resolver;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all connections of one event loop share: scratch memory, connections to providers, the clock of deadlines. Belongs to
 * that loop; nothing here is thread-safe.
 *
 * <p>Deadlines are kept by one tick that looks at every connection, not by a timer each: setting one is a field's write, and
 * being a tick late is nothing against seconds.
 */
public final class LoopResources {
    /** Largest piece of a body that is scanned at once, in bytes: half of a first-level cache. 64 KiB cost 6 % more. */
    static final int SCRATCH_BYTES = 16 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(LoopResources.class);
    private static final long TICK_MILLIS = 50;
    private static final int SCANNERS_KEPT = 64;
    private static final int READ_ON_MAX = 1_024; // at once, each for two seconds at most

    private final Services services;
    private final EventLoop eventLoop;
    private final ConnectionPool upstreams;
    private final RequestIds ids = new RequestIds(new SecureRandom().nextLong());
    private final byte[] scratch = new byte[SCRATCH_BYTES];
    private final JsonProbe probe = new JsonProbe();
    private final BodyEdits edits = new BodyEdits();
    private final JsonOut json = new JsonOut();
    private final ArrayDeque<BodyScanner> scanners = new ArrayDeque<>();
    private final HttpDate date = new HttpDate();
    private @Nullable ClientConnection first; // of a doubly linked list of all connections
    private volatile int connections; // written by the loop alone
    private final List<Exchange> readOn = new ArrayList<>(); // their clients have left
    private volatile int readingOn; // its size, written by the loop alone
    private int room = ReadSizes.BYTES_MAX; // what a client may leave lying
    private long sweptNanos;
    private final Complaints complaints = new Complaints(LOG, "the clock of deadlines");

    public LoopResources(
            Services services,
            EventLoop eventLoop,
            Class<? extends SocketChannel> channelType,
            Resolver resolver,
            int connectMillis) {
        this.services = services;
        this.eventLoop = eventLoop;
        this.upstreams = new ConnectionPool(eventLoop, channelType, resolver, connectMillis);
    }

    /** Starts the tick. */
    public void start() {
        eventLoop.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    EventLoop eventLoop() {
        return eventLoop;
    }

    ConnectionPool upstreams() {
        return upstreams;
    }

    String nextId() {
        return ids.next(System.currentTimeMillis());
    }

    byte[] scratch() {
        return scratch;
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

    HttpDate date() {
        return date;
    }

    BodyScanner scanner() {
        BodyScanner scanner = scanners.pollFirst();
        return scanner == null ? new BodyScanner() : scanner;
    }

    void giveBack(BodyScanner scanner) {
        if (scanners.size() < SCANNERS_KEPT) {
            scanner.reset();
            scanners.addFirst(scanner);
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    void add(ClientConnection connection) {
        connections++;
        connection.next = first;
        connection.previous = null;
        if (first != null) {
            first.previous = connection;
        }
        first = connection;
        measure();
    }

    /** Sees anew how much a client may leave lying. */
    void measure() {
        room = services.outbound().room(services.connections().get());
        upstreams.readSizes().most(room);
    }

    /** How much a client may leave lying before its provider is no longer read, in bytes. */
    int room() {
        return room;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    void remove(ClientConnection connection) {
        connections--;
        if (connection.previous != null) {
            connection.previous.next = connection.next;
        } else if (first == connection) {
            first = connection.next;
        }
        if (connection.next != null) {
            connection.next.previous = connection.previous;
        }
        connection.next = null;
        connection.previous = null;
    }

    /**
     * From now on the exchange's clock is this loop's own: its client has left, and it reads on. False where so many do that this
     * one must do without.
     */
    boolean readOn(Exchange exchange) {
        if (readOn.size() == READ_ON_MAX) {
            return false;
        }
        readOn.add(exchange);
        readingOn = readOn.size();
        return true;
    }

    void readEnds(Exchange exchange) {
        readOn.remove(exchange);
        readingOn = readOn.size();
    }

    /** Nothing that fails in here, an Error neither, may end the clock of all. */
    private void tick() {
        long now = System.nanoTime();
        try {
            date.tick();
        } catch (Throwable bug) {
            complaints.of(bug);
        }
        measure();
        long untaken = 0;
        for (ClientConnection connection = first; connection != null; ) {
            ClientConnection next = connection.next;
            try {
                untaken += connection.untaken();
                connection.tick(now);
            } catch (Throwable bug) {
                complaints.of(bug);
                endQuietly(connection, bug);
            }
            connection = next;
        }
        services.outbound().changed(untaken);
        for (int i = readOn.size() - 1; i >= 0; i--) { // from the end: one that ends takes itself out
            Exchange exchange = readOn.get(i);
            try {
                exchange.tick(now);
            } catch (Throwable bug) {
                complaints.of(bug);
                readEnds(exchange);
            }
        }
        if (now - sweptNanos > TimeUnit.SECONDS.toNanos(1)) {
            sweptNanos = now;
            try {
                upstreams.sweep(now);
            } catch (Throwable bug) {
                complaints.of(bug);
            }
        }
    }

    private void endQuietly(ClientConnection connection, Throwable why) {
        try {
            connection.tickFailed(why);
        } catch (Throwable bug) {
            complaints.of(bug);
        }
    }

    /** Draining: closes connections without a request, here and to providers. */
    public void closeIdle() {
        for (ClientConnection connection = first; connection != null; ) {
            ClientConnection next = connection.next;
            connection.closeIfIdle();
            connection = next;
        }
        upstreams.closeIdle();
    }

    /** The drain time is over: ends what still runs, with an error event where a stream has begun. */
    public void abortAll() {
        for (ClientConnection connection = first; connection != null; ) {
            ClientConnection next = connection.next;
            connection.abort();
            connection = next;
        }
        for (int i = readOn.size() - 1; i >= 0; i--) {
            readOn.get(i).abort(new ShuttingDown());
        }
        upstreams.closeIdle();
    }

    /** Whether no client is connected any more, and none that left is still to be billed. Any thread. */
    public boolean idle() {
        return connections == 0 && readingOn == 0;
    }

    /** Runs something with this loop on its thread. Any thread; waits for it. */
    public void run(Consumer<LoopResources> action) {
        eventLoop.submit(() -> action.accept(this)).syncUninterruptibly();
    }

    Services services() {
        return services;
    }
}
