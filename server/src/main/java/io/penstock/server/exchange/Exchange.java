package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.Deadline;
import io.penstock.error.GatewayError.RoutingNotConfigured;
import io.penstock.error.GatewayError.StoreUnavailable;
import io.penstock.error.GatewayError.TooBusy;
import io.penstock.error.GatewayError.UnknownModel;
import io.penstock.error.GatewayException;
import io.penstock.plan.Plan;
import io.penstock.server.attempt.Approach;
import io.penstock.server.attempt.Attempt;
import io.penstock.server.attempt.AttemptEnd;
import io.penstock.server.attempt.AttemptOwner;
import io.penstock.server.attempt.ClientRequest;
import io.penstock.server.attempt.ClientSide;
import io.penstock.server.attempt.Limits;
import io.penstock.server.face.Face;
import io.penstock.server.face.Operation;
import io.penstock.server.observe.ClientFacts;
import io.penstock.server.wire.HttpConnection;
import io.penstock.server.wire.Reply;
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
    private static final long CLOSING_NANOS = 1_000_000_000L; // for what may stand behind an answer's last event
    private static final long READ_ON_NANOS = 2_000_000_000L; // CONTRACT section 7
    private static final long COUNT_NANOS = 5_000_000_000L; // for a provider's count; ours is there in less
    private static final long UNTOLD_NANOS = 10_000_000_000L; // then the connection ends without a word

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

    private final GatewayRequests lender;
    private final HttpConnection client;
    private final ExchangeResources shared;
    private final GatewayKey key;
    private final ClientRequest request; // owned
    private final Planner planner; // the connection's, ours until DONE
    private final Charge charge; // the connection's, ours until DONE
    private final ClientAnswer answer; // the connection's, ours until DONE
    private final ExchangeView view; // the connection's, ours until DONE
    private final Booking booking;

    private State state = State.ADMITTED;
    private @Nullable Plan plan;
    private @Nullable Attempt attempt; // owned: the last one
    private int attempts;
    private @Nullable LocalCount counting;
    private boolean searched;

    private Outcome outcome = Outcome.FAILED;
    private @Nullable GatewayError untold;
    private long untoldNanos; // since when
    private @Nullable ClientFacts left; // of a client that has gone: its answer is read on for what it used
    private long leftNanos;

    Exchange(GatewayRequests lender, GatewayKey key, ClientRequest request) {
        this.lender = lender;
        this.client = lender.client();
        this.shared = lender.shared();
        this.key = key;
        this.request = request;
        this.planner = lender.planner();
        this.charge = lender.charge();
        this.answer = lender.answer();
        this.view = lender.view();
        this.booking =
                new Booking(this, shared.store(), shared.costs(), client.loop().eventLoop(), request, charge);
        planner.begin();
        charge.begin(request);
        answer.begin(request);
        view.begin(this, request);
    }

    // ---- deciding

    void start() {
        shared.observers().begun(view);
        plan();
    }

    private void plan() {
        try {
            request.read();
            Plan made = planner.plan(request, key);
            plan = made;
            state = State.PLANNED;
            charge.plan(made, request.chat().images(), planner.catalog());
            first(made, planned());
        } catch (GatewayException refused) {
            if (!searches(refused.error())) {
                fail(refused.error(), Outcome.REFUSED);
            }
        } catch (Throwable bug) { // an Error too: the client gets an answer, its hold an end
            mishap(bug);
        }
    }

    private void first(Plan made, Approach approach) {
        if (request.operation() != Operation.COUNT_TOKENS) {
            state = State.HOLDING;
            booking.reserve(made.estimateNanos());
        } else if (approach.translated() || !approach.target().counts().asked()) {
            countHere();
        } else {
            attempt(approach);
        }
    }

    /** The ledger has set the money aside. */
    void held() {
        try {
            attempt(planned());
        } catch (GatewayException refused) {
            fail(refused.error(), Outcome.REFUSED);
        } catch (Throwable bug) {
            mishap(bug);
        }
    }

    /** The ledger cannot be written. */
    void notHeld() {
        fail(new StoreUnavailable(), Outcome.REFUSED);
    }

    private Approach planned() {
        Approach approach = planner.approach();
        if (approach == null) {
            throw new IllegalStateException("nothing planned");
        }
        return approach;
    }

    /** A model that nobody has may be there since a moment ago: then the decision waits for one more look. */
    private boolean searches(GatewayError error) {
        String asked = planner.requestedModel();
        if (searched || asked == null || !(error instanceof UnknownModel || error instanceof RoutingNotConfigured)) {
            return false;
        }
        searched = true;
        return shared.models().search().begin(asked, eventLoop(), this::planAgain);
    }

    private void planAgain() {
        if (state == State.ADMITTED) { // the client is still there
            planner.begin();
            plan();
        }
    }

    private void attempt(Approach approach) {
        state = State.TRYING;
        attempts++;
        charge.tries(approach.offer());
        Attempt next = new Attempt(client, lender.upstreams(), request, approach, this, charge, !another());
        attempt = next;
        next.begin();
    }

    /** Whether the plan has an offer that has not been tried, and may be. */
    private boolean another() {
        Plan made = plan;
        return made != null
                && attempts < Math.min(made.offers(), shared.routing().attemptsMax());
    }

    /** An attempt failed: the one place where it is decided what comes behind it. */
    @Override
    public void ended(AttemptEnd end) {
        if (over() || state == State.COUNTING) {
            return;
        }
        Plan made = plan;
        if (made != null
                && end.beforeFirstByte()
                && end.elsewhere()
                && !answer.headSent()
                && left == null
                && another()) {
            next(made);
        } else if (end.clientTold()) {
            cut(end.error(), null);
        } else {
            fail(end.error(), end.outcome());
        }
    }

    private void next(Plan made) {
        closeAttempt();
        try {
            attempt(planner.approach(request, made.candidates().get(attempts)));
        } catch (GatewayException refused) {
            fail(refused.error(), Outcome.REFUSED);
        } catch (Throwable bug) {
            mishap(bug);
        }
    }

    /** A fault of ours, or memory that has run out: the client is told, and nobody else is blamed. */
    @Override
    public void mishap(Throwable bug) {
        LOG.error("request {} failed", request.id(), bug);
        try {
            abortAttempt();
            fail(
                    bug instanceof OutOfMemoryError ? new TooBusy("memory has run out") : new GatewayError.Internal(),
                    begun() ? Outcome.CUT : Outcome.FAILED);
        } catch (Throwable again) {
            LOG.error("request {} cannot be answered", request.id(), again);
            client.channel().close();
        }
    }

    // ---- counting tokens

    /** {@code count_tokens} for a provider that cannot, or does not: our own estimate, marked as one. */
    private void countHere() {
        state = State.COUNTING;
        LocalCount count = new LocalCount(this::countedHere);
        counting = count;
        count.begin(shared.tokenCounts(), request, eventLoop());
    }

    private void countedHere(long tokens) {
        Plan made = plan;
        if (over() || made == null) {
            return; // the client left meanwhile, or the gateway closes
        }
        outcome = Outcome.COMPLETED;
        request.release();
        answer.estimate(tokens < 0 ? made.inputTokens() : tokens, modelId(), planner.receipt());
        conclude(false);
    }

    @Override
    public void counted() {
        outcome = Outcome.COMPLETED;
        sendPlain();
        conclude(false);
    }

    /** Counts here what a provider was asked to count and did not; false if the client shall hear of the error. */
    private boolean countsInstead(GatewayError error) {
        Attempt asked = attempt;
        if (request.operation() != Operation.COUNT_TOKENS
                || asked == null
                || counting != null
                || !asked.leavesCount(error)) {
            return false;
        }
        asked.abort();
        countHere();
        return true;
    }

    // ---- an answer

    @Override
    public void answering() {
        if (request.operation() != Operation.COUNT_TOKENS && !another()) {
            request.release();
        }
    }

    @Override
    public void commit(byte[] contentType) {
        state = State.ANSWERING;
        request.release();
        if (!answer.headSent()) {
            streamHead(contentType);
        }
    }

    private void streamHead(byte[] type) {
        answer.streamHead(type, modelId(), planner.receipt());
        shared.observers().progressed(view);
    }

    @Override
    public ClientSide client() {
        return answer;
    }

    @Override
    public void usageKnown() {
        charge.settle(Outcome.COMPLETED, null);
    }

    @Override
    public long inputTokens() {
        return plan == null ? 0 : plan.inputTokens();
    }

    @Override
    public void dropped(String what) {
        shared.metrics().dropped(what);
    }

    @Override
    public void attempted(boolean well) {
        shared.observers().attempted(view, well);
    }

    private void sendPlain() {
        Attempt answered = attempt;
        if (answered != null) {
            answer.plain(
                    answered.status(), answered.contentType(), answered.answer().told(), modelId(), planner.receipt());
        }
    }

    // ---- money

    private EventLoop eventLoop() {
        return client.loop().eventLoop();
    }

    /** The answer is complete but for its end: the settlement goes to disk, then {@link #endAfterCommit} lets the end go. */
    @Override
    public void complete() {
        Attempt answered = attempt;
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
        Attempt answered = attempt;
        if (state != State.SETTLING || answered == null) {
            return; // the client left, or the failure was told without waiting
        }
        try {
            ByteBuf end = answered.answer().streamEnd();
            if (end != null) {
                answer.streamEnd(end);
            } else {
                sendPlain();
            }
        } catch (Throwable bug) { // settled, and its end cannot be written: it must not look complete
            answered.answer().close(); // with what there is of its end
            mishap(bug);
            return;
        }
        conclude(false);
    }

    /** What the log keeps of it. */
    RequestLogEntry row(Outcome how) {
        return RequestRow.of(view, request, planner, charge, how, left == null ? lender.facts() : left);
    }

    // ---- failing

    /** Ends the exchange with an error: as an answer, or in the stream where one has begun. */
    private void fail(GatewayError error, Outcome how) {
        if (state == State.DONE || state != State.UNTOLD && countsInstead(error)) {
            return;
        }
        GatewayError first = untold == null ? error : untold;
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
        if (state == State.UNTOLD) {
            return;
        }
        state = State.UNTOLD;
        untold = error;
        untoldNanos = System.nanoTime();
        request.release();
        closeAttempt();
    }

    /** Whether nothing more is done for it, but that its error may have yet to be told. */
    private boolean over() {
        return state == State.DONE || state == State.UNTOLD;
    }

    private void tell(GatewayError error, Outcome how) {
        if (answer.headSent()) {
            cut(error, request.face().errorEvent(error, facts()));
            return;
        }
        abortAttempt();
        outcome = how;
        answer.failed(error);
        booking.settleBeside(how);
        answer.error(error, modelId(), planner.receipt());
        conclude(false);
    }

    /** Ends a stream that has begun: the event, then an abnormal end. */
    private void cut(GatewayError error, byte @Nullable [] event) {
        if (left != null) {
            endLeft();
            return;
        }
        abortAttempt();
        letGo();
        outcome = error instanceof StoreUnavailable ? Outcome.FAILED : Outcome.CUT;
        if (event != null && answer.streaming()) {
            answer.event(event);
        }
        booking.settleBeside(outcome);
        conclude(true);
    }

    void clientLeft() {
        if (state == State.DONE) {
            return;
        }
        settlesClosing();
        Attempt answering = attempt;
        if (answering != null
                && state == State.ANSWERING
                && answering.finishing()
                && booking.open()
                && lender.readOn().begin(this)) {
            left = lender.facts(); // while its head is there; all else that it lends serves no other request
            leftNanos = System.nanoTime();
            answer.gone();
            answering.readOn();
            return;
        }
        abortAttempt();
        if (!booking.booked()) {
            outcome = Outcome.LEFT;
            booking.settleBeside(Outcome.LEFT);
        }
        conclude(false);
    }

    /** The client has gone, and so has what its answer was read on for: it pays for what was told. */
    private void endLeft() {
        abortAttempt();
        outcome = Outcome.LEFT;
        booking.settleBeside(Outcome.LEFT);
        lender.readOn().end(this);
        conclude(false);
    }

    void abort(GatewayError error) {
        settlesClosing();
        if (state == State.SETTLING) {
            return; // its end leaves within a commit
        }
        fail(error, Outcome.FAILED);
    }

    private void conclude(boolean cut) {
        State before = state;
        state = State.DONE;
        request.release();
        if (counting != null) {
            counting.cancel();
        }
        closeAttempt();
        if (request.operation() == Operation.COUNT_TOKENS && before != State.DONE && outcome == Outcome.COMPLETED) {
            answer.counted();
            booking.log(row(outcome));
        }
        shared.observers().ended(view);
        lender.ended(cut);
    }

    private void abortAttempt() {
        if (attempt != null) {
            attempt.abort();
        }
    }

    private void closeAttempt() {
        if (attempt != null) {
            attempt.close();
        }
    }

    private void settlesClosing() {
        if (attempt != null) {
            attempt.settlesClosing();
        }
    }

    // ---- time and back-pressure

    void clientWritable(boolean writable) {
        if (attempt != null) {
            attempt.clientWritable(writable);
        }
    }

    void tick(long nowNanos) {
        if (state == State.DONE) {
            return;
        }
        GatewayError error = untold;
        if (error != null) {
            if (nowNanos - untoldNanos > UNTOLD_NANOS) {
                client.channel().close();
            } else {
                fail(error, outcome);
            }
            return;
        }
        Limits limits = lender.upstreams().limits();
        Attempt tried = attempt;
        long tookNanos = nowNanos - request.arrivedNanos();
        if (left != null) {
            if (nowNanos - leftNanos > READ_ON_NANOS || tookNanos > limits.totalNanos()) {
                endLeft();
            }
            return;
        }
        if (tried != null && tried.closing()) { // no deadline but its own can fail what has come to its end
            if (nowNanos - tried.times().heardNanos() > CLOSING_NANOS || tookNanos > limits.totalNanos()) {
                tried.settlesClosing();
            }
            return;
        }
        if (tookNanos > limits.totalNanos()) { // in any state: a store may never answer
            abortAttempt();
            fail(new Deadline("the exchange took longer than limits.total"), Outcome.FAILED);
            return;
        }
        if (counting != null) {
            counting.tick(nowNanos);
        } else if (request.operation() == Operation.COUNT_TOKENS && tried != null && tookNanos > COUNT_NANOS) {
            countsInstead(new Deadline("the provider did not count in time"));
        }
        if (tried != null && state != State.SETTLING) {
            tried.tick(nowNanos);
        }
        if (state != State.SETTLING && !over() && request.wantsStream()) {
            keepAlive(nowNanos, limits);
        }
    }

    private void keepAlive(long nowNanos, Limits limits) {
        Attempt tried = attempt;
        long lastNanos = begun() && tried != null // what comes before the answer begins is held back
                ? tried.times().heardNanos()
                : request.arrivedNanos();
        if ((tried == null || !tried.answer().plain())
                && answer.keepsAlive(nowNanos, lastNanos, limits.keepaliveNanos())) {
            try {
                if (!answer.headSent()) {
                    streamHead(Reply.EVENT_STREAM);
                }
                keepAlive();
            } catch (OutOfMemoryError none) { // no reason to end what it shall keep alive
                LOG.debug("no memory for a keep-alive of request {}", request.id(), none);
            }
        }
    }

    private void keepAlive() {
        letGo();
        answer.keepAlive(key.keepalive(), facts());
    }

    /** A chunk that waits for what follows it goes first: something of ours goes to the client next. */
    private void letGo() {
        if (attempt != null) {
            attempt.answer().letGo();
        }
    }

    /** Sends a client that may have left what changes nothing for one that listens; false where there is no such thing. */
    boolean probe() {
        if (state == State.SETTLING || over() || !client.writable()) {
            return true; // bytes are on their way
        }
        if (!answer.headSent()) {
            return answer.interim();
        }
        keepAlive();
        return true;
    }

    // ---- what is known of it

    private boolean begun() {
        return attempt != null && attempt.answer().begun();
    }

    /** What faces may tell of this. */
    private Face.Facts facts() {
        return attempt == null
                ? new Face.Facts(request.id(), request.createdSeconds(), view.model(), null)
                : attempt.facts();
    }

    private @Nullable String modelId() {
        return view.modelId();
    }

    /** The last one; null while none was begun. */
    @Nullable
    Attempt lastAttempt() {
        return attempt;
    }

    int attempts() {
        return attempts;
    }

    Outcome outcome() {
        return outcome;
    }
}
