package io.penstock.server.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.SlowRequest;
import io.penstock.error.GatewayError.TooBusy;
import io.penstock.error.GatewayException;
import io.penstock.server.http.RequestHead;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens on one client's connection: receives a request at a time and has it answered by its {@link RequestHandler}; or has
 * it refused, then reads and drops what the client still sends, so that the client sees why.
 *
 * <p>Limits hold before a byte of the body is kept. Event loop only.
 */
final class HttpChannelHandler extends ChannelInboundHandlerAdapter implements Ticking {
    private static final Logger LOG = LoggerFactory.getLogger(HttpChannelHandler.class);

    /** Behind more, nothing is served: to stop reading instead would hide that the client leaves, to keep it has no bound. */
    private static final int PIPELINED_BYTES_MAX = 64 * 1024;

    private final Channel channel;
    private final LoopResources loop;
    private final HttpServer server;
    private final HttpRequest request = new HttpRequest();
    private final RequestHead head = request.head();
    private final Unread unread = new Unread();
    private final Reception reception;
    private final Untaken untaken;
    private final Deadlines deadlines;
    private final Parting parting;
    private final DelayedRefusal delayed = new DelayedRefusal();
    private final HttpConnection client;
    private final RequestHandler handler;
    private final LoopResources.Place place; // in the loop's list
    private ConnectionState state = ConnectionState.HEAD;
    private boolean goingOn; // with what was pending

    /** To be added to that channel's pipeline, by the channel's own loop. */
    HttpChannelHandler(Channel channel, LoopResources loop, HttpServer server, RequestHandler.Factory handlers) {
        this.channel = channel;
        this.loop = loop;
        this.server = server;
        this.reception = new Reception(channel, loop, server, this::admitted);
        this.untaken = new Untaken(channel, loop, server);
        this.deadlines = new Deadlines(server.limits(), untaken);
        this.parting = new Parting(channel);
        this.client = new HttpConnection(channel, loop, server, request, untaken, delayed, this);
        this.handler = handlers.over(client);
        this.place = loop.add(this);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        deadlines.restart();
        int connections = server.connected();
        loop.measure();
        untaken.mark();
        head.reset();
        if (connections > server.limits().connections()) {
            refuse(new TooBusy("more connections than limits.connections"), false);
        }
    }

    Channel channel() {
        return channel;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        end();
    }

