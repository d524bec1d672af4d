package io.penstock.server.observe;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** The metrics of one gateway, in a registry of their own. Safe from any thread; recording neither blocks nor logs. */
public final class Metrics {
    private static final double NANOS = 1e9;
    private static final double[] FIRST_BYTE_SECONDS = {0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300};
    private static final double[] OVERHEAD_SECONDS = {
        0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1
    };

    /** Labels of {@code penstock_requests_total} as one key. */
    private record Labels(String face, String model, int status) {
        boolean are(String itsFace, String itsModel, int itsStatus) {
            return status == itsStatus && model.equals(itsModel) && face.equals(itsFace);
        }
    }

    private record Counted(Labels labels, CounterDataPoint point) {}

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Counter requests = Counter.builder()
            .name("penstock_requests_total")
            .help("Requests by face, model and the status sent; 499: the client left")
            .labelNames("face", "model", "status")
            .withoutExemplars()
            .register(registry);
    private final Counter attempts = Counter.builder()
            .name("penstock_attempts_total")
            .help("Attempts at providers by outcome")
            .labelNames("provider", "outcome")
            .withoutExemplars()
            .register(registry);
    private final DistributionDataPoint firstByte = Histogram.builder()
            .name("penstock_first_byte_seconds")
            .help("From a request's arrival to the provider's first byte")
            .classicOnly()
            .withoutExemplars()
            .classicUpperBounds(FIRST_BYTE_SECONDS)
            .register(registry);
    private final DistributionDataPoint overhead = Histogram.builder()
            .name("penstock_overhead_seconds")
            .help("What Penstock itself added to an exchange, the settlement included")
            .classicOnly()
            .withoutExemplars()
            .classicUpperBounds(OVERHEAD_SECONDS)
            .register(registry);
    private final Counter dropped = Counter.builder()
            .name("penstock_translation_dropped_total")
            .help("Requests of which a translation left something out, by what it was")
            .labelNames("what")
            .withoutExemplars()
            .register(registry);
    private final Counter redoLost = Counter.builder()
            .name("penstock_redo_lost_total")
            .help(
                    "Ledger records that were acknowledged and are known to be lost with the redo log of an earlier process")
            .withoutExemplars()
            .register(registry);
    private final Counter unpriced = Counter.builder()
            .name("penstock_unpriced_total")
            .help("Answers that used something beside tokens that has no price here, by what it was")
            .labelNames("what")
            .withoutExemplars()
            .register(registry);
    private final Counter costDiffers = Counter.builder()
            .name("penstock_cost_differs_total")
            .help("Answers that their provider says cost something else than was billed, by more than 1 %")
            .labelNames("provider")
            .withoutExemplars()
            .register(registry);
    private final Gauge streams = Gauge.builder()
            .name("penstock_streams_active")
            .help("Streams that have begun and not ended")
            .withoutExemplars()
            .register(registry);
    private final ConcurrentHashMap<Labels, CounterDataPoint> requestPoints = new ConcurrentHashMap<>();
    private volatile @Nullable Counted lastCounted;
    private final ConcurrentHashMap<String, CounterDataPoint> attemptPoints = new ConcurrentHashMap<>();
    private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
    private final byte @Nullable [] tokenHash;

    /**
     * @param queued entries that wait for the store's writing thread
     * @param token the admin token that a scrape must show; null when none need be shown
     */
    public Metrics(IntSupplier queued, @Nullable String token) {
        this.tokenHash = token == null ? null : sha256(token);
        GaugeWithCallback.builder()
                .name("penstock_store_queue_entries")
                .help("Ledger and log entries that wait for the next commit")
                .callback(callback -> callback.call(queued.getAsInt()))
                .register(registry);
    }

    /** Whether a scrape that shows this token is allowed. */
    public boolean open(@Nullable String shown) {
        byte[] expected = tokenHash;
        return expected == null || shown != null && MessageDigest.isEqual(expected, sha256(shown));
    }

    /** A request that never became an exchange. */
    public void refused(String face, int status) {
        count(face, "", status);
    }

    /**
     * The end of an exchange.
     *
     * @param firstByteNanos negative when unknown
     * @param overheadNanos negative when unknown
     */
    public void exchange(String face, String model, int status, long firstByteNanos, long overheadNanos) {
        count(face, model, status);
        if (firstByteNanos >= 0) {
            firstByte.observe(firstByteNanos / NANOS);
        }
        if (overheadNanos >= 0) {
            overhead.observe(overheadNanos / NANOS);
        }
    }

    private void count(String face, String model, int status) {
        Counted last = lastCounted;
        if (last != null && last.labels().are(face, model, status)) {
            last.point().inc(); // as most are: no key to be made
            return;
        }
        Labels labels = new Labels(face, model, status);
        CounterDataPoint point = requestPoints.get(labels);
        if (point == null) {
            point = requests.labelValues(face, model, Integer.toString(status));
            requestPoints.put(labels, point);
        }
        lastCounted = new Counted(labels, point);
        point.inc();
    }

    public void attempt(String provider, String outcome) {
        String key = outcome.equals("ok") ? provider : provider + " " + outcome;
        CounterDataPoint point = attemptPoints.get(key);
        if (point == null) {
            point = attempts.labelValues(provider, outcome);
            attemptPoints.put(key, point);
        }
        point.inc();
    }

    /** A translation left something out; {@code what} is one of a few words. */
    public void dropped(String what) {
        dropped.labelValues(what).inc();
    }

    /** What the start found missing. */
    public void redoLost(long records) {
        redoLost.inc(records);
    }

    /** An answer used something that is not in its bill; {@code what} is one of a few words. */
    public void unpriced(String what) {
        unpriced.labelValues(what).inc();
    }

    /** A provider says that an answer cost something else than was billed. */
    public void costDiffers(String provider) {
        costDiffers.labelValues(provider).inc();
    }

    public void streamBegan() {
        streams.inc();
    }

    public void streamEnded() {
        streams.dec();
    }

    public byte[] contentType() {
        return writer.getContentType().getBytes(StandardCharsets.US_ASCII);
    }

    /** All metrics as Prometheus text. */
    public byte[] scrape() {
        ByteArrayOutputStream out = new ByteArrayOutputStream(4096);
        try {
            writer.write(out, registry.scrape());
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return out.toByteArray();
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible); // every JDK has it
        }
    }
}
