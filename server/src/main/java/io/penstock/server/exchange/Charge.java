package io.penstock.server.exchange;

import io.penstock.catalog.Offer;
import io.penstock.catalog.Surcharges;
import io.penstock.error.GatewayError.InvalidField;
import io.penstock.error.GatewayError.StoreUnavailable;
import io.penstock.error.GatewayException;
import io.penstock.pricing.Pricing;
import io.penstock.pricing.TokenEstimate;
import io.penstock.protocol.ChatRequest;
import io.penstock.protocol.ChatRequest.Field;
import io.penstock.protocol.Extra;
import io.penstock.protocol.ExtraUsage;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.Usage;
import io.penstock.protocol.UsageCounter;
import io.penstock.protocol.UsageCounter.Iteration;
import io.penstock.provider.ImageTokens;
import io.penstock.server.face.Operation;
import io.penstock.server.face.openrouter.Bill;
import io.penstock.server.relay.StreamRelay;
import io.penstock.server.upstream.Target;
import io.penstock.store.EntryKind;
import io.penstock.store.ExchangeEnd;
import io.penstock.store.GatewayKey;
import io.penstock.store.HoldRefusal;
import io.penstock.store.Ledger;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import io.penstock.store.Reservation;
import io.penstock.store.Reserved;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The money of one exchange: what is held before it is sent, what it turned out to cost, and the entries that say so.
 * One per connection, for its exchange at hand. Event loop only.
 */
final class Charge implements Bill, Reserved {
    private static final int EXTRAS_HELD =
            10; // searches and the like: more in one answer is seldom, and settled in full
    private static final int ANSWERS_MAX = 128; // OpenAI's own limit of n

    private final Ledger ledger;
    private final Choice choice;
    private final UsageCounter counter;
    private final ScriptCounter text;
    private String requestId = "";
    private long keyId;
    private long holdNanos = -1; // -1: none is held
    private long costNanos;
    private int images; // of the prompt
    private Set<Extra> unpricedExtras = Set.of();
    private @Nullable Usage counted;
    private List<Pricing.Run> runs = List.of(); // of which it is the sum; none: it is one
    private @Nullable String unpriced; // a model that ran as well, at the price of the one asked for

    /**
     * Of a connection without a request.
     *
     * @param counter of what the provider reports
     * @param text of what was delivered
     */
    Charge(Ledger ledger, Choice choice, UsageCounter counter, ScriptCounter text) {
        this.ledger = ledger;
        this.choice = choice;
        this.counter = counter;
        this.text = text;
    }

    /** Forgets the request before; holds nothing yet. */
    void begin(GatewayKey key, String id) {
        keyId = key.id();
        requestId = id;
        holdNanos = -1;
        costNanos = 0;
        images = 0;
        unpricedExtras = Set.of();
        counted = null;
        runs = List.of();
        unpriced = null;
    }

    /** Sets aside what the request may cost at most. Throws {@link GatewayException} if that cannot be written. */
    void hold(ChatRequest request, Offer chosen) {
        long asked = Choice.outputAsked(request, choice.face().protocol());
        long output = choice.operation() == Operation.EMBEDDINGS
                ? 0
                : asked >= 0 ? Math.min(asked, chosen.maxOutput()) : chosen.maxOutput();
        images = request.images();
        long input = Math.max(0, request.bytes() - request.mediaBytes()) + mediaTokensCap(request, chosen);
        if (choice.face().protocol() == Protocol.RESPONSES && inputElsewhere(request)
                || request.filesElsewhere()
                || request.providerTools()) {
            input = Math.max(input, chosen.context());
        }
        long nanos = Pricing.estimate(chosen.price(), input, output, answers(request), images);
        nanos = Math.addExact(nanos, extras(request, chosen));
        ledger.reserve(new Reservation(requestId, keyId, nanos, System.currentTimeMillis()), this);
        if (!holds()) {
            throw new GatewayException(new StoreUnavailable());
        }
    }

    @Override
    public void granted(long nanos) {
        holdNanos = nanos;
    }

    @Override
    public void refused(HoldRefusal why) {
        holdNanos = -1;
    }

    /** What the provider's own tools may cost; nothing in a request says how often they are used. */
    private long extras(ChatRequest request, Offer chosen) {
        long nanos = 0;
        for (Extra extra : request.extrasAsked()) {
            nanos = Math.addExact(
                    nanos, choice.catalog().surcharges(chosen.provider()).cost(extra, EXTRAS_HELD));
        }
        return nanos;
    }

    /** Whether the provider adds what it keeps to the input, of which we only know that it fits. */
    private static boolean inputElsewhere(ChatRequest request) {
        return request.has(Field.PREVIOUS_RESPONSE_ID) || request.has(Field.CONVERSATION) || request.has(Field.PROMPT);
    }

