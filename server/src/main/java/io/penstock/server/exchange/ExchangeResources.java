package io.penstock.server.exchange;

import io.penstock.routing.DirectRouter;
import io.penstock.routing.Router;
import io.penstock.server.observe.CostWatch;
import io.penstock.server.observe.ExchangeMetrics;
import io.penstock.server.observe.ExchangeObserver;
import io.penstock.server.observe.ExchangeObservers;
import io.penstock.server.observe.Metrics;
import io.penstock.server.upstream.ProviderRegistry;
import io.penstock.store.Store;
import java.util.List;

/**
 * What all exchanges of a gateway share. Safe from any thread.
 *
 * @param store where money and rows go
 * @param models on offer
 * @param routing who chooses among them
 * @param tokenCounts counts tokens where no provider does; to be closed behind the last exchange
 * @param costs compares what providers say that answers cost
 * @param observers who looks on while exchanges go their way
 */
public record ExchangeResources(
        Store store,
        ModelsOnOffer models,
        Routing routing,
        TokenCounts tokenCounts,
        Metrics metrics,
        CostWatch costs,
        ExchangeObserver observers) {
    /** With nothing counted yet. */
    public static ExchangeResources of(Store store, ProviderRegistry registry, Router auto, Metrics metrics) {
        return new ExchangeResources(
                store,
                new ModelsOnOffer(registry),
                new Routing(new DirectRouter(), auto),
                new TokenCounts(),
                metrics,
                new CostWatch(metrics, System::nanoTime),
                new ExchangeObservers(List.of(new ExchangeMetrics(metrics))));
    }
}
