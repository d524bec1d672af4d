package io.penstock.server.attempt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.error.Blame;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.BadGateway;
import io.penstock.error.GatewayError.Deadline;
import io.penstock.error.GatewayError.RewriteFailed;
import io.penstock.error.GatewayError.TooBusy;
import io.penstock.error.GatewayError.UpstreamFailed;
import io.penstock.error.GatewayException;
import io.penstock.provider.Masks;
import io.penstock.server.face.Face;
import io.penstock.server.face.Operation;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.http.ResponseHead;
import io.penstock.server.upstream.AttemptListener;
import io.penstock.server.upstream.Credential;
import io.penstock.server.upstream.Target;
import io.penstock.server.upstream.UpstreamConnection;
import io.penstock.server.wire.Reply;
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
public final class Attempt implements AttemptListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);
    private static final int BELIEVABLE_CONTEXTS = 4; // a usage above this many context windows is absurd

    private enum Stage {
        PREPARING,
        CONNECTING,
        WAITING,
        ANSWERING,
        OVER
    }

    private final AttemptParts parts; // the connection's, ours until this is closed
    private final ClientRequest request;
    private final Approach approach;
    private final AttemptOwner owner;
    private final ProtocolBridge bridge; // owned

    private Stage stage = Stage.PREPARING;
    private @Nullable AsideWork aside; // since something was large
    private boolean freshConnection;
    private @Nullable Credential credential;
    private @Nullable UpstreamConnection upstream;
    private int status;
    private long retryAfterSeconds = -1;
    private byte[] contentType = Reply.JSON;
    private AttemptAnswer answer = AttemptAnswer.NONE; // owned
    private boolean readingPaused;

    /**
     * Of that offer. The attempt before is closed.
     *
     * @param last whether no other attempt can follow, so that the request's body may be used up
     */
    public Attempt(AttemptParts parts, ClientRequest request, Approach approach, AttemptOwner owner, boolean last) {
        parts.times().begin();
        this.parts = parts;
        this.request = request;
        this.approach = approach;
        this.owner = owner;
        this.bridge = new ProtocolBridge(this, request, last);
    }

    // ---- the request

    /** Throws {@link GatewayException} for a request that cannot be made fit for this offer. */
    public void begin() {
        meter().counter().reset((long) approach.model().context() * BELIEVABLE_CONTEXTS);
        meter().text().reset();
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
        owner.client().flush();
    }

    /** Has something large done away from the event loop; one thing at a time. */
    void work(int bytes, Runnable what, Consumer<@Nullable Throwable> done) {
        AsideWork work = aside == null ? new AsideWork(loop(), owner) : aside;
        aside = work;
        work.begin(bytes, what, done);
    }

    private void connect() {
        stage = Stage.CONNECTING;
        loop().pool().acquire(target().address(), freshConnection, this);
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
        Credential shown = target().credential(approach.health());
        credential = shown;
        RequestSending.send(parts.client(), this, bridge, shown, connection);
    }

    /** The request is ready, and leaves now. */
    void sends() {
        stage = Stage.WAITING; // before it is sent: a write that fails may tell connectionLost before it returns
        times().sent();
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
        bridge.answered();
        status = head.status();
        times().heard();
        retryAfterSeconds = RetryAfter.seconds(head, in);
        stage = Stage.ANSWERING;
        boolean good = good();
        if (good && head.eventStream() && request.operation().streams()) {
            contentType =
                    bridge.translates() ? Reply.EVENT_STREAM : AnswerType.of(head, in, Reply.EVENT_STREAM, masks());
            answer = new StreamAnswer(this, bridge, framing, !parts.client().http10());
        } else {
            contentType = good ? AnswerType.of(head, in, Reply.JSON, masks()) : Reply.JSON;
            answer = new PlainAnswer(this, parts.held(framing, good));
        }
        owner.answering();
    }

    @Override
    public void body(ByteBuf bytes) {
        times().heard();
        answer.onBytes(bytes);
    }

    /** Reads no more of the provider than the client takes. */
    void throttle() {
        if (upstream != null && !owner.client().takesMore()) {
            pauseReading();
        }
    }

    @Override
    public void readComplete() {
        owner.client().flush();
    }

    @Override
    public void messageEnded() {
        upstream = null;
        times().ended();
        if (stage == Stage.ANSWERING) {
            answer.ended();
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
                    answer.none()
                            ? new BadGateway(providerName(), why)
                            : new UpstreamFailed(providerName(), "it " + why + " in the middle of its answer"),
                    answer.outcome());
        }
    }

    @Override
    public void mishap(Throwable bug) {
        owner.mishap(bug);
    }

    // ---- what its answer does with it

    ClientRequest request() {
        return request;
    }

    ProtocolBridge bridge() {
        return bridge;
    }

    LoopUpstreams loop() {
        return parts.loop();
    }

    AttemptOwner owner() {
        return owner;
    }

    Meter meter() {
        return parts.meter();
    }

    /** The first event of a stream's answer came. */
    void answerBegins() {
        times().answers();
        worked();
        owner.commit(contentType);
    }

    /** A stream's answer is complete. */
    void answerComplete() {
        times().ended();
        UpstreamConnection connection = upstream;
        upstream = null;
        if (connection != null) {
            connection.finishUnread();
        }
        complete();
    }

    /** Reads no more of the provider until {@link #clientWritable}. */
    void pauseReading() {
        UpstreamConnection connection = upstream;
        if (connection != null && !readingPaused) {
            readingPaused = true;
            connection.reading(false);
        }
    }

    /** The provider has counted tokens. */
    void counted() {
        stage = Stage.OVER;
        owner.counted();
    }

    /** Whether an error means that a count which the provider was asked for must be made here; not if it refused the request. */
    public boolean leavesCount(GatewayError error) {
        boolean refused = answer.plain() && !good();
        if (refused && answer.refusedCount() || !error.fromUpstream()) {
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

    // ---- its end

    void complete() {
        stage = Stage.OVER;
        owner.complete();
    }

    void end(Blame blame, GatewayError error, Outcome outcome) {
        end(blame, error, outcome, false);
    }

    void end(Blame blame, GatewayError error, Outcome outcome, boolean clientTold) {
        stage = Stage.OVER;
        if (request.operation() != Operation.COUNT_TOKENS // the model may do well without
                && HealthMarks.failed(blame, target(), approach.health(), credential(), status, retryAfterSeconds)) {
            owner.attempted(false);
        }
        abortUpstream();
        owner.ended(new AttemptEnd(blame, !answer.begun(), error, outcome, clientTold));
    }

    void worked() {
        HealthMarks.worked(approach.health(), credential(), times().latencyMicros());
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
        if (aside != null) {
            aside.cancel();
        }
        answer.close();
        bridge.close();
    }

    // ---- time and back-pressure

    /** The client takes more again, or nobody waits any more. */
    public void clientWritable(boolean writable) {
        UpstreamConnection connection = upstream;
        if (connection != null && readingPaused && writable && (aside == null || !aside.busy())) {
            readingPaused = false;
            times().heard();
            connection.reading(true);
        }
    }

    public void tick(long nowNanos) {
        if (aside != null && aside.waitsTooLong(nowNanos)) {
            end(
                    Blame.GATEWAY,
                    new TooBusy("too much is being translated"),
                    answer.relay() != null ? Outcome.CUT : Outcome.FAILED);
            owner.client().flush();
            return;
        }
        if (stage == Stage.OVER || !request.wantsStream()) {
            return;
        }
        Limits limits = loop().limits();
        long patience = target().local() ? 2 : 1;
        if (stage == Stage.WAITING || stage == Stage.ANSWERING && answer.relay() != null && !answer.begun()) {
            if (times().sinceSentNanos(nowNanos) > patience * limits.firstByteNanos()) {
                end(
                        Blame.PROVIDER,
                        new Deadline(providerName() + " sent nothing within limits.first_byte"),
                        Outcome.FAILED);
            }
        } else if (stage == Stage.ANSWERING
                && !readingPaused
                && times().silentNanos(nowNanos) > patience * limits.idleNanos()) {
            end(Blame.PROVIDER, new Deadline(providerName() + " was silent for longer than limits.idle"), Outcome.CUT);
        }
    }

    /** Whether the stream came to its last event, and only what may stand behind it is waited for. */
    public boolean closing() {
        return stage == Stage.ANSWERING && answer.closing();
    }

    /** Waits no longer for what may stand behind the last event. True if that was waited for. */
    public boolean settlesClosing() {
        boolean closing = closing();
        if (closing) {
            answer.closed();
        }
        return closing;
    }

    /** Whether the answer has told its finish, and more may come behind it: then {@link #readOn} goes on reading at once. */
    public boolean finishing() {
        return stage == Stage.ANSWERING && upstream != null && answer.relay() != null && answer.finishReason() != null;
    }

    public void readOn() {
        readingPaused = false;
        if (upstream != null) {
            upstream.reading(true);
        }
    }

    // ---- what is known of it

    public Approach approach() {
        return approach;
    }

    private Target target() {
        return approach.target();
    }

    String providerName() {
        return target().providerName();
    }

    /** What takes our credentials out of what the provider says. */
    public Masks masks() {
        return target().masks();
    }

    ByteBufAllocator allocator() {
        return parts.allocator();
    }

    /** Whether the provider has not refused. */
    boolean good() {
        return status >= 200 && status < 300;
    }

    /** Of the provider's answer; 0 while there is none. */
    public int status() {
        return status;
    }

    /** As the provider told it; negative if it did not. */
    long retryAfterSeconds() {
        return retryAfterSeconds;
    }

    boolean over() {
        return stage == Stage.OVER;
    }

    public byte[] contentType() {
        return contentType;
    }

    /** What has come back. */
    public AttemptAnswer answer() {
        return answer;
    }

    /** What faces may tell of it. */
    public Face.Facts facts() {
        return bridge.facts(answer.relay());
    }

    /** When what happened to it. */
    public AttemptTimes times() {
        return parts.times();
    }
}
