package io.penstock.server.exchange;

import io.penstock.catalog.Catalog;
import io.penstock.catalog.Offer;
import io.penstock.catalog.Surcharges;
import io.penstock.plan.Plan;
import io.penstock.pricing.Pricing;
import io.penstock.pricing.TokenEstimate;
import io.penstock.protocol.Extra;
import io.penstock.protocol.ExtraUsage;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.Usage;
import io.penstock.protocol.UsageCounter;
import io.penstock.protocol.UsageCounter.Iteration;
import io.penstock.server.attempt.Attempt;
import io.penstock.server.attempt.ClientRequest;
import io.penstock.server.attempt.Meter;
import io.penstock.server.face.Operation;
import io.penstock.server.observe.CostWatch;
import io.penstock.server.relay.StreamRelay;
import io.penstock.store.EntryKind;
import io.penstock.store.ExchangeEnd;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The money of one exchange: what is held before it is sent, what it turned out to cost, and the entries that say so.
 * One per connection, for its exchange at hand. Event loop only.
 */
final class Charge implements Meter {
    private final UsageCounter counter = new UsageCounter(1);
    private final ScriptCounter text = new ScriptCounter();
    private boolean embeddings;
    private @Nullable Catalog catalog; // null while nothing is planned, as the two below
    private @Nullable Offer offer; // that is tried
    private long inputTokens; // a guess
    private int images; // of the prompt
    private long holdNanos = -1; // -1: none is held
    private long costNanos;
    private Set<Extra> unpricedExtras = Set.of();
    private @Nullable Usage counted;
    private List<Pricing.Run> runs = List.of(); // of which it is the sum; none: it is one
    private @Nullable String unpriced; // a model that ran as well, at the price of the one asked for

    /** Forgets the request before; holds nothing yet. */
    void begin(ClientRequest request) {
        embeddings = request.operation() == Operation.EMBEDDINGS;
        catalog = null;
        offer = null;
        inputTokens = 0;
        images = 0;
        holdNanos = -1;
        costNanos = 0;
        unpricedExtras = Set.of();
        counted = null;
        runs = List.of();
        unpriced = null;
    }

    /** What the request was planned to be, with the prices of that moment. */
    void plan(Plan plan, int itsImages, Catalog prices) {
        catalog = prices;
        inputTokens = plan.inputTokens();
        images = itsImages;
    }

    /** From here on that offer is tried, and billed if it answers. */
    void tries(Offer one) {
        offer = one;
    }

    /** So much is held for the request. */
    void held(long nanos) {
        holdNanos = nanos;
    }

    @Override
    public UsageCounter counter() {
        return counter;
    }

    @Override
    public ScriptCounter text() {
        return text;
    }

    @Override
    public long inputTokens() {
        return inputTokens;
    }

    @Override
    public void fix() {
        settle(Outcome.COMPLETED, null);
    }

    /** Whether there is a hold, which must be ended. */
    boolean holds() {
        return holdNanos >= 0;
    }

    /**
     * Fixes what was used and what it costs.
     *
     * @param attempt that answers; null if none does
     */
    void settle(Outcome how, @Nullable Attempt attempt) {
        Offer by = offer;
        StreamRelay relay = attempt == null ? null : attempt.answer().relay();
        boolean complete = how == Outcome.COMPLETED;
        boolean finished = complete || how == Outcome.LEFT && relay != null && relay.finishReason() != null;
        Usage spent = null;
        runs = List.of();
        unpriced = null;
        if (by != null) {
            if (finished && reported() && (relay == null || relay.usageComplete())) {
                spent = counter.usage();
                priceRuns(by);
            } else if (complete || relay != null && relay.delivered()) {
                spent = estimated();
            }
        }
        counted = spent;
        costNanos = spent == null || by == null ? 0 : Math.addExact(cost(by, spent, runs), extras(by));
        if (costNanos > holdNanos && spent != null && spent.estimated()) {
            costNanos = holdNanos;
        }
    }