    /** Answers that are made: of completions each prompt's, and of these the ones that are not told, too. */
    private int answers(ChatRequest request) {
        if (request.n() > ANSWERS_MAX) {
            throw new GatewayException(new InvalidField("n", "at most " + ANSWERS_MAX));
        }
        if (choice.operation() != Operation.COMPLETIONS) {
            return (int) Math.max(1, request.n());
        }
        if (request.bestOf() > ANSWERS_MAX) {
            throw new GatewayException(new InvalidField("best_of", "at most " + ANSWERS_MAX));
        }
        return (int) Math.max(1, Math.max(request.n(), request.bestOf())) * request.prompts();
    }

    /** Images by number, since a URL tells nothing of them; what is sent of other kinds by its bytes. */
    private static long mediaTokensCap(ChatRequest request, Offer chosen) {
        long ofImages = request.images() == 0 ? 0 : request.images() * ImageTokens.max(chosen.nativeId());
        boolean others = request.hasFiles() || request.hasAudio();
        return ofImages
                + (others && request.mediaBytes() > 0
                        ? Math.max(InputGuess.TOKENS_PER_IMAGE_MAX, request.mediaBytes() / 100)
                        : 0);
    }

    /** Whether there is a hold, which must be ended. */
    boolean holds() {
        return holdNanos >= 0;
    }

    /**
     * Fixes what was used and what it costs.
     *
     * @param relay null if the answer was not streamed
     */
    void settle(Outcome how, @Nullable StreamRelay relay) {
        Offer by = choice.offer();
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
        Surcharges surcharges = choice.catalog().surcharges(by.provider());
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
            RunPrices prices = RunPrices.of(iterations, by, choice.catalog());
            runs = prices.runs();
            unpriced = prices.unpriced();
        }
    }

    private long cost(Offer by, Usage spent, List<Pricing.Run> runs) {
        return runs.isEmpty() ? Pricing.cost(by.price(), spent, images) : Pricing.cost(by.price(), runs, images);
    }

    private boolean reported() {
        return choice.operation() == Operation.EMBEDDINGS ? counter.reportedInput() : counter.reported();
    }

    /** What was reported so far, completed by what we counted. */
    private Usage estimated() {
        Usage told = counter.usage();
        boolean inputTold = told.totalInput() > 0;
        return new Usage(
                inputTold ? told.input() : choice.inputTokensGuess(),
                told.cacheRead(),
                told.cacheWrite(),
                told.cacheWrite1h(),
                Math.max(told.output(), TokenEstimate.tokens(text)),
                told.reasoning(),
                true);
    }

    /** The ledger's view of what {@link #settle} fixed. */
    ExchangeEnd end(RequestLogEntry entry) {
        Usage spent = counted;
        return new ExchangeEnd(
                requestId,
                keyId,
                spent == null ? EntryKind.RELEASE : EntryKind.SETTLEMENT,
                holdNanos,
                costNanos,
                spent != null && spent.estimated(),
                costNanos > holdNanos,
                entry.atMillis() + entry.durationMicros() / 1000,
                entry);
    }

    /**
     * The row of an exchange that ends now.
     *
     * @param answeredNanos when the provider's answer began; 0 if it did not
     */
    RequestLogEntry logEntry(
            Outcome how,
            int status,
            int attempts,
            long arrivedNanos,
            long answeredNanos,
            @Nullable String finishReason,
            ClientFacts client) {
        Usage u = counted;
        Target to = choice.target();
        long now = System.nanoTime();
        return new RequestLogEntry(
                requestId,
                keyId,
                choice.face().label(),
                client.safe(choice.requestedModel()),
                choice.modelId(),
                to == null ? null : to.provider(),
                choice.wantsStream(),
                status,
                how,
                attempts,
                System.currentTimeMillis() - (now - arrivedNanos) / 1_000_000,
                answeredNanos == 0 ? -1 : (answeredNanos - arrivedNanos) / 1000,
                (now - arrivedNanos) / 1000,
                u == null ? 0 : u.input(),
                u == null ? 0 : u.cacheRead(),
                u == null ? 0 : u.cacheWrite(),
                u == null ? 0 : u.cacheWrite1h(),
                u == null ? 0 : u.output(),
                u == null ? 0 : u.reasoning(),
                costNanos,
                u != null && u.estimated(),
                finishReason,
                choice.routeReason(),
                client.requestId(),
                client.app(),
                u == null ? -1 : counter.toldCostNanos(),
                note());
    }

    /** What the provider says that the answer cost, if that is more than 1 % off what was billed; else -1. */
    long otherCostNanos() {
        Usage u = counted;
        long told = counter.toldCostNanos();
        boolean compared = u != null && !u.estimated() && told >= 0;
        return compared && CostWatch.differs(costNanos, told) ? told : -1;
    }

    private @Nullable String note() {
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
        Offer by = choice.offer();
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
