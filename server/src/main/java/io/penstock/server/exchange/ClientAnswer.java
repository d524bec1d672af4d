package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.error.GatewayError;
import io.penstock.server.attempt.Attempt;
import io.penstock.server.attempt.ClientRequest;
import io.penstock.server.attempt.ClientSide;
import io.penstock.server.face.Face;
import io.penstock.server.http.Bytes;
import io.penstock.server.wire.HttpConnection;
import io.penstock.server.wire.OwnChunk;
import io.penstock.server.wire.Reply;
import io.penstock.store.Keepalive;
import org.jspecify.annotations.Nullable;

/**
 * What goes to the client of one exchange: its head once, then a stream or a plain answer, or an error. One per connection, for its
 * exchange at hand. Writes without flushing but where it says so. Event loop only.
 */
final class ClientAnswer implements ClientSide {
    private static final int READ_BYTES_MAX = 64 * 1024; // what one read of a socket brings at most
    private static final int COPIED_BYTES_MAX = 4 * 1024; // below, one buffer costs less than two writes

    private final HttpConnection client;
    private final Attempts attempts;
    private @Nullable ClientRequest request;
    private boolean gone; // the client has left, and its answer is read on
    private boolean headSent;
    private boolean streaming;
    private int status;
    private long keptAliveNanos;

    ClientAnswer(HttpConnection client, Attempts attempts) {
        this.client = client;
        this.attempts = attempts;
    }

    /** Nothing has been sent yet. */
    void begin(ClientRequest to) {
        request = to;
        gone = false;
        headSent = false;
        streaming = false;
        status = 0;
        keptAliveNanos = to.arrivedNanos();
    }

    void end() {
        request = null;
    }

    private ClientRequest request() {
        ClientRequest it = request;
        if (it == null) {
            throw new IllegalStateException("no request");
        }
        return it;
    }

    /** The client has left: from here on nothing is written. */
    void gone() {
        gone = true;
    }

    @Override
    public void flush() {
        if (!gone) {
            client.flush();
        }
    }

    @Override
    public boolean takesMore() {
        return gone || client.writable();
    }

    @Override
    public boolean headSent() {
        return headSent;
    }

    /** Whether the answer is a stream. */
    boolean streaming() {
        return streaming;
    }

    /** That was sent; 0 while none was. */
    int status() {
        return status;
    }

    // ---- a stream

    void streamHead(byte[] type) {
        ByteBuf out = head(200, type, 0);
        Reply.stream(client, out);
        headSent = true;
        status = 200;
        streaming = true;
        client.write(out);
    }

    @Override
    public void relayed(ByteBuf bytes) {
        if (gone) {
            bytes.release();
        } else if (bytes.readableBytes() <= READ_BYTES_MAX) {
            client.write(bytes);
        } else {
            client.writeCounted(bytes); // events that were joined: back-pressure bounds their number, not their size
        }
    }

    /** What was withheld until the settlement: the end of a stream, or the whole of a plain answer. */
    void end(Attempt answered) {
        ByteBuf end = answered.answer().streamEnd();
        if (end == null) {
            plain(answered);
        } else {
            client.write(end);
        }
    }

    /** An event of ours. */
    void event(byte[] event) {
        client.write(OwnChunk.of(client.channel().alloc(), event, !client.http10()));
    }

    // ---- a plain answer

    /** An answer of a provider's that is no stream. */
    void plain(Attempt answered) {
        int its = answered.status();
        ByteBuf answer = answered.answer().told();
        int size = answer.readableBytes();
        ByteBuf out;
        try {
            out = head(its, answered.contentType(), Math.min(size, COPIED_BYTES_MAX));
        } catch (Throwable none) {
            answer.release();
            throw none;
        }
        Reply.length(client, out, size);
        headSent = true;
        status = its;
        if (size <= COPIED_BYTES_MAX) {
            Bytes.copy(answer, answer.readerIndex(), answer.writerIndex(), out);
            answer.release();
            client.write(out);
        } else {
            client.write(out);
            client.writeCounted(answer);
        }
    }

    /** A count of tokens that is our own. */
    void estimate(long tokens) {
        status = 200;
        byte[] json = Bytes.ascii("{\"input_tokens\":" + tokens + "}");
        ByteBuf out = head(200, Reply.JSON, json.length);
        Reply.estimate(out);
        Reply.end(client, out, json);
    }

    /** An error that {@link #failed} has told of, where nothing has been sent. */
    void error(GatewayError error) {
        byte[] json = request().face().error(error, request().id());
        ByteBuf out = head(status, Reply.JSON, json.length);
        Reply.retryAfter(out, error);
        Reply.end(client, out, json);
    }

    /** The answer is an error: its status is known from here on, before it is sent. */
    void failed(GatewayError error) {
        status = request().face().status(error);
    }

    /** A provider has counted tokens. */
    void counted() {
        status = 200;
    }

    private ByteBuf head(int code, byte[] type, int bodyBytes) {
        ByteBuf out = Reply.begin(client, code, type, request().face().requestIdHeader(), bodyBytes);
        Reply.route(out, attempts.modelId(), attempts.receipt());
        return out;
    }

    // ---- while nothing comes

    /** Whether the client has heard nothing for so long that it should, and is told now. {@code lastNanos} is when something came. */
    boolean keepsAlive(long nowNanos, long lastNanos, long patienceNanos) {
        if (nowNanos - Math.max(keptAliveNanos, lastNanos) <= patienceNanos || !client.writable()) {
            return false;
        }
        keptAliveNanos = nowNanos;
        return true;
    }

    /** Flushes, too. */
    void keepAlive(Keepalive style, Face.Facts facts) {
        event(request().face().keepalive(style, facts));
        client.flush();
    }

    /** Tells a client that has sent no request but may have left what changes nothing. Flushes. False where there is no such thing. */
    boolean interim() {
        if (client.http10()) {
            return false;
        }
        client.write(Unpooled.wrappedBuffer(Reply.CONTINUE));
        client.flush();
        return true;
    }
}
