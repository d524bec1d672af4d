package io.penstock.server.attempt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.penstock.error.Blame;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.BadGateway;
import io.penstock.error.GatewayError.Deadline;
import io.penstock.error.GatewayError.ProviderRefusal;
import io.penstock.error.GatewayError.ResponseTooLarge;
import io.penstock.error.GatewayError.RewriteFailed;
import io.penstock.error.GatewayError.TooBusy;
import io.penstock.error.GatewayError.UpstreamFailed;
import io.penstock.error.GatewayException;
import io.penstock.protocol.translate.JsonOut;
import io.penstock.provider.Masks;
import io.penstock.provider.Refusal;
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
import io.penstock.server.upstream.Target;
import io.penstock.server.upstream.UpstreamConnection;
import io.penstock.server.wire.HttpConnection;
import io.penstock.server.wire.Reply;
import io.penstock.server.wire.RequestBody;
import io.penstock.store.Outcome;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One try of one offer: makes the request fit for it, sends it, and hands what comes back to its {@link AttemptOwner}, as a
 * stream while it comes or as a plain answer when it is whole. Goes forward only:
 *
 * <pre>
 * PREPARING ▸ CONNECTING ▸ WAITING ▸ ANSWERING ▸ OVER
 * </pre>
 *
 * It tells its end once: {@link AttemptOwner#complete}, {@link AttemptOwner#counted} or {@link AttemptOwner#ended}. What it holds
 * of an answer stays until {@link #close}, for the owner may have to tell it. Event loop only.
 */
public final class Attempt implements AttemptListener, RelayListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);
    private static final int BELIEVABLE_CONTEXTS = 4; // a usage above this many context windows is absurd
    private static final int COPIED_BODY_BYTES_MAX = 16 * 1024; // below, one buffer costs less than slices do
    private static final int ERROR_BODY_BYTES_MAX = 64 * 1024;
    private static final byte[] BETA = Bytes.ascii("?beta=true");

    private enum Stage {
        PREPARING,
        CONNECTING,
        WAITING,
        ANSWERING,
        OVER
    }

    private final HttpConnection client;
    private final LoopUpstreams loop;
    private final ClientRequest request;
    private final Approach approach;
    private final AttemptOwner owner;
    private final Meter meter;
    private final ProtocolBridge bridge; // owned

    private Stage stage = Stage.PREPARING;
    private LargeWork.@Nullable Job working;
    private long workSinceNanos;
    private boolean freshConnection;
    private @Nullable Credential credential;
    private @Nullable UpstreamConnection upstream;
    private int status;
    private long retryAfterSeconds = -1;
    private byte[] contentType = Reply.JSON;
    private @Nullable StreamRelay relay; // owned
    private @Nullable HeldAnswer held; // owned
    private @Nullable EventRewriter rewriter;
    private boolean readingPaused;
    private @Nullable String finishReason; // of a plain answer

    private long sentNanos;
    private long answeredNanos;
    private long upstreamNanos;
    private long endedNanos;

    /**
     * Of that offer.
     *
     * @param last whether no other attempt can follow, so that the request's body may be used up
     */
    public Attempt(
            HttpConnection client,
            LoopUpstreams loop,
            ClientRequest request,
            Approach approach,
            AttemptOwner owner,
            Meter meter,
            boolean last) {
        this.client = client;
        this.loop = loop;
        this.request = request;
        this.approach = approach;
        this.owner = owner;
        this.meter = meter;
        this.bridge =
                new ProtocolBridge(request, approach, loop, client.channel().alloc(), meter, owner, last);
    }

    // ---- the request

    /** Throws {@link GatewayException} for a request that cannot be made fit for this offer. */
    public void begin() {
        meter.counter().reset((long) approach.model().context() * BELIEVABLE_CONTEXTS);
        meter.text().reset();
        int bytes = request.body().bytes();
        if (bytes <= LargeWork.BYTES_MIN) {
            bridge.request();
        } else {
            Runnable work = bridge.largeRequest();
            if (work != null) {
                request.lend();
                work(bytes, work, this::prepared);
                return;
            }
        }
        connect();
    }

    /** A large request has been made fit for its provider, or could not be. */
    private void prepared(@Nullable Throwable failure) {
        request.back();
        if (stage == Stage.OVER) {
            bridge.close();
        } else if (failure == null) {
            connect();
        } else if (failure instanceof GatewayException refused) {
            end(Blame.REQUEST, refused.error(), Outcome.REFUSED);
        } else {
            owner.mishap(failure);
        }
        owner.flush();
    }

    /** Has something large done away from the event loop; one thing at a time. */
    private void work(int bytes, Runnable what, Consumer<@Nullable Throwable> done) {
        workSinceNanos = System.nanoTime();
        working = loop.resources().largeWork().begin(bytes, loop.eventLoop(), what, failure -> {
            working = null;
            try {
                done.accept(failure);
            } catch (Throwable bug) {
                owner.mishap(bug);
            }
        });
    }

    private void connect() {
        stage = Stage.CONNECTING;
        loop.pool().acquire(target().address(), freshConnection, this);
    }

    @Override
    public void connected(UpstreamConnection connection) {
        if (stage != Stage.CONNECTING) {
            connection.unused(); // the client left meanwhile
            return;
        }
        upstream = connection;
        try {
            send(connection);
        } catch (RuntimeException bug) { // on a fresh connection nobody else would hear of it
            LOG.error("request {} could not be made fit for its provider", request.id(), bug);
            end(Blame.GATEWAY, new RewriteFailed(), Outcome.FAILED);
        } catch (Error bug) {
            owner.mishap(bug);
        }
    }

    private void send(UpstreamConnection connection) {
        Target to = target();
        Credential shown = to.credential(approach.health());
        credential = shown;
        BodyEdits edits = loop.edits();
        RequestBody body = bridge.collect(edits);
        int bytes = edits.bytes(body);
        boolean copied = bytes <= COPIED_BODY_BYTES_MAX;
        boolean beta = request.operation() == Operation.MESSAGES && !bridge.translates() && betaAsked();
        ByteBuf out = allocator().directBuffer(1024 + (copied ? bytes : 0));
        to.writeHead(out, shown, approach.asked(), beta, client.head(), client.headBytes(), bytes);
        stage = Stage.WAITING; // before it is sent: a write that fails may tell connectionLost before it returns
        sentNanos = System.nanoTime();
        upstreamNanos = sentNanos;
        if (copied) {
            edits.copy(body, out);
            connection.send(out);
        } else {
            edits.write(body, out, connection);
        }
        bridge.sent();
    }

    private boolean betaAsked() {
        return Bytes.equals(
                client.headBytes(), client.head().pathEnd(), client.head().targetEnd(), BETA);
    }

    @Override
    public void connectFailed(String why) {
        if (stage == Stage.CONNECTING) {
            end(Blame.ADDRESS, new BadGateway(providerName(), why), Outcome.FAILED);
        }
    }

    // ---- what comes back

    @Override
    public void head(ResponseHead head, BodyFraming framing, ByteBuf in) {
        target().address().health().worked();
        status = head.status();
        upstreamNanos = System.nanoTime();
        retryAfterSeconds = RetryAfter.seconds(head, in);
        stage = Stage.ANSWERING;
        boolean good = good();
        if (good && head.eventStream() && request.operation().streams()) {
            contentType = bridge.translates() ? Reply.EVENT_STREAM : type(in, head, Reply.EVENT_STREAM);
            stream(framing);
        } else {
            contentType = good ? type(in, head, Reply.JSON) : Reply.JSON;
            held = new HeldAnswer(
                    framing,
                    good ? loop.resources().limits().responseBytes() : ERROR_BODY_BYTES_MAX,
                    loop.resources().buffers());
        }
        owner.answering();
    }

    private void stream(BodyFraming framing) {
        rewriter = bridge.rewriter();
        relay = new StreamRelay(
                this,
                framing,
                meter.counter(),
                meter.text(),
                new RelayTask(
                        bridge.spoken(),
                        bridge.dropsUsage(),
                        !client.http10(),
                        rewriter,
                        target().masks(),
                        bridge.watch()),
                new RelayResources(
                        allocator(),
                        loop.probe(),
                        loop.resources().buffers(),
                        loop.resources().heap()));
    }

    private byte[] type(ByteBuf in, ResponseHead head, byte[] usual) {
        int from = head.typeStart();
        int to = head.typeEnd();
        if (from == to || Bytes.equals(in, from, to, usual)) {
            return usual;
        }
        byte[] copy = new byte[to - from];
        in.getBytes(from, copy);
        byte[] safe = target().masks().known(copy);
        return safe == null ? copy : safe;
    }

    @Override
    public void body(ByteBuf bytes) {
        upstreamNanos = System.nanoTime();
        StreamRelay streams = relay;
        HeldAnswer holds = held;
        if (streams != null) {
            streams.onBytes(bytes);
            UpstreamConnection connection = upstream;
            if (connection != null && !readingPaused && !owner.takesMore()) {
                readingPaused = true;
                connection.reading(false);
            }
        } else if (holds == null) {
            bytes.release();
        } else if (!holds.onBytes(bytes)) {
            end(
                    Blame.GATEWAY,
                    !holds.tooLarge()
                            ? new TooBusy("the answer finds no room in limits.bodies")
                            : status < 300
                                    ? new ResponseTooLarge("it is larger than limits.response")
                                    : new UpstreamFailed(providerName(), "status " + status + " with a large body"),
                    Outcome.FAILED);
        }
    }

    @Override
    public void readComplete() {
        owner.flush();
    }

    @Override
    public void messageEnded() {
        upstream = null;
        endedNanos = upstreamNanos;
        StreamRelay streams = relay;
        HeldAnswer holds = held;
        if (stage != Stage.ANSWERING) {
            return;
        }
        if (streams != null) {
            streams.onClose();
        } else if (holds != null) {
            plainAnswer(holds);
        } else {
            end(
                    Blame.GATEWAY,
                    new UpstreamFailed(providerName(), "status " + status + " without a body"),
                    Outcome.FAILED);
        }
    }

    @Override
    public void connectionLost(String why, boolean answered, boolean sent) {
        upstream = null;
        if (settlesClosing()) {
            return;
        }
        if (stage == Stage.WAITING && !answered && !sent && !freshConnection) {
            freshConnection = true; // a stale connection: nothing of the request can have been acted on
            connect();
        } else if (stage == Stage.WAITING || stage == Stage.ANSWERING) {
            end(
                    Blame.PROVIDER,
                    relay != null || held != null
                            ? new UpstreamFailed(providerName(), "it " + why + " in the middle of its answer")
                            : new BadGateway(providerName(), why),
                    begun() ? Outcome.CUT : Outcome.FAILED);
        }
    }

    @Override
    public void mishap(Throwable bug) {
        owner.mishap(bug);
    }

    // ---- a stream

    @Override
    public void answerBegins() {
        answeredNanos = System.nanoTime();
        worked();
        owner.commit(contentType);
    }

    @Override
    public void relayed(ByteBuf bytes) {
        owner.relayed(bytes);
    }

    @Override
    public void answerComplete() {
        endedNanos = upstreamNanos;
        UpstreamConnection connection = upstream;
        upstream = null;
        if (connection != null) {
            connection.finishUnread();
        }
        complete();
    }

    @Override
    public void errorEvent(boolean begun, String type, String message) {
        end(
                Blame.PROVIDER,
                Refusal.event(providerName(), type, message),
                begun ? Outcome.CUT : Outcome.FAILED,
                begun && rewriter == null);
    }

    @Override
    public void relayFailed(String why) {
        end(Blame.PROVIDER, new UpstreamFailed(providerName(), why), begun() ? Outcome.CUT : Outcome.FAILED);
    }

    @Override
    public void noRoom() { // no fault of the provider's, as those below
        end(
                Blame.GATEWAY,
                new TooBusy("what must be held of the stream finds no room in limits.bodies"),
                begun() ? Outcome.CUT : Outcome.FAILED);
    }

    @Override
    public void tooLarge(String why) {
        end(Blame.GATEWAY, new ResponseTooLarge(why), begun() ? Outcome.CUT : Outcome.FAILED);
    }

    @Override
    public void broken(Throwable bug) {
        owner.mishap(bug);
    }

    @Override
    public boolean aside(int bytes, Runnable what, Consumer<@Nullable Throwable> done) {
        if (bytes > loop.resources().largeWork().bytesMax()) {
            return false;
        }
        UpstreamConnection connection = upstream;
        if (connection != null && !readingPaused) {
            readingPaused = true;
            connection.reading(false);
        }
        work(bytes, what, failure -> {
            done.accept(failure);
            owner.flush();
            clientWritable(owner.takesMore());
        });
        return true;
    }

    // ---- a plain answer

    private void plainAnswer(HeldAnswer holds) {
        ByteBuf json = holds.whole(allocator());
        if (!good()) {
            refusedByProvider(json);
            return;
        }
        if (owner.streamBegan()) {
            end(Blame.GATEWAY, new UpstreamFailed(providerName(), "it did not stream its answer"), Outcome.FAILED);
            return;
        }
        answeredNanos = upstreamNanos;
        if (request.operation() == Operation.COUNT_TOKENS) {
            counted(json);
            return;
        }
        HeldAnswer.Found found = holds.look(
                loop.probe(), bridge::read, bridge.spoken(), meter.counter(), meter.text(), target().masks());
        json = holds.whole(allocator()); // masked, it is another
        if (found.error() != null) {
            end(Blame.PROVIDER, new UpstreamFailed(providerName(), found.error().message()), Outcome.FAILED);
            return;
        }
        if (!found.json()) {
            notJson();
            return;
        }
        if (bridge.translates()) {
            owner.usageKnown();
        }
        finishReason = found.finishReason();
        ProtocolBridge.Reading reading = bridge.reading();
        if (reading == null) {
            goodPlain();
        } else if (json.readableBytes() <= LargeWork.BYTES_MIN) {
            plainRead(reading.read(json, loop.json()));
        } else {
            largePlain(reading, json);
        }
    }

    private void largePlain(ProtocolBridge.Reading reading, ByteBuf json) {
        int bytes = json.readableBytes();
        if (bytes > loop.resources().largeWork().bytesMax()) {
            if (bridge.translates()) {
                end(
                        Blame.GATEWAY,
                        new ResponseTooLarge("it must be translated, and is larger than an eighth of -Xmx"),
                        Outcome.FAILED);
            } else {
                goodPlain(); // only looked at, and for the next turn's sake
            }
            return;
        }
        ByteBuf kept = json.retain();
        boolean[] read = new boolean[1];
        work(bytes, () -> read[0] = reading.read(kept, new JsonOut()), failure -> {
            kept.release();
            if (stage == Stage.OVER) {
                bridge.close();
            } else if (failure == null) {
                plainRead(read[0]);
            } else if (failure instanceof GatewayException refused) {
                end(Blame.REQUEST, refused.error(), Outcome.REFUSED);
            } else {
                owner.mishap(failure);
            }
            owner.flush();
        });
    }

    private void plainRead(boolean told) {
        if (told) {
            goodPlain();
        } else {
            notJson();
        }
    }

    private void notJson() {
        end(Blame.PROVIDER, new UpstreamFailed(providerName(), "its answer is not JSON"), Outcome.FAILED);
    }

    private void goodPlain() {
        worked();
        complete();
    }

    private void refusedByProvider(ByteBuf json) {
        Refusal refusal = Refusal.read(
                status,
                ByteBufUtil.getBytes(json),
                providerName(),
                everyModelCan() ? approach.offer().nativeId() : null,
                target().masks(),
                bridge.foreignErrors(),
                retryAfterSeconds);
        end(
                refusal.blame(),
                refusal.error(),
                refusal.error() instanceof ProviderRefusal ? Outcome.REFUSED : Outcome.FAILED);
    }

    /** Whether a 404 is about the model: not where it may say only that the model cannot do this. */
    private boolean everyModelCan() {
        return request.operation() != Operation.EMBEDDINGS && request.operation() != Operation.COMPLETIONS;
    }

    private void counted(ByteBuf json) {
        if (target().counts().answered(json)) {
            stage = Stage.OVER;
            owner.counted();
        } else {
            end(Blame.GATEWAY, new UpstreamFailed(providerName(), "its answer is no count"), Outcome.FAILED);
        }
    }

    /** Whether an error means that a count which the provider was asked for must be made here; not if it refused the request. */
    public boolean leavesCount(GatewayError error) {
        boolean refused = held != null && !good();
        if (refused && target().counts().refused(status) || !error.fromUpstream()) {
            return false;
        }
        if (!refused) {
            target().counts().failed();
        }
        return true;
    }

    /** Keeps of a complete answer's thinking what the client cannot bring back. */
    public void keepThinking() {
        bridge.keepThinking();
    }

    /** A plain answer as the client shall read it. Ownership of the result moves. */
    public ByteBuf plain() {
        HeldAnswer holds = held;
        if (holds == null) {
            throw new IllegalStateException("no plain answer");
        }
        return bridge.plain(holds.whole(allocator()));
    }

    /** The end of a complete stream, which was withheld; null where the answer is plain. Ownership moves. */
    @Nullable
    public ByteBuf streamEnd() {
        return relay == null ? null : relay.releaseEnd();
    }

    /** A chunk that waits for what follows it goes to the client. */
    public void letGo() {
        if (relay != null) {
            relay.letGo();
        }
    }

    /** Gives up what is held of a stream. */
    public void dropStream() {
        if (relay != null) {
            relay.close();
        }
    }

    // ---- its end

    private void complete() {
        stage = Stage.OVER;
        owner.complete();
    }

    private void end(Blame blame, GatewayError error, Outcome outcome) {
        end(blame, error, outcome, false);
    }

    private void end(Blame blame, GatewayError error, Outcome outcome, boolean clientTold) {
        stage = Stage.OVER;
        if (request.operation() != Operation.COUNT_TOKENS // the model may do well without
                && HealthMarks.failed(blame, target(), approach.health(), credential(), status, retryAfterSeconds)) {
            owner.attempted(false);
        }
        abortUpstream();
        owner.ended(new AttemptEnd(blame, !begun(), error, outcome, clientTold));
    }

    private void worked() {
        HealthMarks.worked(approach.health(), credential(), (answeredNanos - sentNanos) / 1000);
        owner.attempted(true);
    }

    private Credential credential() {
        Credential shown = credential;
        return shown == null ? target().credential(approach.health()) : shown;
    }

    /** Ends it, whatever it is doing. What has come of a stream can still be told. Harmless when done twice. */
    public void abort() {
        stage = Stage.OVER;
        abortUpstream();
    }

    private void abortUpstream() {
        UpstreamConnection connection = upstream;
        upstream = null;
        if (connection != null) {
            connection.abort();
        }
    }

    /** Releases all that is held. Harmless when done twice. */
    @Override
    public void close() {
        abort();
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
    }

    // ---- time and back-pressure

    /** The client takes more again, or nobody waits any more. */
    public void clientWritable(boolean writable) {
        UpstreamConnection connection = upstream;
        if (connection != null && readingPaused && writable && working == null) {
            readingPaused = false;
            upstreamNanos = System.nanoTime();
            connection.reading(true);
        }
    }

    public void tick(long nowNanos) {
        LargeWork.Job job = working;
        if (job != null && job.waits() && nowNanos - workSinceNanos > LargeWork.WAIT_NANOS) {
            end(
                    Blame.GATEWAY,
                    new TooBusy("too much is being translated"),
                    relay != null ? Outcome.CUT : Outcome.FAILED);
            owner.flush();
            return;
        }
        if (stage == Stage.OVER || !request.wantsStream()) {
            return;
        }
        Limits limits = loop.resources().limits();
        long patience = target().local() ? 2 : 1;
        if (stage == Stage.WAITING || stage == Stage.ANSWERING && relay != null && !relay.begun()) {
            if (nowNanos - sentNanos > patience * limits.firstByteNanos()) {
                end(
                        Blame.PROVIDER,
                        new Deadline(providerName() + " sent nothing within limits.first_byte"),
                        Outcome.FAILED);
            }
        } else if (stage == Stage.ANSWERING
                && !readingPaused
                && nowNanos - upstreamNanos > patience * limits.idleNanos()) {
            end(Blame.PROVIDER, new Deadline(providerName() + " was silent for longer than limits.idle"), Outcome.CUT);
        }
    }

    /** Whether the stream came to its last event, and only what may stand behind it is waited for. */
    public boolean closing() {
        return stage == Stage.ANSWERING && relay != null && relay.closing();
    }

    /** Waits no longer for what may stand behind the last event. True if that was waited for. */
    public boolean settlesClosing() {
        StreamRelay streams = relay;
        boolean closing = closing();
        if (closing && streams != null) {
            streams.complete();
        }
        return closing;
    }

    /** Whether the answer has told its finish, and more may come behind it. */
    public boolean finishing() {
        return stage == Stage.ANSWERING && upstream != null && relay != null && relay.finishReason() != null;
    }

    /** Goes on reading at once, for the sake of what is told behind the finish. */
    public void readOn() {
        UpstreamConnection connection = upstream;
        readingPaused = false;
        if (connection != null) {
            connection.reading(true);
        }
    }

    // ---- what is known of it

    public Approach approach() {
        return approach;
    }

    private Target target() {
        return approach.target();
    }

    private String providerName() {
        return target().providerName();
    }

    /** What takes our credentials out of what the provider says. */
    public Masks masks() {
        return target().masks();
    }

    private ByteBufAllocator allocator() {
        return client.channel().alloc();
    }

    private boolean good() {
        return status >= 200 && status < 300;
    }

    /** Of the provider's answer; 0 while there is none. */
    public int status() {
        return status;
    }

    public byte[] contentType() {
        return contentType;
    }

    /** Whether the answer is plain, and held. */
    public boolean plainHeld() {
        return held != null;
    }

    /** Null where the answer is no stream. */
    @Nullable
    public StreamRelay relay() {
        return relay;
    }

    /** Whether an event of an answer came. */
    public boolean begun() {
        return relay != null && relay.begun();
    }

    /** The finish or stop reason that came last; null while none did. */
    @Nullable
    public String finishReason() {
        return relay == null ? finishReason : relay.finishReason();
    }

    /** What faces may tell of it. */
    public Face.Facts facts() {
        return bridge.facts(relay);
    }

    /** When the request had been handed over; 0 while it was not. */
    public long sentNanos() {
        return sentNanos;
    }

    /** When the answer began; 0 while it has not. */
    public long answeredNanos() {
        return answeredNanos;
    }

    /** When the provider's last byte so far came. */
    public long upstreamNanos() {
        return upstreamNanos;
    }

    /** When the provider's last byte came; 0 while it has not. */
    public long endedNanos() {
        return endedNanos;
    }
}
