package io.penstock.server.exchange;

import io.penstock.catalog.Model;
import io.penstock.catalog.Sort;
import io.penstock.protocol.Protocol;
import io.penstock.routing.RouteRequest;
import io.penstock.routing.Router;
import io.penstock.server.attempt.AttemptResources;
import io.penstock.server.attempt.Limits;
import io.penstock.server.observe.AccessLog;
import io.penstock.server.observe.CostWatch;
import io.penstock.server.observe.ExchangeMetrics;
import io.penstock.server.observe.ExchangeObserver;
import io.penstock.server.observe.ExchangeObservers;
import io.penstock.server.observe.Metrics;
import io.penstock.server.upstream.ProviderRegistry;
import io.penstock.server.wire.HttpServer;
import io.penstock.server.wire.MemoryBudget;
import io.penstock.store.Store;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What every exchange of one gateway shares. Immutable but for the models on offer, which are replaced whole, and the counts;
 * safe from any thread.
 */
public final class Services {
    private final HttpServer server;
    private final Store store;
    private final Router direct;
    private final Router auto;
    private final Metrics metrics;
    private final TokenCounts tokenCounts = new TokenCounts();
    private final CostWatch costs;
    private final ExchangeObserver observers;
    private final AttemptResources attempts;
    private volatile ProviderRegistry registry;
    private volatile ModelSearch modelSearch = ModelSearch.NONE;
    private volatile @Nullable RouteRequest lastDirect;
    private volatile int attemptsMax = 1; // whether and when another offer follows is to be decided by rules

    public Services(
            AttemptResources attempts,
            HttpServer server,
            Store store,
            Router direct,
            Router auto,
            Metrics metrics,
            ProviderRegistry registry) {
        this.server = server;
        this.store = store;
        this.direct = direct;
        this.auto = auto;
        this.metrics = metrics;
        this.costs = new CostWatch(metrics, System::nanoTime);
        this.registry = registry;
        this.observers = new ExchangeObservers(List.of(new ExchangeMetrics(metrics)));
        this.attempts = attempts;
        store.requests().listener(AccessLog::exchange);
    }

    public Limits limits() {
        return attempts.limits();
    }

    public Store store() {
        return store;
    }

    Router direct() {
        return direct;
    }

    /** A request for that model of which nothing else matters: the last one made, if it is that. */
    @SuppressWarnings("ReferenceEquality") // the same object, or it is made anew
    RouteRequest directRequest(Model model, Protocol protocol, Sort sort) {
        RouteRequest last = lastDirect;
        if (last == null || last.model() != model || last.protocol() != protocol || last.sort() != sort) {
            last = RouteRequest.direct(model, protocol, sort);
            lastDirect = last;
        }
        return last;
    }

    Router auto() {
        return auto;
    }

    public Metrics metrics() {
        return metrics;
    }

    /** Counts tokens where no provider does; to be closed behind the last exchange. */
    public TokenCounts tokenCounts() {
        return tokenCounts;
    }

    /** What may be held of direct memory: request bodies, answers, cut events, and what clients have not taken yet. */
    MemoryBudget buffers() {
        return server.buffers();
    }

    /** Who looks on while exchanges go their way. */
    ExchangeObserver observers() {
        return observers;
    }

    /** What all attempts share. */
    public AttemptResources attempts() {
        return attempts;
    }

    /** How many offers of a plan are tried at most. */
    int attemptsMax() {
        return attemptsMax;
    }

    /** Compares what providers say that answers cost. */
    CostWatch costs() {
        return costs;
    }

    /** The models on offer now. */
    public ProviderRegistry registry() {
        return registry;
    }

    /** Puts other models on offer, from the next request on. */
    public void registry(ProviderRegistry registry) {
        this.registry = registry;
    }

    ModelSearch modelSearch() {
        return modelSearch;
    }

    /** Who looks for models that nobody has; nobody until told. */
    public void modelSearch(ModelSearch search) {
        modelSearch = search;
    }

    /** Where clients connect. */
    public HttpServer server() {
        return server;
    }

    /** Lets so many offers of a plan be tried. */
    void attemptsMax(int max) {
        attemptsMax = max;
    }
}
