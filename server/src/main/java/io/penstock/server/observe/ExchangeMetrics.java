package io.penstock.server.observe;

/** Counts exchanges. Safe from any thread. */
public final class ExchangeMetrics implements ExchangeObserver {
    private final Metrics metrics;

    public ExchangeMetrics(Metrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public void attempted(ObservedExchange exchange, boolean well) {
        String provider = exchange.provider();
        if (provider != null) {
            metrics.attempt(provider, well ? "ok" : "failed");
        }
    }

    @Override
    public void progressed(ObservedExchange exchange) {
        metrics.streamBegan();
    }

    @Override
    public void ended(ObservedExchange exchange) {
        if (exchange.streaming()) {
            metrics.streamEnded();
        }
        metrics.exchange(
                exchange.face(),
                exchange.model(),
                exchange.status(),
                exchange.firstByteNanos(),
                exchange.overheadNanos());
    }
}
