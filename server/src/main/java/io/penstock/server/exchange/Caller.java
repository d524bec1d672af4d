package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.ForeignOrigin;
import io.penstock.error.GatewayError.InvalidApiKey;
import io.penstock.error.GatewayError.ShuttingDown;
import io.penstock.server.face.Face;
import io.penstock.server.face.Faces;
import io.penstock.server.face.Operation;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.Header;
import io.penstock.server.http.RequestHead;
import io.penstock.server.wire.Hosts;
import io.penstock.server.wire.HttpConnection;
import io.penstock.store.GatewayKey;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Who asks for what on one connection, by the head of the request at hand: which path and face, from what page, with which key.
 * Event loop only.
 */
final class Caller {
    private static final byte[] BEARER = Bytes.ascii("bearer ");
    private static final int KEY_BYTES_MAX = 256; // no key is longer

    private final HttpConnection client;
    private final Access access;
    private Faces.@Nullable Path path;
    private Face face = Faces.OPENAI;
    private @Nullable GatewayKey key;
    private @Nullable String unknownPath;

    Caller(HttpConnection client, Access access) {
        this.client = client;
        this.access = access;
    }

    /** Null if there is none such. */
    Faces.@Nullable Path path() {
        return path;
    }

    /** In whose words it is answered. */
    Face face() {
        return face;
    }

    /** Null if none was needed, or shown. */
    @Nullable
    GatewayKey key() {
        return key;
    }

    /** The path that was asked for, as it came, if there is none such. */
    @Nullable
    String unknownPath() {
        return unknownPath;
    }

    /** It has been told. */
    void forgetPath() {
        unknownPath = null;
    }

    /** What is wrong with the request by its head; null if nothing is. */
    @Nullable
    GatewayError identify(RequestHead head, ByteBuf in) {
        face = Faces.nearest(head, in);
        key = null;
        path = Faces.find(head, in);
        if (!access.hosts().hostAllowed(head, in)) {
            return new ForeignOrigin("this Host is not one of ours; connect to 127.0.0.1 or localhost, or name it in"
                    + " the setting hosts (PENSTOCK_HOSTS)");
        }
        Hosts.Origin origin = access.hosts().origin(head, in);
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
            return Faces.unknown(access.scheme(), host);
        }
        Operation operation = known.operation();
        if (needsKey) {
            key = key(head, in);
            if (key == null) {
                boolean shown = head.has(Header.AUTHORIZATION) || head.has(Header.X_API_KEY);
                slow(access.wrongKeys(), shown);
                return new InvalidApiKey(
                        shown
                                ? "this gateway does not know it; `keys create` makes one"
                                : "send it as Authorization: Bearer <key>, or as x-api-key");
            }
        }
        if (operation == Operation.METRICS && !access.metrics().open(bearer(head, in))) {
            slow(access.wrongTokens(), head.has(Header.AUTHORIZATION));
            return new InvalidApiKey("metrics need the admin token here");
        }
        if (client.server().draining() && operation != Operation.LIVE && operation != Operation.READY) {
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
        return access.keys().find(scratch, 0, length);
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
}
