package io.penstock.bench;

import io.penstock.store.GatewayKey;
import io.penstock.store.StoreException;
import io.penstock.store.sqlite.SqliteStore;
import io.penstock.store.sqlite.StoreOptions;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One check of a client's key, among a hundred keys of a real store. Questions: is a key that is in use found in 150 ns and
 * without allocation ({@code -prof gc}); what does an unknown one cost, which pays for its keyed hash each time?
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class KeyCheckBenchmark {
    private static final int KEYS = 100;

    private @Nullable SqliteStore store;
    private byte[] known = {};
    private byte[] unknown = {};

    @Setup
    public void setup() throws StoreException {
        Lab.prepare();
        SqliteStore opened = SqliteStore.open(StoreOptions.of(StoreOptions.MEMORY, new byte[32]));
        store = opened;
        for (int i = 0; i < KEYS; i++) {
            known = opened.keys().create("agent " + i).text().getBytes(StandardCharsets.US_ASCII);
        }
        unknown = known.clone();
        unknown[unknown.length - 1] ^= 1;
    }

    @TearDown
    public void tearDown() {
        if (store != null) {
            store.close();
        }
    }

    @Benchmark
    public @Nullable GatewayKey known() {
        return find(known);
    }

    @Benchmark
    public @Nullable GatewayKey unknown() {
        return find(unknown);
    }

    private @Nullable GatewayKey find(byte[] text) {
        SqliteStore opened = store;
        return opened == null ? null : opened.keys().find(text, 0, text.length);
    }
}
