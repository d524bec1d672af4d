package io.penstock.server.observe;

import io.penstock.money.Nanos;
import io.penstock.server.upstream.WarningPace;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches what providers say that their answers cost, where they say so: our price of one may be out of date, or it bills
 * something that we do not. Counts each that differs; warns once a minute of a provider. Safe from any thread.
 */
public final class CostWatch {
    private static final Logger LOG = LoggerFactory.getLogger(CostWatch.class);
    private static final long PART = 100; // one in a hundred is still the same

    private final Metrics metrics;
    private final LongSupplier nanoTime;
    private final ConcurrentHashMap<String, WarningPace> warned = new ConcurrentHashMap<>(); // providers are few

    public CostWatch(Metrics metrics, LongSupplier nanoTime) {
        this.metrics = metrics;
        this.nanoTime = nanoTime;
    }

    /** Whether two amounts differ by more than 1 % of the provider's. Neither is negative. */
    public static boolean differs(long oursNanos, long theirsNanos) {
        return Math.abs(oursNanos - theirsNanos) > theirsNanos / PART;
    }

    /** An answer used something that has no price here. */
    public void unpriced(String what) {
        metrics.unpriced(what);
    }

    /** An answer of that provider was billed otherwise than it says. */
    public void differed(String provider, String requestId, long oursNanos, long theirsNanos) {
        metrics.costDiffers(provider);
        WarningPace pace = warned.computeIfAbsent(provider, any -> new WarningPace());
        if (pace.count(nanoTime.getAsLong()) > 0) {
            LOG.warn(
                    "{} says that request {} cost {} USD, we billed {}: check the prices of its models",
                    provider,
                    requestId,
                    Nanos.shortest(theirsNanos),
                    Nanos.shortest(oursNanos));
        }
    }
}