    // ---- reading

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (state.drops() || state == ConnectionState.EXCHANGE && !client.servesOn()) {
            parting.drops(bytes.readableBytes());
            bytes.release();
            return;
        }
        if (!unread.any() && state == ConnectionState.HEAD) {
            deadlines.restart();
        }
        ByteBuf all;
        try {
            all = unread.takeWith(bytes, channel.alloc());
        } catch (Throwable none) {
            client.endAtClose(); // what comes next has lost its beginning
            throw none;
        }
        takeOrRefuse(all);
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
            if (state == ConnectionState.EXCHANGE) {
                if (!handler.mishap(bug)) {
                    LOG.error("request {} failed", request.id(), bug);
                    channel.close();
                }
                client.flush();
            } else if (state == ConnectionState.HEAD || state == ConnectionState.BODY) {
                LOG.error("request {} failed while it was read", request.id(), bug);
                refuse(RequestHandler.ownFault(bug), false);
            } else {
                LOG.error("connection {} failed", request.id(), bug);
                channel.close();
            }
        } catch (Throwable again) {
            LOG.error("request {} cannot be answered", request.id(), again);
            channel.close();
        }
    }

    /** Goes on with what was read. Owns {@code bytes}. */
    private void take(ByteBuf bytes) {
        boolean owned = true;
        try {
            while (bytes.isReadable()) {
                if (state == ConnectionState.HEAD) {
                    deadlines.begin(); // pipelined behind what was just answered
                    request.arrived(deadlines.sinceNanos());
                    if (!head.parse(bytes)) {
                        if (bytes.isReadable()) { // else an empty line behind the last request: nothing has begun
                            unread.keep(bytes);
                            owned = false;
                        }
                        return;
                    }
                    request.begin(bytes, loop.nextId());
                    onHead(bytes);
                    bytes.readerIndex(head.end());
                    if (state == ConnectionState.BODY && reception.done()) {
                        onBody();
                    }
                } else if (state == ConnectionState.BODY && reception.waits()) {
                    unread.keep(bytes);
                    owned = false;
                    return;
                } else if (state == ConnectionState.BODY) {
                    GatewayError wrong = reception.take(bytes);
                    if (wrong != null) {
                        refuse(wrong, false);
                    } else if (reception.done()) {
                        onBody();
                    }
                } else if (state == ConnectionState.EXCHANGE) {
                    if (bytes.readableBytes() > PIPELINED_BYTES_MAX) {
                        client.endAtClose();
                        return;
                    }
                    unread.keep(bytes); // pipelined: its turn comes
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
        client.persistent(head.persistent());
        delayed.startOver();
        parting.startOver();
        reception.begin(head.contentLength());
        state = ConnectionState.BODY;
        Acceptance accepted = handler.accept(head, in);
        GatewayError error = accepted.refusal();
        error = error == null ? request.unfit(server, accepted.kept()) : error;
        error = error == null ? handler.unavailable() : error;
        if (error != null) {
            refuse(error, true);
            return;
        }
        if (accepted.scanned()) {
            reception.scan();
        }
        if (accepted.kept() && reception.keep(head.contentLength())) {
            deadlines.restart();
        } else {
            goAhead();
        }
    }

    private void goAhead() {
        if (request.waits()) {
            channel.writeAndFlush(Unpooled.wrappedBuffer(Reply.CONTINUE));
        }
    }

    /** There is room for the body. */
    private void admitted() {
        deadlines.restart();
        goAhead();
        takePending();
        endHalfClosed();
    }

    /** The request is complete. */
    private void onBody() {
        GatewayError refused = reception.refusal();
        if (refused != null) {
            answer(refused);
            return;
        }
        state = ConnectionState.EXCHANGE;
        deadlines.restartLater();
        handler.answer(reception.takeBody(), reception.takeScanner());
    }

    // ---- refusing

    /**
     * Has an error told before the request is answered.
     *
     * @param inStep whether the request's framing is understood, so that the connection may live on
     */
    private void refuse(GatewayError error, boolean inStep) {
        reception.stopWaiting();
        reception.release();
        if (inStep && reception.done()) {
            answer(error);
        } else if (inStep && request.droppedInPlace()) {
            reception.refuseBehind(error);
        } else {
            client.endAtClose();
            answer(error);
        }
    }

    private void answer(GatewayError error) {
        if (delayed.keeps(error)) { // without anything in memory but the connection, whatever is still sent
            answerLater();
            request.releaseHead();
            return;
        }
        state = ConnectionState.EXCHANGE;
        if (request.id().isEmpty()) {
            request.named(loop.nextId());
        }
        try {
            handler.refuse(error);
        } catch (OutOfMemoryError none) {
            delayed.tryAgain(error, none);
            answerLater();
        }
    }

    private void answerLater() {
        state = ConnectionState.SLOWED;
        deadlines.restart();
        client.endAtClose();
    }

    /**
     * The answer is complete, or will never be; the connection goes on with the next request or ends.
     *
     * @param cut true if what was written must not look complete: the connection ends abnormally
     */
    void answered(boolean cut) {
        if (state == ConnectionState.CLOSED) {
            return;
        }
        untaken.answered();
        if (cut) {
            state = ConnectionState.LINGER;
            deadlines.restart();
            parting.cut(!head.http10());
            return;
        }
        if (!client.persistent() || head.http10() && !head.persistent()) {
            linger();
            return;
        }
        client.flush();
        state = ConnectionState.HEAD;
        request.reset();
        if (unread.any()) {
            deadlines.restart();
            loop.eventLoop().execute(this::goOn);
            return;
        }
        deadlines.restartLater();
        if (parting.halfClosed() && !goingOn) {
            linger();
        }
    }

    private void goOn() {
        if (unread.any() && state == ConnectionState.HEAD) {
            deadlines.restart();
            takePending();
        }
        endHalfClosed();
    }

    private void takePending() {
        ByteBuf bytes = unread.take();
        if (bytes != null) {
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
        if (parting.halfClosed() && state == ConnectionState.HEAD && !unread.any()) {
            linger();
        } else if (parting.halfClosed()
                && (state == ConnectionState.HEAD || state == ConnectionState.BODY)
                && !reception.waits()) {
            channel.close(); // the rest of that request will never come
        }
    }

    /** The client sends no more. What it has sent whole is answered; see {@link HalfClose}. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        long now = System.nanoTime();
        if (event instanceof ChannelInputShutdownEvent && parting.halfCloses(now)) {
            switch (state) {
                case HEAD, BODY -> goOn();
                case EXCHANGE, SLOWED -> probe(now);
                case LINGER -> parting.closeIfSaid();
                case CLOSED -> {}
            }
        }
        context.fireUserEventTriggered(event);
    }

    /** Finds out whether a client behind its FIN still listens, if it is time to ask. */
    private void probe(long nowNanos) {
        if (!parting.probes(nowNanos)) {
            return;
        }
        if (state == ConnectionState.EXCHANGE && !handler.probe()) {
            channel.close();
        } else if (state == ConnectionState.SLOWED && !delayed.lacksMemory() && !head.http10()) {
            channel.writeAndFlush(Unpooled.wrappedBuffer(Reply.CONTINUE), channel.voidPromise());
        }
    }

    /** Ends the connection so that the client can still read the answer: half closed, then drained. */
    private void linger() {
        state = ConnectionState.LINGER;
        deadlines.restart();
        parting.linger();
    }

    private void end() {
        if (state == ConnectionState.CLOSED) {
            return;
        }
        ConnectionState before = state;
        state = ConnectionState.CLOSED;
        server.disconnected();
        untaken.end();
        place.leave();
        if (before == ConnectionState.EXCHANGE) {
            handler.clientLeft();
        } else if (before == ConnectionState.BODY) {
            handler.abandoned();
        }
        reception.release();
        request.releaseHead();
        unread.release();
    }

    // ---- time and back-pressure

    @Override
    public void tick(long nowNanos) {
        untaken.measure();
        probe(nowNanos);
        switch (state) {
            case HEAD -> {
                if (unread.any() && deadlines.headIsLate(nowNanos)) {
                    request.named(loop.nextId());
                    request.arrived(deadlines.sinceNanos());
                    refuse(new SlowRequest("the head took longer than limits.head"), false);
                } else if (!unread.any() && deadlines.isIdle(nowNanos)) {
                    channel.close();
                }
            }
            case BODY -> {
                if (reception.waits()) {
                    if (deadlines.roomIsLate(nowNanos)) {
                        refuse(new TooBusy("the bodies in memory reach limits.bodies"), false);
                    }
                } else if (deadlines.bodyIsLate(nowNanos)) {
                    refuse(new SlowRequest("the body took longer than limits.request"), false);
                }
            }
            case EXCHANGE -> {
                if (deadlines.isStuck(nowNanos)) {
                    parting.drop();
                } else {
                    handler.tick(nowNanos);
                }
            }
            case SLOWED -> {
                GatewayError due = delayed.due(deadlines, nowNanos);
                if (due != null) {
                    answer(due);
                }
            }
            case LINGER -> {
                if (deadlines.hasLingered(nowNanos)) {
                    channel.close();
                }
            }
            case CLOSED -> {}
        }
    }

    @Override
    public void closeIfIdle() {
        if (server.draining() && state == ConnectionState.HEAD && !unread.any()) {
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
        if (state == ConnectionState.EXCHANGE) {
            mishap(bug);
        } else {
            channel.close();
        }
    }

    @Override
    public void abort() {
        if (server.draining() && !(state == ConnectionState.EXCHANGE && handler.abort())) {
            channel.close();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        untaken.measure();
        loop.measure();
        if (state == ConnectionState.EXCHANGE) {
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
