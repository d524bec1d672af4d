package io.penstock.server.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.penstock.server.http.RequestHead;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection, as the {@link RequestHandler} of its requests has it in hand: the request's head, the loop and the
 * server it runs on, and the way to answer. What happens on the connection meanwhile is {@link HttpChannelHandler}'s.
 *
 * <p>Event loop only.
 */
public final class HttpConnection {
    private final Channel channel;
    private final LoopResources loop;
    private final HttpServer server;
    private final HttpRequest request;
    private final Untaken untaken;
    private final DelayedRefusal delayed;
    private final HttpChannelHandler owner;
    private @Nullable AnswerRecorder recorder;
    private boolean persistent = true;

    HttpConnection(
            Channel channel,
            LoopResources loop,
            HttpServer server,
            HttpRequest request,
            Untaken untaken,
            DelayedRefusal delayed,
            HttpChannelHandler owner) {
        this.channel = channel;
        this.loop = loop;
        this.server = server;
        this.request = request;
        this.untaken = untaken;
        this.delayed = delayed;
        this.owner = owner;
    }

    public Channel channel() {
        return channel;
    }

    public LoopResources loop() {
        return loop;
    }

    public HttpServer server() {
        return server;
    }

    // ---- the request at hand

    public RequestHead head() {
        return request.head();
    }

    /** The bytes that {@link #head()} speaks of; until the exchange ends. */
    public ByteBuf headBytes() {
        return request.bytes();
    }

    /** Each request has one of its own. */
    public String requestId() {
        return request.id();
    }

    /** When the request's first byte was there, as {@link System#nanoTime()}. */
    public long arrivedNanos() {
        return request.arrivedNanos();
    }

    public boolean http10() {
        return request.head().http10();
    }

    /** Whether what is answered has no body, whatever its length says. */
    public boolean headOnly() {
        return request.headOnly();
    }

    // ---- answering

    /** Whether the connection shall live on behind this answer. */
    public boolean persistent() {
        return persistent && !server.draining();
    }

    void persistent(boolean it) {
        persistent = it;
    }

    /** Whether what the client sends behind this request shall still be served. */
    boolean servesOn() {
        return persistent;
    }

    /** The answer has no framing of its own: the end of the connection ends it. */
    public void endAtClose() {
        persistent = false;
    }

    /** The answer to a request that is being refused is to wait for so long, as a brake on whoever guesses. */
    public void slowDown(long nanos) {
        delayed.slowDown(nanos);
    }

    /** From now on that is shown what goes to the client, up to the answer's end; for a look only. */
    public void recordedBy(AnswerRecorder looksOn) {
        recorder = looksOn;
    }

    public boolean writable() {
        untaken.mark(); // there may be less room since the last tick
        return channel.isWritable();
    }

    /** Writes without flushing. Ownership moves. */
    public void write(ByteBuf bytes) {
        if (recorder != null) {
            recorder.written(bytes);
        }
        untaken.write(bytes);
    }

    /** The same for what is large: it counts among all that is held in memory until the client has taken it. */
    public void writeCounted(ByteBuf bytes) {
        if (recorder != null) {
            recorder.written(bytes);
        }
        untaken.writeCounted(bytes);
    }

    public void flush() {
        channel.flush();
    }

    /**
     * The answer is complete, or will never be; the connection goes on with the next request or ends.
     *
     * @param cut true if what was written must not look complete: the connection ends abnormally
     */
    public void exchangeEnded(boolean cut) {
        AnswerRecorder looksOn = recorder;
        if (looksOn != null) {
            recorder = null;
            looksOn.ended(cut);
        }
        request.releaseHead();
        owner.answered(cut);
    }
}
