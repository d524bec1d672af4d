package io.penstock.server.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.BodyTooLarge;
import io.penstock.error.GatewayError.EncodingUnsupported;
import io.penstock.error.GatewayError.ExpectationFailed;
import io.penstock.error.GatewayError.TooBusy;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.Header;
import io.penstock.server.http.RequestHead;
import org.jspecify.annotations.Nullable;

/** The request at hand on one connection, then the next: its head and where that lies, its id and its time. Event loop only. */
final class HttpRequest {
    private static final byte[] HEAD = Bytes.ascii("HEAD");
    private static final byte[] CONTINUE = Bytes.ascii("100-continue");
    private static final byte[] IDENTITY = Bytes.ascii("identity");
    private static final long DROPPED_IN_PLACE_MAX =
            1024 * 1024; // a refused body this short does not cost the connection

    private final RequestHead head = new RequestHead();
    private @Nullable ByteBuf bytes; // owned: where the spans of head lie
    private String id = "";
    private long arrivedNanos;
    private boolean headOnly;

    RequestHead head() {
        return head;
    }

    /** The bytes that {@link #head()} speaks of; none once it is {@link #releaseHead released}. */
    ByteBuf bytes() {
        ByteBuf where = bytes;
        return where == null ? Unpooled.EMPTY_BUFFER : where;
    }

    /** Empty while there is none. */
    String id() {
        return id;
    }

    long arrivedNanos() {
        return arrivedNanos;
    }

    /** HEAD: what is answered has no body, whatever its length says. */
    boolean headOnly() {
        return headOnly;
    }

    /** Its first bytes are there; the head may have yet to come. */
    void arrived(long nanos) {
        arrivedNanos = nanos;
    }

    void named(String itsId) {
        id = itsId;
    }

    /** Its head is there, parsed. Retains {@code in}. */
    void begin(ByteBuf in, String itsId) {
        bytes = in.retain();
        id = itsId;
        headOnly = Bytes.equals(in, head.methodStart(), head.methodEnd(), HEAD);
    }

    /** The next one is waited for. */
    void reset() {
        id = "";
        headOnly = false;
        head.reset();
    }

    void releaseHead() {
        ByteBuf where = bytes;
        bytes = null;
        if (where != null) {
            where.release();
        }
    }

    /** Whether the client waits for a word before it sends the body. */
    boolean waits() {
        return head.has(Header.EXPECT);
    }

    /** Whether its body is so short, and on its way, that reading and dropping it is cheaper than a new connection. */
    boolean droppedInPlace() {
        return head.contentLength() != RequestHead.CHUNKED
                && head.contentLength() <= DROPPED_IN_PLACE_MAX
                && !head.has(Header.EXPECT);
    }

    /** Why its body cannot be received; null if it can. */
    @Nullable
    GatewayError unfit(HttpServer server, boolean kept) {
        if (has(Header.CONTENT_ENCODING) && !is(Header.CONTENT_ENCODING, IDENTITY)) {
            return new EncodingUnsupported("send the body uncompressed");
        }
        if (head.contentLength() > server.limits().bodyBytes()) {
            return new BodyTooLarge(server.limits().bodyBytes());
        }
        if (kept && head.contentLength() > server.buffers().bytesMax()) {
            return new BodyTooLarge(server.buffers().bytesMax(), "limits.bodies, or what the JVM has of direct memory");
        }
        if (kept && server.outbound().full()) {
            return new TooBusy("what other clients have not taken of their answers fills the memory");
        }
        return has(Header.EXPECT) && !is(Header.EXPECT, CONTINUE) ? new ExpectationFailed() : null;
    }

    private boolean has(Header header) {
        return head.has(header);
    }

    private boolean is(Header header, byte[] value) {
        return Bytes.equalsAnyCase(bytes(), head.start(header), head.end(header), value);
    }
}
