package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.penstock.catalog.Modality;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.catalog.Resolution;
import io.penstock.error.ErrorKind;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.AmbiguousModel;
import io.penstock.error.GatewayError.AudioUnsupported;
import io.penstock.error.GatewayError.AutoRoutingOff;
import io.penstock.error.GatewayError.BadGateway;
import io.penstock.error.GatewayError.Deadline;
import io.penstock.error.GatewayError.ImagesUnsupported;
import io.penstock.error.GatewayError.InvalidField;
import io.penstock.error.GatewayError.InvalidJson;
import io.penstock.error.GatewayError.InvalidModel;
import io.penstock.error.GatewayError.ModelRequired;
import io.penstock.error.GatewayError.NoHandlerForProtocol;
import io.penstock.error.GatewayError.ProviderRefusal;
import io.penstock.error.GatewayError.RewriteFailed;
import io.penstock.error.GatewayError.RoutingNotConfigured;
import io.penstock.error.GatewayError.StoreUnavailable;
import io.penstock.error.GatewayError.UnknownModel;
import io.penstock.error.GatewayError.UpstreamFailed;
import io.penstock.error.GatewayError.UpstreamOverloaded;
import io.penstock.error.GatewayError.UpstreamUnavailable;
import io.penstock.error.GatewayException;
import io.penstock.pricing.Pricing;
import io.penstock.pricing.TokenEstimate;
import io.penstock.protocol.BodyScanner;
import io.penstock.protocol.ChatRequest;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ProviderError;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.Usage;
import io.penstock.protocol.UsageCounter;
import io.penstock.routing.Candidate;
import io.penstock.routing.Route;
import io.penstock.server.face.Face;
import io.penstock.server.face.Operation;
import io.penstock.server.face.openrouter.Bill;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.ResponseHead;
import io.penstock.server.relay.EventRewriter;
import io.penstock.server.relay.HeldAnswer;
import io.penstock.server.relay.OwnChunk;
import io.penstock.server.relay.RelayListener;
import io.penstock.server.relay.StreamRelay;
import io.penstock.server.upstream.AttemptListener;
import io.penstock.server.upstream.Credential;
import io.penstock.server.upstream.Target;
import io.penstock.server.upstream.UpstreamConnection;
import io.penstock.store.ExchangeEnd;
import io.penstock.store.Hold;
import io.penstock.store.Writer;
import io.penstock.store.key.GatewayKey;
import io.penstock.store.ledger.EntryKind;
import io.penstock.store.requestlog.Outcome;
import io.penstock.store.requestlog.RequestLogEntry;
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
final class Exchange implements AttemptListener, RelayListener, Bill, Writer.Committed, Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
    private static final int COPIED_BODY_BYTES_MAX = 16 * 1024; // below, one buffer costs less than slices do
    private static final int BELIEVABLE_CONTEXTS = 4; // a usage above this many context windows is absurd
    private static final int ANSWERS_MAX = 128; // OpenAI's own limit of n
    private static final int ERROR_BODY_BYTES_MAX = 64 * 1024;
    private static final int READ_BYTES_MAX = 64 * 1024; // what one read of a socket brings at most
    private static final long CREDENTIAL_REFUSED_NANOS = 60_000_000_000L;
    private static final long OFFER_MISSING_NANOS = 300_000_000_000L;

    private enum State {
        CONNECTING,
        WAITING,
        ANSWERING,
        SETTLING,
        DONE
    }

    private final ClientConnection client;
    private final Services services;
    private final Face face;
    private final Operation operation;
    private final GatewayKey key;
    private final String requestId;
    private final long arrivedNanos;
    private final RequestBody body; // owned
    private final UsageCounter counter; // the connection's, ours until DONE
    private final ScriptCounter text; // the connection's, ours until DONE

    private State state = State.CONNECTING;
    private @Nullable BodyScanner scanner; // until the request has been sent
    private @Nullable String requestedModel;
    private boolean wantsStream;
    private boolean usageUnasked;
    private @Nullable Model model;
    private @Nullable Offer offer;
    private @Nullable Target target;
    private @Nullable Credential credential;
    private @Nullable String routeReason;
    private long holdNanos = -1; // -1: none is held
    private long inputTokensGuess;
    private TokenCounts.@Nullable Count counting;
    private int attempts;
    private boolean freshConnection;

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
    private long costNanos;
    private @Nullable Usage counted;
    private volatile boolean durable;

    Exchange(
            ClientConnection client,
            Services services,
            Face face,
            Operation operation,
            GatewayKey key,
            String requestId,
            long arrivedNanos,
            RequestBody body,
            BodyScanner scanner) {
        this.client = client;
        this.services = services;
        this.face = face;
        this.operation = operation;
        this.key = key;
        this.requestId = requestId;
        this.arrivedNanos = arrivedNanos;
        this.body = body;
        this.scanner = scanner;
        this.keptAliveNanos = arrivedNanos;
        this.counter = client.usageCounter();
        this.text = client.textCounter();
    }

    // ---- deciding

    void start() {
        try {
            decide();
        } catch (GatewayException refused) {
            fail(refused.error(), Outcome.REFUSED);
        } catch (RuntimeException bug) {
            LOG.error("request {} failed before it was sent", requestId, bug);
            fail(new GatewayError.Internal(), Outcome.FAILED);
        }
    }

    private void decide() {
        BodyScanner scan = scanner;
        if (scan == null || !scan.finish()) {
            throw new GatewayException(new InvalidJson(scan == null ? null : scan.problem()));
        }
        ChatRequest request = scan.request();
        checkFields(request);
        Offering offering = services.offering();
        requestedModel = request.model();
        Resolution resolution = offering.catalog().resolve(modelName(request));
        Route route = route(request, resolution, offering);
        Candidate first = route.candidates().get(0);
        Model served = first.model();
        Offer chosen = first.offer();
        Target reached = offering.target(chosen.provider(), face.protocol());
        model = served;
        offer = chosen;
        routeReason = route.reason();
        if (operation == Operation.COUNT_TOKENS && (reached == null || !reached.countsTokens())) {
            checkCapabilities(request, served);
            countHere(request);
            return;
        }
        if (reached == null) {
            throw new GatewayException(new NoHandlerForProtocol(
                    chosen.provider() + " does not speak the " + face.protocol().label() + " protocol; use the "
                            + (face.protocol() == Protocol.OPENAI ? "Anthropic" : "OpenAI") + " base URL for "
                            + served.id()));
        }
        target = reached;
        counter.reset((long) served.context() * BELIEVABLE_CONTEXTS);
        text.reset();
        checkCapabilities(request, served);
        wantsStream = request.stream() && operation != Operation.COUNT_TOKENS;
        usageUnasked = request.includeUsage() != ChatRequest.IncludeUsage.TRUE;
        inputTokensGuess = InputGuess.tokens(request);
        Rewrite.check(request, reached);
        if (operation != Operation.COUNT_TOKENS) {
            hold(request, chosen);
        }
        attempts = 1;
        acquire();
    }

    private void acquire() {
        Target to = target;
        if (to != null) {
            client.loop().upstreams().acquire(to.address(), freshConnection, this);
        }
    }

    private static String modelName(ChatRequest request) {
        String name = request.model();
        if (name != null) {
            return name;
        }
        throw new GatewayException(
                switch (request.modelState()) {
                    case ABSENT -> new ModelRequired();
                    case NOT_A_STRING -> new InvalidModel("a string is expected");
                    case TOO_LONG -> new InvalidModel("at most " + ChatRequest.MODEL_BYTES_MAX + " bytes");
                    default -> new InvalidModel(null);
                });
    }

    private static void checkFields(ChatRequest request) {
        if (request.isInvalid(ChatRequest.Field.STREAM)) {
            throw new GatewayException(new InvalidField("stream", "true or false"));
        }
        if (request.isInvalid(ChatRequest.Field.STREAM_OPTIONS)) {
            throw new GatewayException(new InvalidField("stream_options", "an object"));
        }
        if (request.isInvalid(ChatRequest.Field.MESSAGES)) {
            throw new GatewayException(new InvalidField("messages", "an array"));
        }
        if (request.isInvalid(ChatRequest.Field.MAX_TOKENS)) {
            throw new GatewayException(new InvalidField("max_tokens", "a whole number"));
        }
        if (request.isInvalid(ChatRequest.Field.MAX_COMPLETION_TOKENS)) {
            throw new GatewayException(new InvalidField("max_completion_tokens", "a whole number"));
        }
        if (request.isInvalid(ChatRequest.Field.N)) {
            throw new GatewayException(new InvalidField("n", "a whole number"));
        }
    }

    private Route route(ChatRequest request, Resolution resolution, Offering offering) {
        switch (resolution.kind()) {
            case FOUND -> {
                return Routing.direct(services, offering, resolution, face.protocol());
            }
            case AUTO -> {
                if (!offering.auto()) {
                    throw new GatewayException(new AutoRoutingOff());
                }
                return Routing.auto(services, offering, resolution, request, face.protocol());
            }
            case AMBIGUOUS -> throw new GatewayException(new AmbiguousModel(modelName(request), resolution.ids()));
            case NOT_CONFIGURED ->
                throw new GatewayException(
                        new RoutingNotConfigured(offering.hint(resolution.providers()), resolution.ids()));
            default -> throw new GatewayException(new UnknownModel(modelName(request), resolution.ids()));
        }
    }

    private static void checkCapabilities(ChatRequest request, Model served) {
        if (request.hasImages() && !served.input().contains(Modality.IMAGE)) {
            throw new GatewayException(new ImagesUnsupported(served.id()));
        }
        if (request.hasAudio() && !served.input().contains(Modality.AUDIO)) {
            throw new GatewayException(new AudioUnsupported(served.id()));
        }
    }

    private void hold(ChatRequest request, Offer chosen) {
        long asked = Math.max(request.maxTokens(), request.maxCompletionTokens());
        long output = asked >= 0 ? Math.min(asked, chosen.maxOutput()) : chosen.maxOutput();
        long input = Math.max(0, request.bytes() - request.mediaBytes()) + mediaTokensCap(request);
        long nanos = Pricing.estimate(chosen.price(), input, output, answers(request), 0);
        Hold entry = new Hold(requestId, key.id(), nanos, System.currentTimeMillis());
        if (!services.store().writer().hold(entry)) {
            throw new GatewayException(new StoreUnavailable());
        }
        holdNanos = nanos;
    }

    private static int answers(ChatRequest request) {
        if (request.n() > ANSWERS_MAX) {
            throw new GatewayException(new InvalidField("n", "at most " + ANSWERS_MAX));
        }
        return (int) Math.max(1, request.n());
    }

    private static long mediaTokensCap(ChatRequest request) {
        return request.mediaBytes() == 0 ? 0 : Math.max(InputGuess.TOKENS_PER_IMAGE_MAX, request.mediaBytes() / 100);
    }

    /** {@code count_tokens} for a provider that cannot: our own estimate, marked as one. */
    private void countHere(ChatRequest request) {
        inputTokensGuess = InputGuess.tokens(request);
        counting = services.tokenCounts().begin(body, client.loop().eventLoop(), this::counted);
        if (counting == null) {
            counted(TokenCounts.NONE);
        }
    }

    private void counted(long tokens) {
        if (state == State.DONE) {
            return; // the client left meanwhile, or the gateway closes
        }
        status = 200;
        outcome = Outcome.COMPLETED;
        byte[] json = Bytes.ascii("{\"input_tokens\":" + (tokens < 0 ? inputTokensGuess : tokens) + "}");
        releaseRequest();
        ByteBuf out = client.channel().alloc().directBuffer(256);
        replyHead(out, 200);
        Reply.estimate(out);
        Reply.length(out, json.length, client.persistent(), client.http10());
        client.write(out.writeBytes(json));
        conclude(false);
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
        }
    }

    private void send(UpstreamConnection connection) {
        Target to = target;
        if (to == null) {
            throw new IllegalStateException("no target");
        }
        Credential shown = to.credential();
        credential = shown;
        Splices splices = client.loop().splices();
        BodyScanner scan = scanner;
        Model served = model;
        Offer chosen = offer;
        if (scan == null || served == null || chosen == null) {
            throw new IllegalStateException("nothing to send");
        }
        Rewrite.collect(splices, scan.request(), body, served, chosen, to);
        int bytes = splices.bytes(body);
        boolean copied = bytes <= COPIED_BODY_BYTES_MAX;
        boolean beta = operation == Operation.MESSAGES && betaAsked();
        ByteBuf out = client.channel().alloc().directBuffer(1024 + (copied ? bytes : 0));
        to.writeHead(out, shown, operation == Operation.COUNT_TOKENS, beta, client.head(), client.headBytes(), bytes);
        state = State.WAITING; // before it is sent: a write that fails may tell connectionLost before it returns
        sentNanos = System.nanoTime();
        upstreamNanos = sentNanos;
        if (copied) {
            splices.copy(body, out);
            connection.send(out);
        } else {
            splices.write(body, out, connection);
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
            failedAttempt();
            fail(new BadGateway(providerName(), why), Outcome.FAILED);
        }
    }

    @Override
    public void head(ResponseHead head, BodyFraming framing, ByteBuf in) {
        releaseRequest();
        status = head.status();
        upstreamNanos = System.nanoTime();
        retryAfterSeconds = RetryAfter.seconds(head, in);
        state = State.ANSWERING;
        boolean good = status >= 200 && status < 300;
        if (good && head.eventStream() && operation != Operation.COUNT_TOKENS) {
            contentType = copy(in, head.typeStart(), head.typeEnd(), Reply.EVENT_STREAM);
            rewriter = face.ownDialect() ? Dialects.rewriter(face, facts(), this) : null;
            relay = new StreamRelay(
                    this,
                    client.channel().alloc(),
                    framing,
                    client.loop().look(),
                    counter,
                    text,
                    face.protocol(),
                    usageUnasked && face.protocol() == Protocol.OPENAI,
                    !client.http10(),
                    rewriter,
                    services.bodyBytes(),
                    services.limits().bodiesBytes());
        } else {
            contentType = good ? copy(in, head.typeStart(), head.typeEnd(), Reply.JSON) : Reply.JSON;
            held = new HeldAnswer(
                    framing,
                    good ? services.limits().responseBytes() : ERROR_BODY_BYTES_MAX,
                    services.bodyBytes(),
                    services.limits().bodiesBytes());
        }
    }

    private static byte[] copy(ByteBuf in, int from, int to, byte[] usual) {
        if (from == to || Bytes.equals(in, from, to, usual)) {
            return usual;
        }
        byte[] copy = new byte[to - from];
        in.getBytes(from, copy);
        return copy;
    }

    @Override
    public void body(ByteBuf bytes) {
        upstreamNanos = System.nanoTime();
        StreamRelay streams = relay;
        HeldAnswer holds = held;
        if (streams != null) {
            streams.onBytes(bytes);
            UpstreamConnection connection = upstream;
            if (connection != null && !readingPaused && !client.writable()) {
                readingPaused = true;
                connection.reading(false);
            }
        } else if (holds != null) {
            if (!holds.onBytes(bytes)) {
                abortUpstream();
                fail(
                        new UpstreamFailed(
                                providerName(),
                                "its answer is larger than limits.response, or all that is held than limits.bodies"),
                        Outcome.FAILED);
            }
        } else {
            bytes.release();
        }
    }

    @Override
    public void readComplete() {
        if (headSent) {
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
            fail(new UpstreamFailed(providerName(), "status " + status + " without a body"), Outcome.FAILED);
        }
    }

    @Override
    public void connectionLost(String why, boolean answered, boolean sent) {
        upstream = null;
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
                            ? new UpstreamFailed(providerName(), "it " + why + " in the middle of its answer")
                            : new BadGateway(providerName(), why),
                    relay != null && relay.begun() ? Outcome.CUT : Outcome.FAILED);
        }
    }

    private void abortUpstream() {
        UpstreamConnection connection = upstream;
        upstream = null;
        if (connection != null) {
            connection.abort();
        }
    }

    private void failedAttempt() {
        Target to = target;
        if (to != null) {
            to.health().failed();
            services.metrics().attempt(to.provider(), "failed");
        }
    }

    private void goodAttempt() {
        Target to = target;
        if (to != null) {
            to.health().began((answeredNanos - sentNanos) / 1000);
            services.metrics().attempt(to.provider(), "ok");
        }
        Credential shown = credential;
        if (shown != null) {
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
        headSent = true;
        statusSent = 200;
        streaming = true;
        services.metrics().streamBegan();
        ByteBuf out = client.channel().alloc().directBuffer(512);
        Reply.status(out, 200, client.loop().date());
        Reply.type(out, type);
        Reply.ids(out, requestId, face.requestIdHeader());
        Reply.route(out, model == null ? null : model.id(), routeReason);
        if (client.http10()) {
            client.endAtClose();
        }
        Reply.stream(out, client.persistent(), client.http10());
        client.write(out);
    }

    @Override
    public void relayed(ByteBuf bytes) {
        if (bytes.readableBytes() <= READ_BYTES_MAX) {
            client.write(bytes);
        } else {
            client.writeCounted(bytes); // events that were joined: back-pressure bounds their number, not their size
        }
    }

    @Override
    public void answerComplete() {
        endedNanos = upstreamNanos;
        releaseUpstream();
        settle(Outcome.COMPLETED);
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
        GatewayError error = type.equals("overloaded_error")
                ? new UpstreamOverloaded(providerName(), masked(message), -1)
                : new UpstreamFailed(providerName(), masked(message));
        if (begun && rewriter == null) {
            cut(error, null); // the provider's own event has told the client
        } else {
            fail(error, begun ? Outcome.CUT : Outcome.FAILED);
        }
    }

    @Override
    public void relayFailed(String why) {
        failedAttempt();
        relayEnds(why);
    }

    @Override
    public void noRoom() { // no fault of the provider's
        relayEnds("what must be held of its stream finds no room in limits.bodies");
    }

    private void relayEnds(String why) {
        abortUpstream();
        fail(new UpstreamFailed(providerName(), why), relay != null && relay.begun() ? Outcome.CUT : Outcome.FAILED);
    }

    // ---- a plain answer

    private void plainAnswer(HeldAnswer holds) {
        ByteBuf json = holds.whole(client.channel().alloc());
        if (status < 200 || status > 299) {
            refusedByProvider(json);
            return;
        }
        if (headSent) {
            fail(new UpstreamFailed(providerName(), "it did not stream its answer"), Outcome.FAILED);
            return;
        }
        answeredNanos = upstreamNanos;
        if (operation == Operation.COUNT_TOKENS) {
            goodAttempt();
            outcome = Outcome.COMPLETED;
            sendPlain();
            conclude(false);
            return;
        }
        HeldAnswer.Found found = holds.look(client.loop().look(), face.protocol(), counter, text);
        if (found.error() != null) {
            failedAttempt();
            fail(new UpstreamFailed(providerName(), masked(found.error().message())), Outcome.FAILED);
            return;
        }
        if (!found.json()) {
            failedAttempt();
            fail(new UpstreamFailed(providerName(), "its answer is not JSON"), Outcome.FAILED);
            return;
        }
        finishReason = found.finishReason();
        goodAttempt();
        settle(Outcome.COMPLETED);
    }

    private void refusedByProvider(ByteBuf json) {
        byte[] bytes = new byte[json.readableBytes()];
        json.getBytes(json.readerIndex(), bytes);
        ProviderError said = ProviderError.read(bytes, 0, bytes.length);
        String words = said.message().isEmpty() ? "status " + status : masked(said.message());
        switch (status) {
            case 401, 402 -> credentialRefused();
            case 403 -> {
                if (Dialects.moderation(said)) {
                    refuse(ErrorKind.FORBIDDEN, said, words);
                } else {
                    credentialRefused();
                }
            }
            case 400 -> refuse(ErrorKind.BAD_REQUEST, said, words);
            case 408 -> refuse(ErrorKind.REQUEST_TIMEOUT, said, words);
            case 413 -> refuse(ErrorKind.TOO_LARGE, said, words);
            case 422 -> refuse(ErrorKind.UNPROCESSABLE, said, words);
            case 429 -> {
                failedAttempt();
                refuse(ErrorKind.RATE_LIMIT, said, words);
            }
            case 529 -> {
                failedAttempt();
                fail(new UpstreamOverloaded(providerName(), words, retryAfterSeconds), Outcome.FAILED);
            }
            case 404 -> {
                markMissing();
                failedAttempt();
                fail(
                        new UpstreamUnavailable(providerName() + " does not know "
                                + (offer == null ? "the model" : offer.nativeId()) + " any more"),
                        Outcome.FAILED);
            }
            case 504 -> {
                failedAttempt();
                fail(new Deadline(providerName() + ": " + words), Outcome.FAILED);
            }
            default -> {
                failedAttempt();
                fail(new UpstreamFailed(providerName(), words), Outcome.FAILED);
            }
        }
    }

    /** A provider's words without our credential, should it repeat it. */
    private String masked(String words) {
        Credential shown = credential;
        return shown == null ? words : shown.masked(words);
    }

    private void markMissing() {
        if (target != null && offer != null) {
            target.missing(offer.nativeId(), System.nanoTime() + OFFER_MISSING_NANOS);
        }
    }

    private void refuse(ErrorKind kind, ProviderError said, String words) {
        fail(
                new ProviderRefusal(
                        kind, providerName(), words, said.type(), said.code(), said.param(), retryAfterSeconds),
                Outcome.REFUSED);
    }

    private void credentialRefused() {
        failedAttempt();
        Credential shown = credential;
        if (shown != null) {
            shown.refused(System.nanoTime() + CREDENTIAL_REFUSED_NANOS);
        }
        LOG.warn(
                "{} refused our credential or account (status {}); check its API key and balance",
                providerName(),
                status);
        fail(
                new UpstreamFailed(
                        providerName(),
                        "it refused the gateway's credential or account (status " + status + "); your own key is fine"),
                Outcome.FAILED);
    }

    private void sendPlain() {
        HeldAnswer holds = held;
        if (holds == null) {
            return;
        }
        ByteBuf whole = holds.whole(client.channel().alloc());
        ByteBuf answer = operation != Operation.COUNT_TOKENS && face.ownDialect()
                ? Dialects.plain(face, facts(), this, whole)
                : whole.retain();
        headSent = true;
        statusSent = status;
        ByteBuf out = client.channel().alloc().directBuffer(512 + Math.min(answer.readableBytes(), 4096));
        replyHead(out, status);
        Reply.length(out, answer.readableBytes(), client.persistent(), client.http10());
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
        Reply.route(out, model == null ? null : model.id(), routeReason);
    }

    // ---- money

    /** The answer is complete but for its end: the settlement goes to disk, then {@link #run} lets the end go. */
    private void settle(Outcome how) {
        state = State.SETTLING;
        outcome = how;
        ExchangeEnd end = end(how);
        services.store().writer().finish(end, this);
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
        } catch (RuntimeException bug) { // settled, and its end cannot be written: it must not look complete
            LOG.error("request {} failed at the end of its answer", requestId, bug);
            conclude(true);
            return;
        }
        conclude(false);
    }

    /** The ledger's view of how this ended; also fixes {@link #counted} and {@link #costNanos}. */
    private ExchangeEnd end(Outcome how) {
        Offer by = offer;
        boolean complete = how == Outcome.COMPLETED;
        boolean delivered = relay != null && relay.delivered();
        Usage spent = null;
        if (by != null) {
            if (complete && counter.reported() && (relay == null || relay.usageComplete())) {
                spent = counter.usage();
            } else if (complete || delivered) {
                spent = estimated();
            }
        }
        long cost = spent == null || by == null ? 0 : Pricing.cost(by.price(), spent);
        boolean over = cost > holdNanos;
        if (over && spent != null && spent.estimated()) {
            cost = holdNanos;
            over = false;
        }
        counted = spent;
        costNanos = cost;
        EntryKind kind = spent == null ? EntryKind.RELEASE : EntryKind.SETTLEMENT;
        RequestLogEntry entry = logEntry(how);
        return new ExchangeEnd(
                requestId,
                key.id(),
                kind,
                holdNanos,
                cost,
                spent != null && spent.estimated(),
                over,
                entry.atMillis() + entry.durationMicros() / 1000,
                entry);
    }

    /** What was reported so far, completed by what we counted. */
    private Usage estimated() {
        Usage told = counter.usage();
        boolean inputTold = told.totalInput() > 0;
        return new Usage(
                inputTold ? told.input() : inputTokensGuess,
                told.cacheRead(),
                told.cacheWrite(),
                told.cacheWrite1h(),
                Math.max(told.output(), TokenEstimate.tokens(text)),
                told.reasoning(),
                true);
    }

    private RequestLogEntry logEntry(Outcome how) {
        Usage u = counted;
        long now = System.nanoTime();
        return new RequestLogEntry(
                requestId,
                key.id(),
                face.label(),
                requestedModel,
                model == null ? null : model.id(),
                target == null ? null : target.provider(),
                wantsStream,
                statusSent != 0 ? statusSent : status,
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
                relay == null ? finishReason : relay.finishReason(),
                routeReason,
                ClientFacts.requestId(client),
                ClientFacts.app(client));
    }

    // ---- failing

    /** Ends the exchange with an error: as an answer, or in the stream where one has begun. */
    private void fail(GatewayError error, Outcome how) {
        if (state == State.DONE) {
            return;
        }
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
        abortUpstream();
        boolean settled = state == State.SETTLING;
        outcome = error instanceof StoreUnavailable ? Outcome.FAILED : Outcome.CUT;
        if (event != null) {
            client.write(OwnChunk.of(client.channel().alloc(), event, !client.http10()));
        }
        if (!settled) {
            settleBeside(outcome);
        }
        conclude(true);
    }

    /** Settles or releases the hold without anybody waiting for it. */
    private void settleBeside(Outcome how) {
        if (holdNanos >= 0 && state != State.SETTLING) {
            services.store().writer().finish(end(how), NOBODY);
        } else if (holdNanos < 0) {
            log(how);
        }
    }

    /** An exchange that held no money. */
    private void log(Outcome how) {
        RequestLogEntry entry = logEntry(how);
        if (!services.store().writer().log(entry)) {
            AccessLog.exchange(entry);
        }
    }

    private static final Writer.Committed NOBODY = durable -> {};

    void clientLeft() {
        if (state == State.DONE) {
            return;
        }
        abortUpstream();
        boolean settled = state == State.SETTLING;
        if (!settled) {
            outcome = Outcome.LEFT;
            settleBeside(Outcome.LEFT);
        }
        conclude(false);
    }

    void abort(GatewayError error) {
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
        if (relay != null) {
            relay.close();
        }
        if (held != null) {
            held.close();
        }
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
                        model == null ? "" : model.id(),
                        outcome == Outcome.LEFT ? 499 : statusSent,
                        answeredNanos == 0 ? -1 : answeredNanos - arrivedNanos,
                        overheadNanos(now));
        client.exchangeEnded(cut);
    }

    /** What we added: from arrival to the request's leaving, and from the provider's last byte to ours. -1 if unknown. */
    private long overheadNanos(long now) {
        return sentNanos == 0 || endedNanos == 0 ? -1 : sentNanos - arrivedNanos + Math.max(0, now - endedNanos);
    }

    private void releaseRequest() {
        body.release();
        BodyScanner scan = scanner;
        scanner = null;
        if (scan != null) {
            client.loop().giveBack(scan);
        }
    }

    // ---- time and back-pressure

    void clientWritable(boolean writable) {
        UpstreamConnection connection = upstream;
        if (connection != null && readingPaused && writable) {
            readingPaused = false;
            upstreamNanos = System.nanoTime();
            connection.reading(true);
        }
    }

    void tick(long nowNanos) {
        if (state == State.SETTLING || state == State.DONE) {
            return;
        }
        Limits limits = services.limits();
        if (nowNanos - arrivedNanos > limits.totalNanos()) {
            abortUpstream();
            fail(new Deadline("the exchange took longer than limits.total"), Outcome.FAILED);
            return;
        }
        if (!wantsStream) {
            return;
        }
        long patience = target != null && target.local() ? 2 : 1;
        if (state == State.WAITING || state == State.ANSWERING && relay != null && !relay.begun()) {
            if (nowNanos - sentNanos > patience * limits.firstByteNanos()) {
                failedAttempt();
                abortUpstream();
                fail(new Deadline(providerName() + " sent nothing within limits.first_byte"), Outcome.FAILED);
                return;
            }
        } else if (state == State.ANSWERING
                && !readingPaused
                && nowNanos - upstreamNanos > patience * limits.idleNanos()) {
            failedAttempt();
            abortUpstream();
            fail(new Deadline(providerName() + " was silent for longer than limits.idle"), Outcome.CUT);
            return;
        }
        boolean relaying = relay != null && relay.begun(); // what comes before the answer begins is held back
        long lastNanos = Math.max(keptAliveNanos, relaying ? upstreamNanos : arrivedNanos);
        if (nowNanos - lastNanos > limits.keepaliveNanos() && client.writable() && held == null) {
            keptAliveNanos = nowNanos;
            if (!headSent) {
                sendStreamHead(Reply.EVENT_STREAM);
            }
            client.write(
                    OwnChunk.of(client.channel().alloc(), face.keepalive(key.keepalive(), facts()), !client.http10()));
            client.flush();
        }
    }

    // ---- facts for faces

    Face.Facts facts() {
        return new Face.Facts(
                requestId,
                System.currentTimeMillis() / 1000,
                model == null ? "" : model.id(),
                target == null ? null : target.providerName());
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
        return Pricing.cost(
                by.price(), new Usage(u.input(), u.cacheRead(), u.cacheWrite(), u.cacheWrite1h(), 0, 0, u.estimated()));
    }

    private String providerName() {
        return target == null ? "the provider" : target.providerName();
    }
}
