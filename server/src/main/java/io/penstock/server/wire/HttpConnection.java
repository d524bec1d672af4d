package io.penstock.server.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.BodyTooLarge;
import io.penstock.error.GatewayError.EncodingUnsupported;
import io.penstock.error.GatewayError.ExpectationFailed;
import io.penstock.error.GatewayError.SlowRequest;
import io.penstock.error.GatewayError.TooBusy;
import io.penstock.error.GatewayException;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.Header;
import io.penstock.server.http.RequestHead;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: receives a request at a time and has it answered by its {@link RequestHandler}; or has it refused,
 * then reads and drops what the client still sends, so that the client sees why.
 *
 * <p>Limits hold before a byte of the body is kept. Event loop only.
 */
public final class HttpConnection extends ChannelInboundHandlerAdapter implements Ticking {
    private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);

    /** The name of the handler before this one, where the connection is encrypted. */
    static final String TLS = "tls";

    private static final byte[] HEAD = Bytes.ascii("HEAD");
    private static final byte[] CONTINUE = Bytes.ascii("100-continue");
    private static final byte[] IDENTITY = Bytes.ascii("identity");
    /** Behind more, nothing is served: to stop reading instead would hide that the client leaves, to keep it has no bound. */
    private static final int PIPELINED_BYTES_MAX = 64 * 1024;

    private static final int UNANSWERED_MAX = 200; // ticks, for want of memory
    private static final long DROPPED_IN_PLACE_MAX =
            1024 * 1024; // a refused body this short does not cost the connection

    private enum State {
        HEAD,
        BODY,
        EXCHANGE,
        /** An answer waits for its time: what comes is dropped. */
        SLOWED,
        /** Answered, and on the way to be closed: what comes is dropped. */
        LINGER,
        CLOSED
    }

    private final Channel channel;
    private final LoopResources loop;
    private final HttpServer server;
    private final RequestHead head = new RequestHead();
    private final Reception reception;
    private final Untaken untaken;
    private final Runnable admitted = this::admitted;
    private final RequestHandler handler;
    private LoopResources.@Nullable Place place; // in the loop's list
    private State state = State.HEAD;
    private @Nullable ByteBuf pending; // owned: an unfinished head, or bytes behind the request at hand
    private @Nullable ByteBuf headBytes; // owned: where the spans of head lie
    private @Nullable GatewayError due; // told when its time has come
    private @Nullable AnswerRecorder recorder;
    private @Nullable HalfClose halfClose; // since the client's FIN
    private boolean goingOn; // with what was pending
    private long slowNanos; // how long the answer to a refused request is to wait
    private String requestId = "";
    private long sinceNanos; // the state's first byte: what its deadline counts from
    private long arrivedNanos;
    private long dropped; // behind the last request
    private int unanswered; // times that there was no memory for the answer to a refused request
    private boolean waitsForRoom; // for its body, of which nothing is read meanwhile
    private boolean persistent = true;
    private boolean headOnly; // HEAD: what is answered has no body, whatever its length says

    /** To be added to that channel's pipeline, by the channel's own loop. */
    public HttpConnection(Channel channel, LoopResources loop, HttpServer server, RequestHandler.Factory handlers) {
        this.channel = channel;
        this.loop = loop;
        this.server = server;
        this.reception = new Reception(loop, server);
        this.untaken = new Untaken(channel, loop, server);
        this.handler = handlers.over(this);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        sinceNanos = System.nanoTime();
        int connections = server.connected();
        place = loop.add(this);
        loop.measure();
        untaken.mark();
        head.reset();
        if (connections > server.limits().connections()) {
            refuse(new TooBusy("more connections than limits.connections"), false);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        end();
    }

    // ---- what a handler may ask

    public Channel channel() {
        return channel;
    }

    public LoopResources loop() {
        return loop;
    }

    public HttpServer server() {
        return server;
    }

    /** Of the request at hand. */
    public RequestHead head() {
        return head;
    }

    /** The bytes that {@link #head()} speaks of; until the exchange ends. */
    public ByteBuf headBytes() {
        ByteBuf bytes = headBytes;
        return bytes == null ? Unpooled.EMPTY_BUFFER : bytes;
    }

    /** The request's; each has one. */
    public String requestId() {
        return requestId;
    }

    /** When the request's first byte was there, as {@link System#nanoTime()}. */
    public long arrivedNanos() {
        return arrivedNanos;
    }

    public boolean http10() {
        return head.http10();
    }

    /** Whether what is answered has no body, whatever its length says. */
    public boolean headOnly() {
        return headOnly;
    }

    /** Whether the connection shall live on behind this answer. */
    public boolean persistent() {
        return persistent && !server.draining();
    }

    // ---- reading

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (state == State.LINGER
                || state == State.CLOSED
                || state == State.SLOWED
                || state == State.EXCHANGE && !persistent) {
            dropped += bytes.readableBytes();
            bytes.release();
            if (dropped > Reception.DROPPED_BYTES_MAX) {
                channel.close();
            }
            return;
        }
        ByteBuf before = pending;
        if (before == null) {
            if (state == State.HEAD) {
                sinceNanos = System.nanoTime();
            }
        } else {
            bytes = joined(before, bytes);
        }
        takeOrRefuse(bytes);
    }

    /** What was pending, and what came behind it. */
    private ByteBuf joined(ByteBuf before, ByteBuf bytes) {
        ByteBuf whole = before;
        if (before.writableBytes() < bytes.readableBytes()) {
            try {
                whole = channel.alloc()
                        .directBuffer(Math.max(1024, (before.readableBytes() + bytes.readableBytes()) * 2))
                        .writeBytes(before);
            } catch (Throwable none) {
                persistent = false; // what comes next has lost its beginning
                bytes.release();
                throw none;
            }
            before.release();
        }
        pending = null;
        whole.writeBytes(bytes);
        bytes.release();
        return whole;
    }

    private void takeOrRefuse(ByteBuf bytes) {
        try {
            take(bytes);
        } catch (GatewayException refused) {
            refuse(refused.error(), false);
        } catch (Throwable bug) {
            mishap(bug);
        }
    }

    /** A fault of ours, or memory that has run out, while a request was read or worked on: it still gets an answer. */
    private void mishap(Throwable bug) {
        try {
            if (state == State.EXCHANGE) {
                handler.mishap(bug);
                flush();
            } else if (state == State.HEAD || state == State.BODY) {
                LOG.error("request {} failed while it was read", requestId, bug);
                refuse(
                        bug instanceof OutOfMemoryError
                                ? new TooBusy("memory has run out")
                                : new GatewayError.Internal(),
                        false);
            } else {
                LOG.error("connection {} failed", requestId, bug);
                channel.close();
            }
        } catch (Throwable again) {
            LOG.error("request {} cannot be answered", requestId, again);
            channel.close();
        }
    }

    /** Goes on with what was read. Owns {@code bytes}. */
    private void take(ByteBuf bytes) {
        boolean owned = true;
        try {
            while (bytes.isReadable()) {
                if (state == State.HEAD) {
                    if (sinceNanos == 0) {
                        sinceNanos = System.nanoTime(); // pipelined behind what was just answered
                    }
                    arrivedNanos = sinceNanos;
                    if (!head.parse(bytes)) {
                        if (bytes.isReadable()) { // else an empty line behind the last request: nothing has begun
                            pending = bytes;
                            owned = false;
                        }
                        return;
                    }
                    headBytes = bytes.retain();
                    onHead(bytes);
                    bytes.readerIndex(head.end());
                    if (state == State.BODY && reception.done()) {
                        onBody();
                    }
                } else if (state == State.BODY && waitsForRoom) {
                    pending = bytes;
                    owned = false;
                    return;
                } else if (state == State.BODY) {
                    GatewayError wrong = reception.take(bytes);
                    if (wrong != null) {
                        refuse(wrong, false);
                    } else if (reception.done()) {
                        onBody();
                    }
                } else if (state == State.EXCHANGE) {
                    if (bytes.readableBytes() > PIPELINED_BYTES_MAX) {
                        persistent = false;
                        return;
                    }
                    pending = bytes; // pipelined: its turn comes
                    owned = false;
                    return;
                } else {
                    return;
                }
            }
        } finally {
            if (owned) {
                bytes.release();
            }
        }
    }

    private void onHead(ByteBuf in) {
        requestId = loop.nextId();
        persistent = head.persistent();
        headOnly = Bytes.equals(in, head.methodStart(), head.methodEnd(), HEAD);
        slowNanos = 0;
        dropped = 0;
        reception.begin(head.contentLength());
        state = State.BODY;
        Acceptance accepted = handler.accept(head, in);
        GatewayError error = accepted.refusal() == null ? unfit(in, accepted.kept()) : accepted.refusal();
        if (error != null) {
            refuse(error, true);
            return;
        }
        if (accepted.scanned()) {
            reception.scan();
        }
        if (accepted.kept() && reception.keep(head.contentLength(), admitted)) {
            waitsForRoom = true;
            sinceNanos = System.nanoTime();
            channel.config().setAutoRead(false);
        } else {
            goAhead();
        }
    }

    private void goAhead() {
        if (head.has(Header.EXPECT)) {
            channel.writeAndFlush(Unpooled.wrappedBuffer(Reply.CONTINUE));
        }
    }

    /** There is room for the body. */
    private void admitted() {
        if (!waitsForRoom || state != State.BODY) {
            return; // it waited too long, or left
        }
        waitsForRoom = false;
        sinceNanos = System.nanoTime();
        goAhead();
        channel.config().setAutoRead(true);
        takePending();
        endHalfClosed();
    }

    /** Why the body of a request that is accepted cannot be received; null if it can. */
    private @Nullable GatewayError unfit(ByteBuf in, boolean kept) {
        if (head.has(Header.CONTENT_ENCODING)
                && !Bytes.equalsAnyCase(
                        in, head.start(Header.CONTENT_ENCODING), head.end(Header.CONTENT_ENCODING), IDENTITY)) {
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
        if (head.has(Header.EXPECT)
                && !Bytes.equalsAnyCase(in, head.start(Header.EXPECT), head.end(Header.EXPECT), CONTINUE)) {
            return new ExpectationFailed();
        }
        return handler.unavailable();
    }

    /** The request is complete. */
    private void onBody() {
        GatewayError refused = reception.refusal();
        if (refused != null) {
            answer(refused);
            return;
        }
        state = State.EXCHANGE;
        sinceNanos = 0; // the next tick knows better than a clock that is asked for each request
        handler.answer(reception.takeBody(), reception.takeScanner());
    }

    // ---- refusing

    /** The answer to the request that is being refused is to wait for so long, as a brake on whoever guesses. */
    public void slowDown(long nanos) {
        slowNanos = nanos;
    }

    /**
     * Has an error told before the request is answered.
     *
     * @param inStep whether the request's framing is understood, so that the connection may live on
     */
    private void refuse(GatewayError error, boolean inStep) {
        reception.release();
        if (waitsForRoom) {
            waitsForRoom = false;
            channel.config().setAutoRead(true);
        }
        if (inStep && reception.done()) {
            answer(error);
        } else if (inStep
                && head.contentLength() != RequestHead.CHUNKED
                && head.contentLength() <= DROPPED_IN_PLACE_MAX
                && !head.has(Header.EXPECT)) {
            reception.refuseBehind(error);
        } else {
            persistent = false;
            answer(error);
        }
    }

    private void answer(GatewayError error) {
        if (slowNanos > 0) { // without anything in memory but the connection, whatever is still sent
            answerLater(error);
            releaseHead();
            return;
        }
        state = State.EXCHANGE;
        if (requestId.isEmpty()) {
            requestId = loop.nextId();
        }
        try {
            handler.refuse(error);
        } catch (OutOfMemoryError none) { // the next tick tries again
            if (++unanswered > UNANSWERED_MAX) {
                throw none;
            }
            slowNanos = 1;
            answerLater(error);
        }
    }

    private void answerLater(GatewayError error) {
        state = State.SLOWED;
        due = error;
        sinceNanos = System.nanoTime();
        persistent = false;
    }

    // ---- what a handler does with its connection

    /** The answer has no framing of its own: the end of the connection ends it. */
    public void endAtClose() {
        persistent = false;
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
        releaseHead();
        if (state == State.CLOSED) {
            return;
        }
        untaken.answered();
        if (cut) {
            state = State.LINGER;
            sinceNanos = System.nanoTime();
            if (head.http10()) { // no framing that shows it: only a reset does
                channel.config().setOption(ChannelOption.SO_LINGER, 0);
            }
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
            return;
        }
        if (!persistent() || head.http10() && !head.persistent()) {
            linger();
            return;
        }
        flush();
        state = State.HEAD;
        sinceNanos = pending == null ? 0 : System.nanoTime();
        requestId = "";
        headOnly = false;
        head.reset();
        if (pending != null) {
            loop.eventLoop().execute(this::goOn);
        } else if (halfClose != null && !goingOn) {
            linger();
        }
    }

    private void goOn() {
        if (pending != null && state == State.HEAD) {
            sinceNanos = System.nanoTime();
            takePending();
        }
        endHalfClosed();
    }

    private void takePending() {
        ByteBuf bytes = pending;
        if (bytes != null) {
            pending = null;
            goingOn = true;
            try {
                takeOrRefuse(bytes);
            } finally {
                goingOn = false;
            }
        }
    }

    // ---- ends

    private void endHalfClosed() {
        if (halfClose != null && state == State.HEAD && pending == null) {
            linger();
        } else if (halfClose != null && (state == State.HEAD || state == State.BODY) && !waitsForRoom) {
            channel.close(); // the rest of that request will never come
        }
    }

    /** The client sends no more. What it has sent whole is answered; see {@link HalfClose}. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent && halfClose == null) {
            long now = System.nanoTime();
            halfClose = new HalfClose(now);
            switch (state) {
                case HEAD, BODY -> goOn();
                case EXCHANGE, SLOWED -> probe(now);
                case LINGER -> {
                    if (channel instanceof DuplexChannel socket && socket.isOutputShutdown()) {
                        socket.close();
                    }
                }
                case CLOSED -> {}
            }
        }
        context.fireUserEventTriggered(event);
    }

    /** Finds out whether a client behind its FIN still listens, if it is time to ask. */
    private void probe(long nowNanos) {
        HalfClose half = halfClose;
        if (half == null || !half.due(nowNanos)) {
            return;
        }
        if (state == State.EXCHANGE && !handler.probe()) {
            channel.close();
        } else if (state == State.SLOWED && unanswered == 0 && !head.http10()) {
            channel.writeAndFlush(Unpooled.wrappedBuffer(Reply.CONTINUE), channel.voidPromise());
        }
    }

    /** Ends the connection so that the client can still read the answer: half closed, then drained. */
    private void linger() {
        state = State.LINGER;
        sinceNanos = System.nanoTime();
        dropped = 0;
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> {
            if (halfClose == null
                    && done.isSuccess()
                    && channel instanceof DuplexChannel socket
                    && socket.pipeline().get(TLS) == null) {
                socket.shutdownOutput();
            } else {
                channel.close();
            }
        });
    }

    private void releaseHead() {
        ByteBuf bytes = headBytes;
        headBytes = null;
        if (bytes != null) {
            bytes.release();
        }
    }

    private void end() {
        if (state == State.CLOSED) {
            return;
        }
        State before = state;
        state = State.CLOSED;
        server.disconnected();
        untaken.end();
        LoopResources.Place was = place;
        if (was != null) {
            was.leave();
        }
        if (before == State.EXCHANGE) {
            handler.clientLeft();
        } else if (before == State.BODY) {
            handler.abandoned();
        }
        reception.release();
        releaseHead();
        if (pending != null) {
            pending.release();
            pending = null;
        }
    }

    // ---- time and back-pressure

    @Override
    public void tick(long nowNanos) {
        untaken.measure();
        probe(nowNanos);
        WireLimits limits = server.limits();
        switch (state) {
            case HEAD -> {
                if (pending == null) {
                    if (sinceNanos == 0) {
                        sinceNanos = nowNanos;
                    } else if (!taking(nowNanos) && nowNanos - sinceNanos > WireLimits.KEEP_ALIVE_NANOS) {
                        channel.close();
                    }
                } else if (nowNanos - sinceNanos > limits.headNanos()) {
                    requestId = loop.nextId();
                    arrivedNanos = sinceNanos;
                    refuse(new SlowRequest("the head took longer than limits.head"), false);
                }
            }
            case BODY -> {
                if (waitsForRoom) {
                    if (nowNanos - sinceNanos > WireLimits.ROOM_NANOS) {
                        refuse(new TooBusy("the bodies in memory reach limits.bodies"), false);
                    }
                } else if (nowNanos - sinceNanos > limits.requestNanos()) {
                    refuse(new SlowRequest("the body took longer than limits.request"), false);
                }
            }
            case EXCHANGE -> {
                if (!taking(nowNanos) && (!untaken.any() || sinceNanos == 0)) {
                    sinceNanos = nowNanos;
                }
                if (nowNanos - sinceNanos > limits.idleNanos()) {
                    sinceNanos = nowNanos;
                    // what it does not take, the kernel shall not keep either
                    channel.config().setOption(ChannelOption.SO_LINGER, 0);
                    channel.close();
                } else {
                    handler.tick(nowNanos);
                }
            }
            case SLOWED -> {
                GatewayError told = due;
                if (told != null && nowNanos - sinceNanos >= slowNanos) {
                    slowNanos = 0;
                    answer(told);
                }
            }
            case LINGER -> {
                boolean taking = taking(nowNanos);
                long patience = untaken.any() ? WireLimits.KEEP_ALIVE_NANOS : WireLimits.LINGER_NANOS;
                if (!taking && nowNanos - sinceNanos > patience) {
                    channel.close();
                }
            }
            case CLOSED -> {}
        }
    }

    /** Whether the client has taken bytes of an answer since the last tick; the state's deadline then counts anew. */
    private boolean taking(long nowNanos) {
        boolean less = untaken.becameLess();
        if (less) {
            sinceNanos = nowNanos;
        }
        return less;
    }

    @Override
    public void closeIfIdle() {
        if (server.draining() && state == State.HEAD && pending == null) {
            if (untaken.none()) {
                channel.close();
            } else {
                linger(); // behind an answer that it has yet to take
            }
        }
    }

    /** The clock failed here: a request still gets an answer. */
    @Override
    public void tickFailed(Throwable bug) {
        if (state == State.EXCHANGE) {
            mishap(bug);
        } else {
            channel.close();
        }
    }

    @Override
    public void abort() {
        if (!server.draining()) {
            return;
        }
        if (state == State.EXCHANGE) {
            handler.abort();
        } else {
            channel.close();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        untaken.measure();
        loop.measure();
        if (state == State.EXCHANGE) {
            handler.writable(context.channel().isWritable());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        end();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof java.io.IOException || cause.getCause() instanceof java.io.IOException) {
            context.close();
        } else {
            mishap(cause); // as when there is no memory to read into
        }
    }
}
