package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.ForeignOrigin;
import io.penstock.error.GatewayError.InvalidApiKey;
import io.penstock.error.GatewayError.ShuttingDown;
import io.penstock.error.GatewayError.StoreUnavailable;
import io.penstock.error.GatewayError.UnreadableBody;
import io.penstock.protocol.BodyScanner;
import io.penstock.server.attempt.ClientRequest;
import io.penstock.server.attempt.LoopUpstreams;
import io.penstock.server.face.Face;
import io.penstock.server.face.Faces;
import io.penstock.server.face.Operation;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.Header;
import io.penstock.server.http.RequestHead;
import io.penstock.server.observe.AccessLog;
import io.penstock.server.observe.ClientFacts;
import io.penstock.server.observe.ShownKeys;
import io.penstock.server.wire.Acceptance;
import io.penstock.server.wire.Hosts;
import io.penstock.server.wire.HttpConnection;
import io.penstock.server.wire.Reply;
import io.penstock.server.wire.RequestBody;
import io.penstock.server.wire.RequestHandler;
import io.penstock.store.GatewayKey;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateway's answers on one connection: who asks, by which key, on which face, and whether that may be; then an
 * {@link Exchange} has the request, or {@link LocalAnswers}. The key is looked at before a byte of the body is kept.
 *
 * <p>Lends the exchange at hand what each needs and none has to make anew. Event loop only.
 */
public final class GatewayRequests implements RequestHandler {
    private static final Logger LOG = LoggerFactory.getLogger(GatewayRequests.class);
    private static final byte[] BEARER = Bytes.ascii("bearer ");
    private static final int KEY_BYTES_MAX = 256; // no key is longer

    private final HttpConnection client;
    private final Services services;
    private final LoopUpstreams upstreams;
    private final ReadOn readOn;
    private final Planner planner;
    private final Charge charge = new Charge();
    private final ShownKeys shownKeys = new ShownKeys();
    private Faces.@Nullable Path path;
    private Face face = Faces.OPENAI;
    private @Nullable GatewayKey key;
    private @Nullable String unknownPath; // asked for, as it came
    private @Nullable Exchange exchange;

    public GatewayRequests(HttpConnection client, Services services, LoopUpstreams upstreams, ReadOn readOn) {
        this.client = client;
        this.services = services;
        this.upstreams = upstreams;
        this.readOn = readOn;
        this.planner = new Planner(services);
    }

    // ---- lent to the exchange at hand

    HttpConnection client() {
        return client;
    }

    Services services() {
        return services;
    }

    LoopUpstreams upstreams() {
        return upstreams;
    }

    /** Exchanges of this loop whose clients have left. */
    ReadOn readOn() {
        return readOn;
    }

    Planner planner() {
        return planner;
    }

    Charge charge() {
        return charge;
    }

    /** What the client of the request at hand says of itself. */
    ClientFacts facts() {
        return ClientFacts.of(client, shownKeys);
    }

    // ---- who asks for what

    @Override
    public Acceptance accept(RequestHead head, ByteBuf in) {
        face = Faces.nearest(head, in);
        key = null;
        path = Faces.find(head, in);
        GatewayError error = check(head, in);
        if (error != null) {
            return Acceptance.refused(error);
        }
        return path != null && path.operation().relays() ? Acceptance.SCANNED : Acceptance.DROPPED;
    }

    /** What is wrong with the request by its head; null if nothing is. */
    private @Nullable GatewayError check(RequestHead head, ByteBuf in) {
        if (!services.hosts().hostAllowed(head, in)) {
            return new ForeignOrigin("this Host is not one of ours; connect to 127.0.0.1 or localhost, or name it in"
                    + " the setting hosts (PENSTOCK_HOSTS)");
        }
        Hosts.Origin origin = services.hosts().origin(head, in);
        if (origin == Hosts.Origin.FOREIGN) {
            return new ForeignOrigin("pages of other origins may not call this gateway");
        }
        Faces.Path known = path;
        if (known != null && known.face() != null) {
            face = known.face();
        }
        boolean needsKey = known != null && known.operation().needsKey();
        if (origin == Hosts.Origin.NOWHERE
                && !needsKey
                && (known != null && known.face() == null || key(head, in) == null)) {
            return new ForeignOrigin("a page without an origin needs a valid key, and reaches the faces alone");
        }
        if (known == null) {
            String host =
                    head.hostEnd() > head.hostStart() ? Bytes.text(in, head.hostStart(), head.hostEnd()) : "127.0.0.1";
            unknownPath = Bytes.text(in, head.pathStart(), head.pathEnd());
            return Faces.unknown(services.scheme(), host);
        }
        Operation operation = known.operation();
        if (needsKey) {
            key = key(head, in);
            if (key == null) {
                boolean shown = head.has(Header.AUTHORIZATION) || head.has(Header.X_API_KEY);
                slow(services.wrongKeys(), shown);
                return new InvalidApiKey(
                        shown
                                ? "this gateway does not know it; `keys create` makes one"
                                : "send it as Authorization: Bearer <key>, or as x-api-key");
            }
        }
        if (operation == Operation.METRICS && !services.metrics().open(bearer(head, in))) {
            slow(services.wrongTokens(), head.has(Header.AUTHORIZATION));
            return new InvalidApiKey("metrics need the admin token here");
        }
        if (services.draining() && operation != Operation.LIVE && operation != Operation.READY) {
            return new ShuttingDown();
        }
        return null;
    }

