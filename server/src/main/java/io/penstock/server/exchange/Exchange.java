package io.penstock.server.exchange;

import io.netty.channel.EventLoop;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.Deadline;
import io.penstock.error.GatewayError.RoutingNotConfigured;
import io.penstock.error.GatewayError.StoreUnavailable;
import io.penstock.error.GatewayError.TooBusy;
import io.penstock.error.GatewayError.UnknownModel;
import io.penstock.error.GatewayException;
import io.penstock.plan.Plan;
import io.penstock.server.attempt.Attempt;
import io.penstock.server.attempt.AttemptEnd;
import io.penstock.server.attempt.AttemptOwner;
import io.penstock.server.attempt.ClientRequest;
import io.penstock.server.attempt.ClientSide;
import io.penstock.server.face.Operation;
import io.penstock.server.observe.ClientFacts;
import io.penstock.store.GatewayKey;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and all that is done for it, as a state machine that only goes forward:
 *
 * <pre>
 * ADMITTED ▸ PLANNED ▸ HOLDING ▸ TRYING₁ … TRYINGₙ ▸ ANSWERING ▸ SETTLING ▸ DONE
 *     └─────────┴─────────┴─ refused, failed, left ─────┴─▸ DONE (hold settled or released beside it)
 * </pre>
 *
 * What comes behind a failed attempt is decided in one place, {@link #ended}. ANSWERING is the commit point: from there on bytes
 * of an answer have gone to the client, and no other attempt follows. The end of an answer leaves only after its settlement is
 * committed; a failure leaves at once, for it is free or has its last byte withheld for ever. Event loop only.
 */
final class Exchange implements AttemptOwner {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    private enum State {
        ADMITTED,
        PLANNED,
        HOLDING,
        TRYING,
        ANSWERING,
        /** Tokens are counted here. */
        COUNTING,
        SETTLING,
        /** It has failed, and there was no memory to say so: the next tick tries again. */
        UNTOLD,
        DONE
    }

    private final GatewayRequests owner;
    private final ExchangeParts parts; // the connection's, ours until DONE
    private final ClientRequest request; // owned
    private final Booking booking;
    private final @Nullable TokenCounting counting; // of a count of tokens alone

    private State state = State.ADMITTED;
    private Outcome outcome = Outcome.FAILED;
    private boolean searched;
    private @Nullable ClientFacts left; // of a client that has gone: its answer is read on for what it used

    Exchange(GatewayRequests owner, ExchangeParts parts, GatewayKey key, ClientRequest request) {
        this.owner = owner;
        this.parts = parts;
        this.request = request;
        this.booking = new Booking(this);
        this.counting = request.operation() == Operation.COUNT_TOKENS ? new TokenCounting(this, request) : null;
        parts.begin(this, request, key);
    }

    // ---- deciding

    void start(GatewayKey by) {
        parts.view().begun();
        plan(by);
    }

    private void plan(GatewayKey by) {
        try {
            request.read();
            Plan made = parts.planner().plan(request, by);
            state = State.PLANNED;
            parts.attempts().plan(made);
            parts.charge().plan(made, request.chat().images(), parts.planner().catalog());
            planned(made);
        } catch (GatewayException refused) {
            if (!searches(refused.error(), by)) {
                fail(refused.error(), Outcome.REFUSED);
            }
        } catch (Throwable bug) { // an Error too: the client gets an answer, its hold an end
            mishap(bug);
        }
    }

    private void planned(Plan made) {
        if (counting == null) {
            state = State.HOLDING;
            booking.reserve(made.estimateNanos());
        } else if (TokenCounting.startsHere(parts.attempts().first())) {
            countHere(counting);
        } else {
            attempt();
        }
    }

    /** The ledger has set the money aside. */
    void held() {
        attempt();
    }

    /** The ledger cannot be written. */
    void notHeld() {
        fail(new StoreUnavailable(), Outcome.REFUSED);
    }

    /** A model that nobody has may be there since a moment ago: then the decision waits for one more look. */
    private boolean searches(GatewayError error, GatewayKey by) {
        String asked = parts.planner().requestedModel();
        if (searched || asked == null || !(error instanceof UnknownModel || error instanceof RoutingNotConfigured)) {
            return false;
        }
        searched = true;
        return parts.shared().models().search().begin(asked, eventLoop(), () -> planAgain(by));
    }

    private void planAgain(GatewayKey by) {
        if (state == State.ADMITTED) { // the client is still there
            plan(by);
        }
    }

    private void attempt() {
        state = State.TRYING;
        try {
            parts.attempts().next(request, this);
        } catch (GatewayException refused) {
            fail(refused.error(), Outcome.REFUSED);
        } catch (Throwable bug) {
            mishap(bug);
        }
    }

    /** An attempt failed: the one place where it is decided what comes behind it. */
    @Override
    public void ended(AttemptEnd end) {
        if (over() || state == State.COUNTING) {
            return;
        }
        if (end.beforeFirstByte()
                && end.elsewhere()
                && !parts.answer().headSent()
                && left == null
                && parts.attempts().another()) {
            attempt();
        } else if (end.clientTold()) {
            cut(end.error(), null);
        } else {
            fail(end.error(), end.outcome());
        }
    }

    /** A fault of ours, or memory that has run out: the client is told, and nobody else is blamed. */
    @Override
    public void mishap(Throwable bug) {
        LOG.error("request {} failed", request.id(), bug);
        if (state == State.DONE) {
            return; // what was lent serves another request
        }
        try {
            parts.attempts().abort();
            fail(
                    bug instanceof OutOfMemoryError ? new TooBusy("memory has run out") : new GatewayError.Internal(),
                    parts.attempts().answers() ? Outcome.CUT : Outcome.FAILED);
        } catch (Throwable again) {
            LOG.error("request {} cannot be answered", request.id(), again);
            parts.client().channel().close();
        }
    }

    // ---- counting tokens

    private void countHere(TokenCounting here) {
        state = State.COUNTING;
        here.begin(parts.shared().tokenCounts(), eventLoop());
    }

    /** Tokens were counted here; without a count there is a guess. */
    void countedHere(long tokens) {
        if (over()) {
            return; // the client left meanwhile, or the gateway closes
        }
        outcome = Outcome.COMPLETED;
        request.release();
        parts.answer().estimate(tokens < 0 ? parts.charge().inputTokens() : tokens);
        conclude(false);
    }

    @Override
    public void counted() {
        Attempt asked = parts.attempts().last();
        if (asked != null) {
            outcome = Outcome.COMPLETED;
            parts.answer().plain(asked);
            conclude(false);
        }
    }

    /** Counts here what a provider was asked to count and did not; false if the client shall hear of the error. */
    boolean countsInstead(GatewayError error) {
        if (counting == null || !counting.replaces(parts.attempts().last(), error)) {
            return false;
        }
        parts.attempts().abort();
        countHere(counting);
        return true;
    }

    // ---- an answer

    @Override
    public void answering() {
        if (counting == null && !parts.attempts().another()) {
            request.release();
        }
    }

    @Override
    public void commit(byte[] contentType) {
        state = State.ANSWERING;
        request.release();
        if (!parts.answer().headSent()) {
            streamHead(contentType);
        }
    }

    void streamHead(byte[] type) {
        parts.answer().streamHead(type);
        parts.view().progressed();
    }

    @Override
    public ClientSide client() {
        return parts.answer();
    }

    @Override
    public void dropped(String what) {
        parts.shared().metrics().dropped(what);
    }

    @Override
    public void attempted(boolean well) {
        parts.view().attempted(well);
    }

    // ---- money

    /** The answer is complete but for its end: the settlement goes to disk, then {@link #endAfterCommit} lets the end go. */
    @Override
    public void complete() {
        Attempt answered = parts.attempts().last();
        if (left != null || answered == null) {
            endLeft();
            return;
        }
        request.release();
        answered.keepThinking();
        outcome = Outcome.COMPLETED;
        state = State.SETTLING;
        booking.settle();
    }

    /** The settlement could not be made durable: the end must not leave. */
    void notCommitted() {
        if (state == State.SETTLING) {
            outcome = Outcome.FAILED;
            fail(new StoreUnavailable(), Outcome.FAILED);
        }
    }

    /** The settlement is committed: the end leaves. */
    void endAfterCommit() {
        Attempt answered = parts.attempts().last();
        if (state != State.SETTLING || answered == null) {
            return; // the client left, or the failure was told without waiting
        }
        try {
            parts.answer().end(answered);
        } catch (Throwable bug) { // settled, and its end cannot be written: it must not look complete
            answered.answer().close(); // with what there is of its end
            mishap(bug);
            return;
        }
        conclude(false);
    }

    /** What the log keeps of it. */
    RequestLogEntry row(Outcome how) {
        return RequestRow.of(parts, request, how, left == null ? parts.facts() : left);
    }

    // ---- failing

    /** Ends the exchange with an error: as an answer, or in the stream where one has begun. */
    void fail(GatewayError error, Outcome how) {
        if (state == State.DONE || state != State.UNTOLD && countsInstead(error)) {
            return;
        }
        GatewayError before = parts.clock().untold();
        GatewayError first = before == null ? error : before;
        try {
            tell(first, how);
        } catch (OutOfMemoryError none) {
            if (state == State.DONE) {
                throw none;
            }
            tellLater(first);
        }
    }

    /** Keeps nothing meanwhile but the error. */
    private void tellLater(GatewayError error) {
        if (state != State.UNTOLD) {
            state = State.UNTOLD;
            parts.clock().tellLater(error);
            request.release();
            parts.attempts().close();
        }
    }

    private void tell(GatewayError error, Outcome how) {
        ClientAnswer answer = parts.answer();
        if (answer.headSent()) {
            cut(error, request.face().errorEvent(error, parts.view().facts()));
            return;
        }
        parts.attempts().abort();
        outcome = how;
        answer.failed(error);
        booking.settleBeside(how);
        answer.error(error);
        conclude(false);
    }

    /** Ends a stream that has begun: the event, then an abnormal end. */
    private void cut(GatewayError error, byte @Nullable [] event) {
        if (left != null) {
            endLeft();
            return;
        }
        parts.attempts().abort();
        parts.attempts().letGo();
        outcome = error instanceof StoreUnavailable ? Outcome.FAILED : Outcome.CUT;
        if (event != null && parts.answer().streaming()) {
            parts.answer().event(event);
        }
        booking.settleBeside(outcome);
        conclude(true);
    }

    /** It has taken as long as an exchange may. */
    void late() {
        parts.attempts().abort();
        fail(new Deadline("the exchange took longer than limits.total"), Outcome.FAILED);
    }

    void clientLeft() {
        if (state == State.DONE) {
            return;
        }
        parts.attempts().settlesClosing();
        Attempt answering = parts.attempts().last();
        if (answering != null
                && state == State.ANSWERING
                && answering.finishing()
                && booking.open()
                && parts.readOn().begin(this)) {
            left = parts.facts(); // while its head is there; all else that is lent serves no other request
            parts.clock().readsOn();
            parts.answer().gone();
            answering.readOn();
            return;
        }
        parts.attempts().abort();
        if (!booking.booked()) {
            outcome = Outcome.LEFT;
            booking.settleBeside(Outcome.LEFT);
        }
        conclude(false);
    }

    /** The client has gone, and so has what its answer was read on for: it pays for what was told. */
    void endLeft() {
        parts.attempts().abort();
        outcome = Outcome.LEFT;
        booking.settleBeside(Outcome.LEFT);
        parts.readOn().end(this);
        conclude(false);
    }

    void abort(GatewayError error) {
        parts.attempts().settlesClosing();
        if (state == State.SETTLING) {
            return; // its end leaves within a commit
        }
        fail(error, Outcome.FAILED);
    }

    private void conclude(boolean cut) {
        state = State.DONE;
        try {
            request.release();
            parts.attempts().close();
            if (counting != null) {
                counting.cancel();
                if (outcome == Outcome.COMPLETED) {
                    parts.answer().counted();
                    booking.log(row(outcome));
                }
            }
            parts.view().ended();
        } finally { // whatever befalls us, the connection does not wait
            parts.end();
            owner.ended(cut);
        }
    }

    // ---- time and back-pressure

    void tick(long nowNanos) {
        parts.clock().tick(nowNanos);
    }

    void tickCounting(long nowNanos) {
        if (counting != null) {
            counting.tick(nowNanos, parts.attempts().last());
        }
    }

    // ---- what is known of it

    ExchangeParts parts() {
        return parts;
    }

    ClientRequest request() {
        return request;
    }

    EventLoop eventLoop() {
        return parts.client().loop().eventLoop();
    }

    Outcome outcome() {
        return outcome;
    }

    /** Whether nothing more is done for it, but that its error may have yet to be told. */
    boolean over() {
        return state == State.DONE || state == State.UNTOLD;
    }

    /** Whether its end waits for the settlement. */
    boolean settling() {
        return state == State.SETTLING;
    }

    /** Whether its client has gone, and its answer is read on. */
    boolean readsOn() {
        return left != null;
    }
}
