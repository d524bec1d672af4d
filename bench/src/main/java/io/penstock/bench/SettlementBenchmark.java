package io.penstock.bench;

import io.penstock.protocol.Usage;
import io.penstock.store.Committed;
import io.penstock.store.EntryKind;
import io.penstock.store.ExchangeEnd;
import io.penstock.store.HoldRefusal;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import io.penstock.store.Reservation;
import io.penstock.store.Reserved;
import io.penstock.store.StoreException;
import io.penstock.store.disk.DataDirectory;
import io.penstock.store.sqlite.SqliteStore;
import io.penstock.store.sqlite.StoreOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Hold and settlement of one exchange, on a database on disk. Questions: do both cost the event loop under 2 µs, the redo
 * log and waking the writer included; how long does the end of a lone answer wait until it is durable; how many exchanges a
 * second does the one writer commit? Allocation is that of both threads.
 */
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SettlementBenchmark implements Committed, Reserved {
    private static final int BATCH = 1_000; // exchanges that are under way at once

    private final Semaphore committed = new Semaphore(0);
    private @Nullable DataDirectory directory;
    private @Nullable SqliteStore store;
    private @Nullable Path path;
    private long count;
    private int queued;

    @Setup
    public void setup() throws IOException, StoreException {
        Lab.prepare();
        Path made = Files.createTempDirectory("penstock-bench");
        DataDirectory locked = DataDirectory.open(made);
        path = made;
        directory = locked;
        store = SqliteStore.open(StoreOptions.of("jdbc:sqlite:" + made.resolve("penstock.db"), locked.pepper()));
    }

    /** Lets the writer catch up between measurements, so that the queue is as short as a gateway's. */
    @Setup(Level.Invocation)
    public void drain() {
        SqliteStore opened = store;
        if (opened != null) {
            opened.catchUp();
        }
        committed.acquireUninterruptibly(queued);
        queued = 0;
    }

    @TearDown
    public void tearDown() throws IOException {
        drain();
        if (store != null) {
            store.close();
        }
        if (directory != null) {
            directory.close();
        }
        if (path != null) {
            try (Stream<Path> files = Files.walk(path)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /** What the event loop pays for an exchange of a busy gateway. */
    @Benchmark
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    @OperationsPerInvocation(BATCH)
    public void queue() {
        for (int i = 0; i < BATCH; i++) {
            exchange();
        }
        queued = BATCH;
    }

    /** From the hold to the settlement's being durable, on a gateway with nothing else to do. */
    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @OutputTimeUnit(TimeUnit.MICROSECONDS)
    @Warmup(iterations = 300)
    @Measurement(iterations = 100)
    public void alone() {
        exchange();
        committed.acquireUninterruptibly();
    }

    /** Exchanges that the writer commits in a second. */
    @Benchmark
    @BenchmarkMode(Mode.Throughput)
    @OutputTimeUnit(TimeUnit.SECONDS)
    @OperationsPerInvocation(BATCH)
    public void commit() {
        for (int i = 0; i < BATCH; i++) {
            exchange();
        }
        queued = BATCH;
        drain();
    }

    private void exchange() {
        SqliteStore opened = store;
        if (opened == null) {
            return;
        }
        long now = System.currentTimeMillis();
        String id = "gen-1763690000-" + (1_000_000_000_000L + count++) + "BenchBenchBen";
        opened.ledger().reserve(new Reservation(id, 1, 20_000_000, now), this);
        RequestLogEntry log = new RequestLogEntry(
                id,
                1,
                "openai",
                "gpt-5-mini",
                "openai/gpt-5-mini",
                "openai",
                true,
                200,
                Outcome.COMPLETED,
                1,
                now,
                400_000,
                2_000_000,
                new Usage(812, 640, 0, 0, 200, 0, false),
                520_000,
                "stop",
                "direct",
                null,
                null,
                -1,
                null);
        opened.ledger().settle(new ExchangeEnd(EntryKind.SETTLEMENT, 20_000_000, now, log), this);
    }

    @Override
    public void granted(long holdNanos) {
        // all that it asked for
    }

    @Override
    public void refused(HoldRefusal why) {
        throw new IllegalStateException("the store does not take holds: " + why);
    }

    @Override
    public void committed(boolean durable) {
        if (!durable) {
            throw new IllegalStateException("a settlement was not written");
        }
        committed.release();
    }
}