    /** What the provider did beside tokens; what of it has no price is counted in a metric. */
    private long extras(Offer by) {
        ExtraUsage used = counter.extras();
        if (!used.any() || by.price().free()) {
            return 0;
        }
        Surcharges surcharges = prices().surcharges(by.provider());
        unpricedExtras = surcharges.unpriced(used);
        return surcharges.cost(used);
    }

    /** What was used and has no price here: the bill is without it. Empty for most answers. */
    Set<Extra> unpricedExtras() {
        return unpricedExtras;
    }

    private void priceRuns(Offer by) {
        List<Iteration> iterations = counter.iterations();
        if (!iterations.isEmpty()) {
            RunPrices prices = RunPrices.of(iterations, by, prices());
            runs = prices.runs();
            unpriced = prices.unpriced();
        }
    }

    private long cost(Offer by, Usage spent, List<Pricing.Run> runs) {
        return runs.isEmpty() ? Pricing.cost(by.price(), spent, images) : Pricing.cost(by.price(), runs, images);
    }

    private boolean reported() {
        return embeddings ? counter.reportedInput() : counter.reported();
    }

    /** What was reported so far, completed by what we counted. */
    private Usage estimated() {
        Usage told = counter.usage();
        boolean inputTold = told.totalInput() > 0;
        return new Usage(
                inputTold ? told.input() : inputTokens,
                told.cacheRead(),
                told.cacheWrite(),
                told.cacheWrite1h(),
                Math.max(told.output(), TokenEstimate.tokens(text)),
                told.reasoning(),
                true);
    }

    private Catalog prices() {
        Catalog known = catalog;
        if (known == null) {
            throw new IllegalStateException("nothing planned");
        }
        return known;
    }

    /** What {@link #settle} found to be used; null if nothing was. */
    @Nullable
    Usage counted() {
        return counted;
    }

    /** What the provider said that the answer cost; negative if it did not, or nothing was used. */
    long toldCostNanos() {
        return counted == null ? -1 : counter.toldCostNanos();
    }

    /** The ledger's view of what {@link #settle} fixed. */
    ExchangeEnd end(RequestLogEntry entry) {
        Usage spent = counted;
        return new ExchangeEnd(
                spent == null ? EntryKind.RELEASE : EntryKind.SETTLEMENT, holdNanos, entry.endedAtMillis(), entry);
    }

    /** What the provider says that the answer cost, if that is more than 1 % off what was billed; else -1. */
    long otherCostNanos() {
        Usage u = counted;
        long told = counter.toldCostNanos();
        boolean compared = u != null && !u.estimated() && told >= 0;
        return compared && CostWatch.differs(costNanos, told) ? told : -1;
    }

    /** What a person should know of the bill; null if nothing. */
    @Nullable
    String note() {
        String differs = otherCostNanos() < 0 ? null : "cost differs from the provider's";
        if (unpriced == null) {
            return differs;
        }
        String runs = "no price of " + unpriced + ", which ran as well";
        return differs == null ? runs : runs + "; " + differs;
    }

    @Override
    public Usage usage() {
        Usage u = counted;
        return u == null ? new Usage(0, 0, 0, 0, 0, 0, true) : u;
    }

    @Override
    public long costNanos() {
        return costNanos;
    }

    @Override
    public long inputCostNanos() {
        Usage u = counted;
        Offer by = offer;
        if (u == null || by == null) {
            return 0;
        }
        List<Pricing.Run> inputs = runs.isEmpty()
                ? runs
                : runs.stream()
                        .map(run -> new Pricing.Run(run.price(), input(run.usage())))
                        .toList();
        return cost(by, input(u), inputs);
    }

    private static Usage input(Usage u) {
        return new Usage(u.input(), u.cacheRead(), u.cacheWrite(), u.cacheWrite1h(), 0, 0, u.estimated());
    }
}
