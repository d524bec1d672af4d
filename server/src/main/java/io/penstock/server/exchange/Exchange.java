package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.BadGateway;
import io.penstock.error.GatewayError.Deadline;
import io.penstock.error.GatewayError.InvalidJson;
import io.penstock.error.GatewayError.ProviderRefusal;
import io.penstock.error.GatewayError.ResponseTooLarge;
import io.penstock.error.GatewayError.RewriteFailed;
import io.penstock.error.GatewayError.RoutingNotConfigured;
import io.penstock.error.GatewayError.StoreUnavailable;
import io.penstock.error.GatewayError.TooBusy;
import io.penstock.error.GatewayError.UnknownModel;
import io.penstock.error.GatewayError.UpstreamFailed;
import io.penstock.error.GatewayException;
import io.penstock.protocol.BodyScanner;
import io.penstock.protocol.ChatRequest;
import io.penstock.protocol.Extra;
import io.penstock.protocol.Printable;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.UsageCounter;
import io.penstock.protocol.translate.JsonOut;
import io.penstock.provider.Masks;
import io.penstock.server.face.Face;
import io.penstock.server.face.Operation;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.ResponseHead;
import io.penstock.server.relay.EventRewriter;
import io.penstock.server.relay.HeldAnswer;
import io.penstock.server.relay.RelayListener;
import io.penstock.server.relay.RelayResources;
import io.penstock.server.relay.RelayTask;
import io.penstock.server.relay.StreamRelay;
import io.penstock.server.upstream.AttemptListener;
import io.penstock.server.upstream.Credential;
import io.penstock.server.upstream.OfferHealth;
import io.penstock.server.upstream.Target;
import io.penstock.server.upstream.UpstreamConnection;
import io.penstock.server.wire.HttpConnection;
import io.penstock.server.wire.OwnChunk;
import io.penstock.server.wire.Reply;
import io.penstock.server.wire.RequestBody;
import io.penstock.store.Committed;
import io.penstock.store.ExchangeEnd;
import io.penstock.store.GatewayKey;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and all that is done for it, as a state machine that only goes forward:
 *
 * <pre>
 * CONNECTING ▸ WAITING ▸ ANSWERING ▸ SETTLING ▸ DONE
 *      └──────────┴──────────┴─ refused, failed, left ─▸ DONE (hold settled or released beside it)
 * </pre>
 *
 * The end of an answer leaves only after its settlement is committed; a failure leaves at once, for it is free or has its
 * last byte withheld for ever. Event loop only, but for {@link #committed}.
 */
final class Exchange implements AttemptListener, RelayListener, Committed, Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
    private static final int COPIED_BODY_BYTES_MAX = 16 * 1024; // below, one buffer costs less than slices do
    private static final int BELIEVABLE_CONTEXTS = 4; // a usage above this many context windows is absurd
    private static final int ERROR_BODY_BYTES_MAX = 64 * 1024;
    private static final long CLOSING_NANOS = 1_000_000_000L; // for what may stand behind an answer's last event
    private static final int READ_BYTES_MAX = 64 * 1024; // what one read of a socket brings at most
    private static final int WORD_CHARS_MAX = 64; // the longest that a provider is known to say has 27
    private static final long READ_ON_NANOS = 2_000_000_000L; // CONTRACT section 7
    private static final long CREDENTIAL_REFUSED_NANOS = 60_000_000_000L;
    private static final long OFFER_MISSING_NANOS = 300_000_000_000L;
    private static final long COUNT_NANOS = 5_000_000_000L; // for a provider's count; ours is there in less
    private static final long UNTOLD_NANOS = 10_000_000_000L; // then the connection ends without a word
    private static final long RATE_SECONDS = 10; // where a 429 does not say for how long

    private enum State {
        CONNECTING,
        WAITING,
        ANSWERING,
        SETTLING,
        /** It has failed, and there was no memory to say so: the next tick tries again. */
        UNTOLD,
        DONE
    }

    private final GatewayRequests lender;
    private final HttpConnection client;
    private final Services services;
    private final Face face;
    private final Operation operation;
    private final GatewayKey key;
    private final String requestId;
    private final long arrivedNanos;
    private final RequestBody body; // owned
    private final Choice choice; // the connection's, ours until DONE
    private final Charge charge; // the connection's, ours until DONE
    private final ProtocolBridge bridge; // owned
    private final UsageCounter counter; // the connection's, ours until DONE
    private final ScriptCounter text; // the connection's, ours until DONE

    private State state = State.CONNECTING;
    private @Nullable BodyScanner scanner; // until the request has been sent
    private @Nullable Credential credential;
    private TokenCounts.@Nullable Count counting;
    private long countingSinceNanos;
    private LargeWork.@Nullable Job working;
    private long workSinceNanos;
    private boolean bodyAway; // its large work has the body
    private int attempts;
    private boolean freshConnection;
    private boolean searched;

    private @Nullable UpstreamConnection upstream;
    private int status;
    private long retryAfterSeconds = -1;
    private byte[] contentType = Reply.JSON;
    private @Nullable StreamRelay relay; // owned
    private @Nullable HeldAnswer held; // owned
    private @Nullable EventRewriter rewriter;
    private boolean headSent;
    private boolean streaming;
    private int statusSent;
    private boolean readingPaused;
    private @Nullable String finishReason;

    private long sentNanos;
    private long answeredNanos; // the upstream's first byte of an answer
    private long upstreamNanos; // the upstream's last byte so far
    private long endedNanos; // the upstream's last byte
    private long keptAliveNanos;

    private Outcome outcome = Outcome.FAILED;
    private volatile boolean durable;
    private boolean booked; // its end is the writer's
    private @Nullable GatewayError untold;
    private long untoldNanos; // since when
    private @Nullable ClientFacts left; // of a client that has gone: its answer is read on for what it used
    private long leftNanos;

    Exchange(
            GatewayRequests lender,
            Face face,
            Operation operation,
            GatewayKey key,
            RequestBody body,
            BodyScanner scanner) {
        this.lender = lender;
        this.client = lender.client();
        this.services = lender.services();
        this.face = face;
        this.operation = operation;
        this.key = key;
        this.requestId = client.requestId();
        this.arrivedNanos = client.arrivedNanos();
        this.body = body;
        this.scanner = scanner;
        this.keptAliveNanos = arrivedNanos;
        this.counter = lender.usageCounter();
        this.text = lender.textCounter();
        this.choice = lender.choice();
        this.charge = lender.charge();
        choice.begin(face, operation);
        charge.begin(key, requestId);
        this.bridge = new ProtocolBridge(lender, services, face, operation, key.id(), requestId, choice, charge);
    }

    // ---- deciding

    void start() {
        try {
            decide();
        } catch (GatewayException refused) {
            if (!searches(refused.error())) {
                fail(refused.error(), Outcome.REFUSED);
            }
        } catch (Throwable bug) { // an Error too: the client gets an answer, its hold an end
            mishap(bug);
        }
    }

    /** A fault of ours, or memory that has run out: the client is told, and nobody else is blamed. */
    @Override
    public void mishap(Throwable bug) {
        LOG.error("request {} failed", requestId, bug);
        try {
            abortUpstream();
            fail(
                    bug instanceof OutOfMemoryError ? new TooBusy("memory has run out") : new GatewayError.Internal(),
                    relay != null && relay.begun() ? Outcome.CUT : Outcome.FAILED);
        } catch (Throwable again) {
            LOG.error("request {} cannot be answered", requestId, again);
            client.channel().close();
        }
    }

    /** A model that nobody has may be there since a moment ago: then the decision waits for one more look. */
    private boolean searches(GatewayError error) {
        String asked = choice.requestedModel();
        if (searched || asked == null || !(error instanceof UnknownModel || error instanceof RoutingNotConfigured)) {
            return false;
        }
        searched = true;
        return services.modelSearch().begin(asked, client.loop().eventLoop(), this::decideAgain);
    }

    private void decideAgain() {
        if (state == State.CONNECTING) { // the client is still there
            choice.begin(face, operation);
            start();
        }
    }

    private void decide() {
        BodyScanner scan = scanner;
        if (scan == null || !scan.finish()) {
            throw new GatewayException(new InvalidJson(scan == null ? null : scan.problem()));
        }
        ChatRequest request = scan.request();
        choice.make(request, body);
        Model served = choice.model();
        Offer chosen = choice.offer();
        Target reached = choice.target();
        if (served == null || chosen == null || reached == null) {
            throw new IllegalStateException("nothing chosen");
        }
        counter.reset((long) served.context() * BELIEVABLE_CONTEXTS);
        text.reset();
        if (operation == Operation.COUNT_TOKENS
                && (choice.translated() || !reached.counts().asked())) {
            countHere();
            return;
        }
        if (body.bytes() <= LargeWork.BYTES_MIN) {
            bridge.request(body);
        } else {
            Runnable work = bridge.largeRequest(request, body);
            if (work != null) {
                bodyAway = true;
                work(body.bytes(), work, failure -> prepared(request, chosen, failure));
                return;
            }
        }
        send(request, chosen);
    }

    private void send(ChatRequest request, Offer chosen) {
        if (operation != Operation.COUNT_TOKENS) {
            charge.hold(request, chosen);
        }
        attempts = 1;
        acquire();
    }

    /** A large request has been made fit for its provider, or could not be. */
    private void prepared(ChatRequest request, Offer chosen, @Nullable Throwable failure) {
        bodyAway = false;
        if (over()) {
            body.release();
        } else if (failure != null) {
            failed(failure);
        } else {
            try {
                send(request, chosen);
            } catch (Throwable refused) {
                failed(refused);
            }
        }
    }

    private void failed(Throwable why) {
        if (why instanceof GatewayException refused) {
            fail(refused.error(), Outcome.REFUSED);
        } else {
            mishap(why);
        }
        client.flush();
    }

    /** Has something large done away from the event loop; one thing at a time. */
    private void work(int bytes, Runnable what, Consumer<@Nullable Throwable> done) {
        workSinceNanos = System.nanoTime();
        working = services.largeWork().begin(bytes, client.loop().eventLoop(), what, failure -> {
            working = null;
            try {
                done.accept(failure);
            } catch (Throwable bug) {
                mishap(bug);
            }
        });
    }

    private void acquire() {
        Target to = choice.target();
        if (to != null) {
            lender.upstreams().pool().acquire(to.address(), freshConnection, this);
        }
    }

    /** {@code count_tokens} for a provider that cannot, or does not: our own estimate, marked as one. */
    private void countHere() {
        state = State.ANSWERING; // a connection that comes late is not wanted any more
        countingSinceNanos = System.nanoTime();
        counting = services.tokenCounts().begin(body, key.id(), client.loop().eventLoop(), this::counted);
        if (counting == null) {
            counted(TokenCounts.NONE);
        }
    }

    private void counted(long tokens) {
        if (over()) {
            return; // the client left meanwhile, or the gateway closes
        }
        status = 200;
        outcome = Outcome.COMPLETED;
        byte[] json = Bytes.ascii("{\"input_tokens\":" + (tokens < 0 ? choice.inputTokensGuess() : tokens) + "}");
        releaseRequest();
        ByteBuf out = client.channel().alloc().directBuffer(256);
        replyHead(out, 200);
        Reply.estimate(out);
        Reply.length(out, json.length, client.persistent(), client.http10());
        client.write(out.writeBytes(json));
        conclude(false);
    }

    /** What waits for its turn does not wait for ever. */
    private void tickWaiting(long nowNanos) {
        TokenCounts.Count count = counting;
        LargeWork.Job job = working;
        if (count != null && nowNanos - countingSinceNanos > TokenCounts.WAIT_NANOS) {
            count.cancel();
            counted(TokenCounts.NONE);
        } else if (job != null && job.waits() && nowNanos - workSinceNanos > LargeWork.WAIT_NANOS) {
            fail(new TooBusy("too much is being translated"), relay != null ? Outcome.CUT : Outcome.FAILED);
            client.flush();
        }
    }

    // ---- the attempt

    @Override
    public void connected(UpstreamConnection connection) {
        if (state != State.CONNECTING) {
            connection.unused(); // the client left meanwhile
            return;
        }
        upstream = connection;
        try {
            send(connection);
        } catch (RuntimeException bug) { // on a fresh connection nobody else would hear of it
            LOG.error("request {} could not be made fit for its provider", requestId, bug);
            fail(new RewriteFailed(), Outcome.FAILED);
        } catch (Error bug) {
            mishap(bug);
        }
    }

    private void send(UpstreamConnection connection) {
        BodyScanner scan = scanner;
        Target to = choice.target();
        OfferHealth health = choice.health();
        if (scan == null || to == null || health == null) {
            throw new IllegalStateException("nothing to send");
        }
        Credential shown = to.credential(health);
        credential = shown;
        BodyEdits edits = lender.upstreams().edits();
        bridge.collect(edits, scan.request(), body);
        int bytes = edits.bytes(body);
        boolean copied = bytes <= COPIED_BODY_BYTES_MAX;
        boolean beta = operation == Operation.MESSAGES && !bridge.translates() && betaAsked();
        ByteBuf out = client.channel().alloc().directBuffer(1024 + (copied ? bytes : 0));
        to.writeHead(out, shown, choice.asked(), beta, client.head(), client.headBytes(), bytes);
        state = State.WAITING; // before it is sent: a write that fails may tell connectionLost before it returns
        sentNanos = System.nanoTime();
        upstreamNanos = sentNanos;
        if (copied) {
            edits.copy(body, out);
            connection.send(out);
        } else {
            edits.write(body, out, connection);
        }
    }

    private boolean betaAsked() {
        return Bytes.equals(
                client.headBytes(), client.head().pathEnd(), client.head().targetEnd(), BETA);
    }

    private static final byte[] BETA = Bytes.ascii("?beta=true");

    @Override
    public void connectFailed(String why) {
        if (state == State.CONNECTING) {
            unreachable();
            fail(new BadGateway(choice.providerName(), why), Outcome.FAILED);
        }
    }

    @Override
    public void head(ResponseHead head, BodyFraming framing, ByteBuf in) {
        if (operation != Operation.COUNT_TOKENS) { // which may still be counted here
            releaseRequest();
        }
        reached();
        status = head.status();
        upstreamNanos = System.nanoTime();
        retryAfterSeconds = RetryAfter.seconds(head, in);
        state = State.ANSWERING;
        boolean good = status >= 200 && status < 300;
        if (good && head.eventStream() && operation.streams()) {
            contentType = bridge.translates() ? Reply.EVENT_STREAM : type(in, head, Reply.EVENT_STREAM);
            rewriter = bridge.rewriter();
            relay = new StreamRelay(
                    this,
                    framing,
                    counter,
                    text,
                    new RelayTask(
                            bridge.spoken(), bridge.dropsUsage(), !client.http10(), rewriter, masks(), bridge.watch()),
                    new RelayResources(
                            client.channel().alloc(), lender.upstreams().probe(), services.buffers(), services.heap()));
        } else {
            contentType = good ? type(in, head, Reply.JSON) : Reply.JSON;
            held = new HeldAnswer(
                    framing, good ? services.limits().responseBytes() : ERROR_BODY_BYTES_MAX, services.buffers());
        }
    }

    private byte[] type(ByteBuf in, ResponseHead head, byte[] usual) {
        int from = head.typeStart();
        int to = head.typeEnd();
        if (from == to || Bytes.equals(in, from, to, usual)) {
            return usual;
        }
        byte[] copy = new byte[to - from];
        in.getBytes(from, copy);
        byte[] safe = masks().known(copy);
        return safe == null ? copy : safe;
    }

    /** What takes our credentials out of what the provider says. */
    private Masks masks() {
        Target to = choice.target();
        return to == null ? Masks.NONE : to.masks();
    }

    @Override
    public void body(ByteBuf bytes) {
        upstreamNanos = System.nanoTime();
        StreamRelay streams = relay;
        HeldAnswer holds = held;
        if (streams != null) {
            streams.onBytes(bytes);
            UpstreamConnection connection = upstream;
            if (connection != null && !readingPaused && left == null && !client.writable()) {
                readingPaused = true;
                connection.reading(false);
            }
        } else if (holds != null) {
            if (!holds.onBytes(bytes)) {
                abortUpstream();
                fail(
                        !holds.tooLarge()
                                ? new TooBusy("the answer finds no room in limits.bodies")
                                : status < 300
                                        ? new ResponseTooLarge("it is larger than limits.response")
                                        : new UpstreamFailed(
                                                choice.providerName(), "status " + status + " with a large body"),
                        Outcome.FAILED);
            }
        } else {
            bytes.release();
        }
    }

    @Override
    public void readComplete() {
        if (headSent && left == null) {
            client.flush();
        }
    }

    @Override
    public void messageEnded() {
        upstream = null;
        endedNanos = upstreamNanos;
        StreamRelay streams = relay;
        HeldAnswer holds = held;
        if (state != State.ANSWERING) {
            return;
        }
        if (streams != null) {
            streams.onClose();
        } else if (holds != null) {
            plainAnswer(holds);
        } else {
            fail(new UpstreamFailed(choice.providerName(), "status " + status + " without a body"), Outcome.FAILED);
        }
    }

    @Override
    public void connectionLost(String why, boolean answered, boolean sent) {
        upstream = null;
        if (closes()) {
            return;
        }
        if (state == State.WAITING && !answered && !sent && !freshConnection) {
            freshConnection = true; // a stale connection: nothing of the request can have been acted on
            state = State.CONNECTING;
            acquire();
            return;
        }
        if (state == State.WAITING || state == State.ANSWERING) {
            failedAttempt();
            fail(
                    relay != null || held != null
                            ? new UpstreamFailed(choice.providerName(), "it " + why + " in the middle of its answer")
                            : new BadGateway(choice.providerName(), why),
                    relay != null && relay.begun() ? Outcome.CUT : Outcome.FAILED);
        }
    }

    /** Settles an answer that came to its last event, where nothing more can come behind it. True if that was so. */
    private boolean closes() {
        StreamRelay streams = relay;
        boolean closing = state == State.ANSWERING && streams != null && streams.closing();
        if (closing && streams != null) {
            streams.complete();
        }
        return closing;
    }

    private void abortUpstream() {
        UpstreamConnection connection = upstream;
        upstream = null;
        if (connection != null) {
            connection.abort();
        }
    }

    private void countFailure() {
        Target to = choice.target();
        if (to != null) {
            services.metrics().attempt(to.provider(), "failed");
        }
    }

    /** The attempt failed, and the model is to blame, as it is served there. */
    private void failedAttempt() {
        if (operation == Operation.COUNT_TOKENS) {
            return; // the model may do well without
        }
        countFailure();
        OfferHealth health = choice.health();
        if (health != null) {
            health.failed();
        }
    }

    /** No connection could be made: true of all that is reached there. */
    private void unreachable() {
        if (operation == Operation.COUNT_TOKENS) {
            return;
        }
        countFailure();
        Target to = choice.target();
        if (to != null) {
            to.address().health().failed();
        }
    }

    private void reached() {
        Target to = choice.target();
        if (to != null) {
            to.address().health().worked();
        }
    }

    private void goodAttempt() {
        Target to = choice.target();
        OfferHealth health = choice.health();
        Credential shown = credential;
        if (to != null && health != null && shown != null) {
            services.metrics().attempt(to.provider(), "ok");
            health.began((answeredNanos - sentNanos) / 1000, shown);
            shown.accepted();
        }
    }

    // ---- a stream

    @Override
    public void answerBegins() {
        answeredNanos = System.nanoTime();
        goodAttempt();
        if (!headSent) {
            sendStreamHead(contentType);
        }
    }

    private void sendStreamHead(byte[] type) {
        ByteBuf out = client.channel().alloc().directBuffer(512);
        Reply.status(out, 200, client.loop().date());
        Reply.type(out, type);
        Reply.ids(out, requestId, face.requestIdHeader());
        Reply.route(out, choice.modelId(), choice.routeReason());
        if (client.http10()) {
            client.endAtClose();
        }
        Reply.stream(out, client.persistent(), client.http10());
        headSent = true;
        statusSent = 200;
        streaming = true;
        services.metrics().streamBegan();
        client.write(out);
    }

    @Override
    public void relayed(ByteBuf bytes) {
        if (left != null) {
            bytes.release();
        } else if (bytes.readableBytes() <= READ_BYTES_MAX) {
            client.write(bytes);
        } else {
            client.writeCounted(bytes); // events that were joined: back-pressure bounds their number, not their size
        }
    }

    @Override
    public void answerComplete() {
        endedNanos = upstreamNanos;
        releaseUpstream();
        if (left != null) {
            endLeft();
        } else {
            settle(Outcome.COMPLETED);
        }
    }

    private void releaseUpstream() {
        UpstreamConnection connection = upstream;
        upstream = null;
        if (connection != null) {
            connection.finishUnread();
        }
    }

    @Override
    public void errorEvent(boolean begun, String type, String message) {
        failedAttempt();
        abortUpstream();
        GatewayError error = Refusal.event(choice.providerName(), type, message);
        if (begun && rewriter == null) {
            cut(error, null); // the provider's own event has told the client
        } else {
            fail(error, begun ? Outcome.CUT : Outcome.FAILED);
        }
    }

    @Override
    public void relayFailed(String why) {
        failedAttempt();
        relayEnds(new UpstreamFailed(choice.providerName(), why));
    }

    @Override
    public void noRoom() { // no fault of the provider's, as those below
        relayEnds(new TooBusy("what must be held of the stream finds no room in limits.bodies"));
    }

    @Override
    public void tooLarge(String why) {
        relayEnds(new ResponseTooLarge(why));
    }

    @Override
    public void broken(Throwable bug) {
        mishap(bug);
    }

    @Override
    public boolean aside(int bytes, Runnable what, Consumer<@Nullable Throwable> done) {
        if (bytes > services.largeWork().bytesMax()) {
            return false;
        }
        UpstreamConnection connection = upstream;
        if (connection != null && !readingPaused) {
            readingPaused = true;
            connection.reading(false);
        }
        work(bytes, what, failure -> {
            done.accept(failure);
            if (state != State.DONE) {
                client.flush();
                clientWritable(client.writable());
            }
        });
        return true;
    }

    private void relayEnds(GatewayError error) {
        abortUpstream();
        fail(error, relay != null && relay.begun() ? Outcome.CUT : Outcome.FAILED);
    }

    // ---- a plain answer

    private void plainAnswer(HeldAnswer holds) {
        ByteBuf json = holds.whole(client.channel().alloc());
        if (status < 200 || status > 299) {
            refusedByProvider(json);
            return;
        }
        if (headSent) {
            fail(new UpstreamFailed(choice.providerName(), "it did not stream its answer"), Outcome.FAILED);
            return;
        }
        answeredNanos = upstreamNanos;
        if (operation == Operation.COUNT_TOKENS) {
            providerCounted(json);
            return;
        }
        HeldAnswer.Found found = holds.look(lender.upstreams().probe(), bridge.spoken(), counter, text, masks());
        json = holds.whole(client.channel().alloc()); // masked, it is another
        if (found.error() != null) {
            failedAttempt();
            fail(new UpstreamFailed(choice.providerName(), found.error().message()), Outcome.FAILED);
            return;
        }
        if (!found.json()) {
            failedAttempt();
            fail(new UpstreamFailed(choice.providerName(), "its answer is not JSON"), Outcome.FAILED);
            return;
        }
        if (bridge.translates()) {
            charge.settle(Outcome.COMPLETED, null); // what its usage tells
        }
        finishReason = found.finishReason();
        ProtocolBridge.Reading reading = bridge.reading();
        if (reading == null) {
            goodPlain();
        } else if (json.readableBytes() <= LargeWork.BYTES_MIN) {
            plainRead(reading.read(json, lender.upstreams().json()));
        } else {
            largePlain(reading, json);
        }
    }

    private void largePlain(ProtocolBridge.Reading reading, ByteBuf json) {
        int bytes = json.readableBytes();
        if (bytes > services.largeWork().bytesMax()) {
            if (bridge.translates()) {
                fail(
                        new ResponseTooLarge("it must be translated, and is larger than an eighth of -Xmx"),
                        Outcome.FAILED);
            } else {
                goodPlain(); // only looked at, and for the next turn's sake
            }
            return;
        }
        ByteBuf kept = json.retain();
        boolean[] told = new boolean[1];
        work(bytes, () -> told[0] = reading.read(kept, new JsonOut()), failure -> {
            kept.release();
            if (over()) {
                bridge.close();
            } else if (failure != null) {
                failed(failure);
            } else {
                plainRead(told[0]);
            }
        });
    }

    private void plainRead(boolean told) {
        if (told) {
            goodPlain();
        } else {
            failedAttempt();
            fail(new UpstreamFailed(choice.providerName(), "its answer is not JSON"), Outcome.FAILED);
        }
    }

    private void goodPlain() {
        goodAttempt();
        settle(Outcome.COMPLETED);
    }

    private void refusedByProvider(ByteBuf json) {
        Offer by = choice.offer();
        Refusal refusal = Refusal.read(
                status,
                json,
                choice.providerName(),
                by == null || !everyModelCan() ? null : by.nativeId(),
                masks(),
                bridge.foreignErrors(),
                retryAfterSeconds);
        if (operation != Operation.COUNT_TOKENS) {
            blame(refusal.blame());
        }
        fail(refusal.error(), refusal.error() instanceof ProviderRefusal ? Outcome.REFUSED : Outcome.FAILED);
    }

    private void blame(Refusal.Blame whom) {
        switch (whom) {
            case REQUEST -> {}
            case PROVIDER -> failedAttempt();
            case CREDENTIAL -> credentialRefused(true);
            case ACCESS -> credentialRefused(false);
            case RATE -> withhold(TimeUnit.SECONDS.toNanos(retryAfterSeconds < 0 ? RATE_SECONDS : retryAfterSeconds));
            case OFFER -> markMissing();
        }
    }

    private void providerCounted(ByteBuf json) {
        Target to = choice.target();
        if (to != null && to.counts().answered(json)) {
            outcome = Outcome.COMPLETED;
            sendPlain();
            conclude(false);
        } else {
            fail(new UpstreamFailed(choice.providerName(), "its answer is no count"), Outcome.FAILED);
        }
    }

    /** Counts here what a provider was asked to count and did not; false if the client shall hear of the error. */
    private boolean countsInstead(GatewayError error) {
        Target to = choice.target();
        if (operation != Operation.COUNT_TOKENS || attempts == 0 || counting != null || to == null) {
            return false;
        }
        boolean refused = held != null && (status < 200 || status > 299);
        if (refused && to.counts().refused(status) || !error.fromUpstream()) {
            return false;
        }
        if (!refused) {
            to.counts().failed();
        }
        abortUpstream();
        countHere();
        return true;
    }

    /** Whether a 404 is about the model: not where it may say only that the model cannot do this. */
    private boolean everyModelCan() {
        return operation != Operation.EMBEDDINGS && operation != Operation.COMPLETIONS;
    }

    private void markMissing() {
        countFailure();
        OfferHealth health = choice.health();
        if (health != null) {
            health.missing(System.nanoTime() + OFFER_MISSING_NANOS);
        }
    }

    /** The model is not to be had with this credential for a while; others of either are. */
    private void withhold(long nanos) {
        countFailure();
        OfferHealth health = choice.health();
        Credential shown = credential;
        if (health != null && shown != null) {
            health.withheld(shown, System.nanoTime() + nanos);
        }
    }

    private void credentialRefused(boolean forAllModels) {
        Credential shown = credential;
        if (shown == null) {
            return;
        }
        long now = System.nanoTime();
        if (!forAllModels) {
            withhold(CREDENTIAL_REFUSED_NANOS);
        } else {
            countFailure();
            shown.refused(now + CREDENTIAL_REFUSED_NANOS);
        }
        int times = shown.refusals().count(now);
        if (times > 0) {
            LOG.warn(
                    "{} refused our credential or account (status {}, {} since the last warning); check its API key and"
                            + " balance",
                    choice.providerName(),
                    status,
                    times == 1 ? "once" : times + " times");
        }
    }

    private void sendPlain() {
        HeldAnswer holds = held;
        if (holds == null) {
            return;
        }
        ByteBuf whole = holds.whole(client.channel().alloc());
        ByteBuf answer = bridge.plain(whole);
        ByteBuf out;
        try {
            out = client.channel().alloc().directBuffer(512 + Math.min(answer.readableBytes(), 4096));
        } catch (Throwable none) {
            answer.release();
            throw none;
        }
        replyHead(out, status);
        Reply.length(out, answer.readableBytes(), client.persistent(), client.http10());
        headSent = true;
        statusSent = status;
        if (answer.readableBytes() <= 4096) {
            Bytes.copy(answer, answer.readerIndex(), answer.writerIndex(), out);
            answer.release();
            client.write(out);
        } else {
            client.write(out);
            client.writeCounted(answer);
        }
    }

    private void replyHead(ByteBuf out, int code) {
        Reply.status(out, code, client.loop().date());
        Reply.type(out, contentType);
        Reply.ids(out, requestId, face.requestIdHeader());
        Reply.route(out, choice.modelId(), choice.routeReason());
    }

    // ---- money

    /** The answer is complete but for its end: the settlement goes to disk, then {@link #run} lets the end go. */
    private void settle(Outcome how) {
        bridge.keepThinking();
        outcome = how;
        ExchangeEnd end = end(how);
        state = State.SETTLING;
        booked = true;
        services.store().ledger().settle(end, this);
    }

    @Override
    public void committed(boolean isDurable) {
        durable = isDurable;
        client.loop().eventLoop().execute(this);
    }

    @Override
    public void run() {
        if (state != State.SETTLING) {
            return; // the client left, or the failure was told without waiting
        }
        if (!durable) {
            outcome = Outcome.FAILED;
            fail(new StoreUnavailable(), Outcome.FAILED);
            return;
        }
        try {
            StreamRelay streams = relay;
            if (streams != null) {
                client.write(streams.releaseEnd());
            } else {
                sendPlain();
            }
        } catch (Throwable bug) { // settled, and its end cannot be written: it must not look complete
            if (relay != null) {
                relay.close(); // with what there is of its end
            }
            mishap(bug);
            return;
        }
        conclude(false);
    }

    private ExchangeEnd end(Outcome how) {
        charge.settle(how, relay);
        for (Extra extra : charge.unpricedExtras()) {
            services.metrics().unpriced(extra.label());
        }
        long other = charge.otherCostNanos();
        if (other >= 0) {
            services.costs().differed(choice.providerName(), requestId, charge.costNanos(), other);
        }
        return charge.end(logEntry(how));
    }

    private RequestLogEntry logEntry(Outcome how) {
        return charge.logEntry(
                how,
                statusSent != 0 ? statusSent : status,
                attempts,
                arrivedNanos,
                answeredNanos,
                told(relay == null ? finishReason : relay.finishReason()),
                left == null ? lender.facts() : left);
    }

    /** A provider's word as it is kept: masked, printable and cut. */
    private @Nullable String told(@Nullable String word) {
        return word == null ? null : Printable.of(masks().masked(word), WORD_CHARS_MAX);
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
        abortUpstream();
        releaseRequest();
        if (relay != null) {
            relay.close();
        }
        if (held != null) {
            held.close();
        }
    }

    /** Whether nothing more is done for it, but that its error may have yet to be told. */
    private boolean over() {
        return state == State.DONE || state == State.UNTOLD;
    }

    private void tell(GatewayError error, Outcome how) {
        if (headSent) {
            cut(error, face.errorEvent(error, facts()));
            return;
        }
        abortUpstream();
        outcome = how;
        status = face.status(error);
        statusSent = status;
        settleBeside(how);
        byte[] json = face.error(error, requestId);
        ByteBuf out = client.channel().alloc().directBuffer(512 + json.length);
        contentType = Reply.JSON;
        replyHead(out, status);
        if (error.retryAfterSeconds() >= 0) {
            Reply.retryAfter(out, error.retryAfterSeconds());
        }
        Reply.length(out, json.length, client.persistent(), client.http10());
        client.write(out.writeBytes(json));
        conclude(false);
    }

    /** Ends a stream that has begun: the event, then an abnormal end. */
    private void cut(GatewayError error, byte @Nullable [] event) {
        if (left != null) {
            endLeft();
            return;
        }
        abortUpstream();
        if (relay != null) {
            relay.letGo();
        }
        outcome = error instanceof StoreUnavailable ? Outcome.FAILED : Outcome.CUT;
        if (event != null && streaming) {
            client.write(OwnChunk.of(client.channel().alloc(), event, !client.http10()));
        }
        settleBeside(outcome);
        conclude(true);
    }

    /** Settles or releases the hold without anybody waiting for it; nothing where that was done. */
    private void settleBeside(Outcome how) {
        if (booked) {
            return;
        }
        if (charge.holds()) {
            ExchangeEnd end = end(how);
            booked = true;
            services.store().ledger().settle(end, NOBODY);
        } else {
            booked = true;
            log(how);
        }
    }

    /** An exchange that held no money. */
    private void log(Outcome how) {
        RequestLogEntry entry = logEntry(how);
        if (!services.store().requests().log(entry)) {
            AccessLog.exchange(entry);
        }
    }

    private static final Committed NOBODY = durable -> {};

    void clientLeft() {
        if (state == State.DONE) {
            return;
        }
        closes();
        StreamRelay streams = relay;
        UpstreamConnection connection = upstream;
        if (state == State.ANSWERING
                && connection != null
                && streams != null
                && streams.finishReason() != null
                && charge.holds()
                && lender.readOn().begin(this)) {
            left = lender.facts(); // while its head is there; all else that it lends serves no other request
            leftNanos = System.nanoTime();
            readingPaused = false;
            connection.reading(true);
            return;
        }
        abortUpstream();
        if (!booked) {
            outcome = Outcome.LEFT;
            settleBeside(Outcome.LEFT);
        }
        conclude(false);
    }

    /** The client has gone, and so has what its answer was read on for: it pays for what was told. */
    private void endLeft() {
        abortUpstream();
        outcome = Outcome.LEFT;
        settleBeside(Outcome.LEFT);
        lender.readOn().end(this);
        conclude(false);
    }

    void abort(GatewayError error) {
        closes();
        if (state == State.SETTLING) {
            return; // its end leaves within a commit
        }
        fail(error, Outcome.FAILED);
    }

    private void conclude(boolean cut) {
        State before = state;
        state = State.DONE;
        releaseRequest();
        if (counting != null) {
            counting.cancel();
        }
        if (working != null) {
            working.cancel();
        }
        if (relay != null) {
            relay.close();
        }
        if (held != null) {
            held.close();
        }
        bridge.close();
        if (operation == Operation.COUNT_TOKENS && before != State.DONE && outcome == Outcome.COMPLETED) {
            statusSent = 200;
            log(outcome);
        }
        long now = System.nanoTime();
        if (streaming) {
            services.metrics().streamEnded();
        }
        services.metrics()
                .exchange(
                        face.label(),
                        bridge.model(),
                        outcome == Outcome.LEFT ? 499 : statusSent,
                        answeredNanos == 0 ? -1 : answeredNanos - arrivedNanos,
                        overheadNanos(now));
        lender.ended(cut);
    }

    /** What we added: from arrival to the request's leaving, and from the provider's last byte to ours. -1 if unknown. */
    private long overheadNanos(long now) {
        return sentNanos == 0 || endedNanos == 0 ? -1 : sentNanos - arrivedNanos + Math.max(0, now - endedNanos);
    }

    private void releaseRequest() {
        if (!bodyAway) {
            body.release();
        }
        BodyScanner scan = scanner;
        scanner = null;
        if (scan != null) {
            client.loop().giveBack(scan);
        }
    }

    // ---- time and back-pressure

    void clientWritable(boolean writable) {
        UpstreamConnection connection = upstream;
        if (connection != null && readingPaused && writable && working == null) {
            readingPaused = false;
            upstreamNanos = System.nanoTime();
            connection.reading(true);
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
        Limits limits = services.limits();
        if (left != null) {
            if (nowNanos - leftNanos > READ_ON_NANOS || nowNanos - arrivedNanos > limits.totalNanos()) {
                endLeft();
            }
            return;
        }
        if (relay != null && relay.closing()) { // no deadline but its own can fail what has come to its end
            if (nowNanos - upstreamNanos > CLOSING_NANOS || nowNanos - arrivedNanos > limits.totalNanos()) {
                closes();
            }
            return;
        }
        if (nowNanos - arrivedNanos > limits.totalNanos()) { // in any state: a store may never answer
            abortUpstream();
            fail(new Deadline("the exchange took longer than limits.total"), Outcome.FAILED);
            return;
        }
        if (counting != null || working != null) {
            tickWaiting(nowNanos);
        } else if (operation == Operation.COUNT_TOKENS && nowNanos - arrivedNanos > COUNT_NANOS) {
            countsInstead(new Deadline(choice.providerName() + " did not count in time"));
        }
        if (state == State.SETTLING || state == State.DONE || !choice.wantsStream()) {
            return;
        }
        Target to = choice.target();
        long patience = to != null && to.local() ? 2 : 1;
        if (state == State.WAITING || state == State.ANSWERING && relay != null && !relay.begun()) {
            if (nowNanos - sentNanos > patience * limits.firstByteNanos()) {
                failedAttempt();
                abortUpstream();
                fail(new Deadline(choice.providerName() + " sent nothing within limits.first_byte"), Outcome.FAILED);
                return;
            }
        } else if (state == State.ANSWERING
                && !readingPaused
                && nowNanos - upstreamNanos > patience * limits.idleNanos()) {
            failedAttempt();
            abortUpstream();
            fail(new Deadline(choice.providerName() + " was silent for longer than limits.idle"), Outcome.CUT);
            return;
        }
        boolean relaying = relay != null && relay.begun(); // what comes before the answer begins is held back
        long lastNanos = Math.max(keptAliveNanos, relaying ? upstreamNanos : arrivedNanos);
        if (nowNanos - lastNanos > limits.keepaliveNanos() && client.writable() && held == null) {
            keptAliveNanos = nowNanos;
            try {
                if (!headSent) {
                    sendStreamHead(Reply.EVENT_STREAM);
                }
                keepAlive();
            } catch (OutOfMemoryError none) { // no reason to end what it shall keep alive
                LOG.debug("no memory for a keep-alive of request {}", requestId, none);
            }
        }
    }

    private void keepAlive() {
        if (relay != null) {
            relay.letGo();
        }
        client.write(OwnChunk.of(client.channel().alloc(), face.keepalive(key.keepalive(), facts()), !client.http10()));
        client.flush();
    }

    /** Sends a client that may have left what changes nothing for one that listens; false where there is no such thing. */
    boolean probe() {
        if (state == State.SETTLING || over() || !client.writable()) {
            return true; // bytes are on their way
        }
        if (headSent) {
            keepAlive();
        } else if (client.http10()) {
            return false;
        } else {
            client.write(Unpooled.wrappedBuffer(Reply.CONTINUE));
            client.flush();
        }
        return true;
    }

    /** What faces may tell of this. */
    Face.Facts facts() {
        return bridge.facts(relay);
    }
}
