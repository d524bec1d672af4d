package io.penstock.server.wire;

import io.netty.channel.EventLoop;
import io.penstock.protocol.BodyScanner;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all connections of one event loop share: ids, the date, scratch memory, the clock of deadlines. Belongs to that loop;
 * nothing here is thread-safe but {@link #run}.
 *
 * <p>Deadlines are kept by one tick that looks at everything that has any, not by a timer each: setting one is a field's write,
 * and being a tick late is nothing against seconds.
 */
public final class LoopResources {
    /** Largest piece of a body that is scanned at once, in bytes: half of a first-level cache. 64 KiB cost 6 % more. */
    static final int SCRATCH_BYTES = 16 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(LoopResources.class);
    private static final long TICK_MILLIS = 50;
    private static final int SCANNERS_KEPT = 64;
    private static final int BODIES_KEPT = 64;

    private final EventLoop eventLoop;
    private final IntSupplier roomNow;
    private final RequestIds ids = new RequestIds(new SecureRandom().nextLong());
    private final byte[] scratch = new byte[SCRATCH_BYTES];
    private final ArrayDeque<BodyScanner> scanners = new ArrayDeque<>();
    private final ArrayDeque<RequestBody> bodies = new ArrayDeque<>();
    private final HttpDate date = new HttpDate();
    private final ReadSizes readSizes = new ReadSizes();
    private final Complaints complaints = new Complaints(LOG, "the clock of deadlines");
    private @Nullable Place first; // of a doubly linked list of all that ticks
    private int room = ReadSizes.BYTES_MAX; // what a client may leave lying

    /** Where something that ticks stands in its loop's list. */
    public final class Place {
        private final Ticking it;
        private @Nullable Place next;
        private @Nullable Place previous;
        private boolean left;

        private Place(Ticking it) {
            this.it = it;
        }

        /** It ticks no more; harmless when done twice. */
        public void leave() {
            if (left) {
                return;
            }
            left = true; // its next one stays, for a tick may stand here
            if (previous != null) {
                previous.next = next;
            } else {
                first = next;
            }
            if (next != null) {
                next.previous = previous;
            }
        }
    }

    /**
     * Ticks from {@link #start} on.
     *
     * @param roomNow how much a client may leave lying of its answer now, in bytes
     */
    public LoopResources(EventLoop eventLoop, IntSupplier roomNow) {
        this.eventLoop = eventLoop;
        this.roomNow = roomNow;
    }

    /** Starts the tick. */
    public void start() {
        eventLoop.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    public EventLoop eventLoop() {
        return eventLoop;
    }

    String nextId() {
        return ids.next(System.currentTimeMillis());
    }

    /** For moments only: whoever is asked next may use it too. */
    public byte[] scratch() {
        return scratch;
    }

    public HttpDate date() {
        return date;
    }

    /** How much is read of a provider at once. */
    public ReadSizes readSizes() {
        return readSizes;
    }

    /** One that has seen nothing yet; to be given back. */
    public BodyScanner scanner() {
        BodyScanner scanner = scanners.pollFirst();
        return scanner == null ? new BodyScanner() : scanner;
    }

    public void giveBack(BodyScanner scanner) {
        if (scanners.size() < SCANNERS_KEPT) {
            scanner.reset();
            scanners.addFirst(scanner);
        }
    }

    /** An empty one, which counts in that budget; to be given back. */
    RequestBody body(MemoryBudget budget) {
        RequestBody body = bodies.pollFirst();
        return body == null || !body.countsIn(budget) ? new RequestBody(budget) : body;
    }

    /** Releases it, and keeps it for another request: nobody may use it from here on. */
    public void giveBack(RequestBody body) {
        body.release();
        if (bodies.size() < BODIES_KEPT) {
            bodies.addFirst(body);
        }
    }

    /** From now on that ticks; what came last is looked at first. */
    public Place add(Ticking it) {
        Place place = new Place(it);
        Place second = first;
        place.next = second;
        if (second != null) {
            second.previous = place;
        }
        first = place;
        return place;
    }

    /** Sees anew how much a client may leave lying. */
    void measure() {
        room = roomNow.getAsInt();
        readSizes.most(room);
    }

    /** How much a client may leave lying before its provider is no longer read, in bytes. */
    int room() {
        return room;
    }

    /** Nothing that fails in here, an Error neither, may end the clock of all. */
    private void tick() {
        long now = System.nanoTime();
        try {
            date.tick();
            measure();
        } catch (Throwable bug) {
            complaints.of(bug);
        }
        each(it -> {
            try {
                it.tick(now);
            } catch (Throwable bug) {
                complaints.of(bug);
                endQuietly(it, bug);
            }
        });
    }

    private void endQuietly(Ticking it, Throwable why) {
        try {
            it.tickFailed(why);
        } catch (Throwable bug) {
            complaints.of(bug);
        }
    }

    /** Draining: ends what has nothing to do. */
    public void closeIdle() {
        each(Ticking::closeIfIdle);
    }

    /** The drain time is over: ends what still runs, with an error event where a stream has begun. */
    public void abortAll() {
        each(Ticking::abort);
    }

    /** Each may leave meanwhile, or have others leave. */
    void each(Consumer<Ticking> what) {
        for (Place place = first; place != null; place = place.next) {
            if (!place.left) {
                what.accept(place.it);
            }
        }
    }

    /** Runs something with this loop on its thread. Any thread; waits for it. */
    public void run(Consumer<LoopResources> action) {
        eventLoop.submit(() -> action.accept(this)).syncUninterruptibly();
    }
}