    /** Notes a guess; who shows nothing has not guessed. */
    private void slow(WrongKeys wrong, boolean shown) {
        if (shown && client.channel().remoteAddress() instanceof InetSocketAddress peer) {
            client.slowDown(wrong.note(peer.getAddress()));
        }
    }

    /**
     * The key that the client shows in either header. Of two valid ones that counts which is the face's own way; one that is
     * empty or not ours does not beat the other, for tools send what lies about in the environment.
     */
    private @Nullable GatewayKey key(RequestHead head, ByteBuf in) {
        boolean anthropic = face == Faces.ANTHROPIC;
        GatewayKey own = anthropic ? apiKey(head, in) : bearerKey(head, in);
        return own != null ? own : anthropic ? bearerKey(head, in) : apiKey(head, in);
    }

    private @Nullable GatewayKey apiKey(RequestHead head, ByteBuf in) {
        return keyAt(in, head.start(Header.X_API_KEY), head.end(Header.X_API_KEY));
    }

    private @Nullable GatewayKey bearerKey(RequestHead head, ByteBuf in) {
        return keyAt(in, bearerStart(head, in), head.end(Header.AUTHORIZATION));
    }

    private @Nullable GatewayKey keyAt(ByteBuf in, int from, int to) {
        int length = to - from;
        if (from <= 0 || length > KEY_BYTES_MAX) {
            return null;
        }
        byte[] scratch = client.loop().scratch();
        in.getBytes(from, scratch, 0, length);
        return services.store().keys().find(scratch, 0, length);
    }

    private static int bearerStart(RequestHead head, ByteBuf in) {
        int from = head.start(Header.AUTHORIZATION);
        int to = head.end(Header.AUTHORIZATION);
        if (to == 0 || !Bytes.startsWithAnyCase(in, from, to, BEARER)) {
            return 0;
        }
        from += BEARER.length;
        while (from < to && in.getByte(from) == ' ') {
            from++;
        }
        return from;
    }

    private static @Nullable String bearer(RequestHead head, ByteBuf in) {
        int from = bearerStart(head, in);
        return from == 0 ? null : Bytes.text(in, from, head.end(Header.AUTHORIZATION));
    }

    /** Without its store nothing is paid for, and so nothing relayed. */
    @Override
    public @Nullable GatewayError unavailable() {
        Faces.Path known = path;
        boolean relays = known != null && known.operation().relays();
        return relays && !services.store().ledger().available() ? new StoreUnavailable() : null;
    }

    // ---- answering

    @Override
    public void answer(@Nullable RequestBody body, @Nullable BodyScanner scanner) {
        Faces.Path known = path;
        GatewayKey by = key;
        if (known == null) {
            throw new IllegalStateException("no path");
        }
        if (body != null && scanner != null && by != null) {
            ClientRequest.Asked asked = new ClientRequest.Asked(
                    face, known.operation(), by.id(), client.requestId(), client.arrivedNanos());
            Exchange it = new Exchange(this, by, new ClientRequest(asked, body, scanner, client.loop()::giveBack));
            exchange = it;
            it.start();
        } else {
            LocalAnswers.answer(client, services, face, known);
        }
    }

    @Override
    public void refuse(GatewayError error) {
        byte[] json = face.error(error, client.requestId());
        int status = face.status(error);
        ByteBuf out = Reply.begin(client, status, Reply.JSON, face.requestIdHeader(), json.length);
        Reply.retryAfter(out, error);
        services.metrics().refused(face.label(), status);
        log(status, error);
        unknownPath = null;
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
                face.label(),
                status,
                error,
                status == 0 ? null : unknownPath,
                System.nanoTime() - client.arrivedNanos(),
                key,
                facts());
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
            it.clientWritable(writable);
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
    public void abort() {
        Exchange it = exchange;
        if (it != null) {
            it.abort(new ShuttingDown());
        } else {
            client.channel().close();
        }
    }

    @Override
    public boolean probe() {
        Exchange it = exchange;
        return it == null || it.probe();
    }

    @Override
    public void mishap(Throwable bug) {
        Exchange it = exchange;
        if (it != null) {
            it.mishap(bug);
        } else {
            LOG.error("request {} failed", client.requestId(), bug);
            client.channel().close();
        }
    }
}
