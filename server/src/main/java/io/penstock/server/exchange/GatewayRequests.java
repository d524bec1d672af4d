package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.ShuttingDown;
import io.penstock.error.GatewayError.StoreUnavailable;
import io.penstock.error.GatewayError.UnreadableBody;
import io.penstock.protocol.BodyScanner;
import io.penstock.server.attempt.ClientRequest;
import io.penstock.server.attempt.LoopUpstreams;
import io.penstock.server.face.Face;
import io.penstock.server.face.Faces;
import io.penstock.server.http.RequestHead;
import io.penstock.server.observe.AccessLog;
import io.penstock.server.wire.Acceptance;
import io.penstock.server.wire.HttpConnection;
import io.penstock.server.wire.Reply;
import io.penstock.server.wire.RequestBody;
import io.penstock.server.wire.RequestHandler;
import io.penstock.store.GatewayKey;
import org.jspecify.annotations.Nullable;

/**
 * The gateway's answers on one connection: who asks, by which key, on which face, and whether that may be; then an
 * {@link Exchange} has the request, or {@link LocalAnswers}. The key is looked at before a byte of the body is kept. Event loop
 * only.
 */
public final class GatewayRequests implements RequestHandler {
    private final HttpConnection client;
    private final ExchangeResources shared;
    private final Caller caller;
    private final ExchangeParts parts;
    private @Nullable Exchange exchange;

    public GatewayRequests(
            HttpConnection client, ExchangeResources shared, Access access, LoopUpstreams upstreams, ReadOn readOn) {
        this.client = client;
        this.shared = shared;
        this.caller = new Caller(client, access);
        this.parts = new ExchangeParts(client, shared, upstreams, readOn);
    }

    // ---- who asks for what

    @Override
    public Acceptance accept(RequestHead head, ByteBuf in) {
        GatewayError error = caller.identify(head, in);
        if (error != null) {
            return Acceptance.refused(error);
        }
        Faces.Path path = caller.path();
        return path != null && path.operation().relays() ? Acceptance.SCANNED : Acceptance.DROPPED;
    }

    /** Without its store nothing is paid for, and so nothing relayed. */
    @Override
    public @Nullable GatewayError unavailable() {
        Faces.Path known = caller.path();
        boolean relays = known != null && known.operation().relays();
        return relays && !shared.store().ledger().available() ? new StoreUnavailable() : null;
    }

    // ---- answering

    @Override
    public void answer(@Nullable RequestBody body, @Nullable BodyScanner scanner) {
        Faces.Path known = caller.path();
        GatewayKey by = caller.key();
        if (known == null) {
            throw new IllegalStateException("no path");
        }
        if (body != null && scanner != null && by != null) {
            Exchange it = new Exchange(
                    this,
                    parts,
                    by,
                    new ClientRequest(client, caller.face(), known.operation(), by.id(), body, scanner));
            exchange = it;
            it.start(by);
        } else {
            LocalAnswers.answer(client, shared, caller.face(), known);
        }
    }

    @Override
    public void refuse(GatewayError error) {
        Face face = caller.face();
        byte[] json = face.error(error, client.requestId());
        int status = face.status(error);
        ByteBuf out = Reply.begin(client, status, Reply.JSON, face.requestIdHeader(), json.length);
        Reply.retryAfter(out, error);
        shared.metrics().refused(face.label(), status);
        log(status, error);
        caller.forgetPath();
        Reply.end(client, out, json);
        client.exchangeEnded(false);
    }

    @Override
    public void abandoned() {
        log(0, new UnreadableBody("the client left in the middle of its request"));
    }

    private void log(int status, GatewayError error) {
        AccessLog.refused(
                client.requestId(),
                caller.face().label(),
                status,
                error,
                status == 0 ? null : caller.unknownPath(),
                System.nanoTime() - client.arrivedNanos(),
                caller.key(),
                parts.facts());
    }

    /** The exchange at hand has come to its end. */
    void ended(boolean cut) {
        exchange = null;
        client.exchangeEnded(cut);
    }

    // ---- while an exchange is under way

    @Override
    public void tick(long nowNanos) {
        Exchange it = exchange;
        if (it != null) {
            it.tick(nowNanos);
        }
    }

    @Override
    public void writable(boolean writable) {
        Exchange it = exchange;
        if (it != null) {
            parts.attempts().clientWritable(writable);
        }
    }

    @Override
    public void clientLeft() {
        Exchange it = exchange;
        exchange = null;
        if (it != null) {
            it.clientLeft();
        }
    }

    @Override
    public boolean abort() {
        Exchange it = exchange;
        if (it != null) {
            it.abort(new ShuttingDown());
        }
        return it != null;
    }

    @Override
    public boolean probe() {
        Exchange it = exchange;
        return it == null || parts.clock().probe();
    }

    @Override
    public boolean mishap(Throwable bug) {
        Exchange it = exchange;
        if (it != null) {
            it.mishap(bug);
        }
        return it != null;
    }
}
