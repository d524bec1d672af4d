package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.BodyTooLarge;
import io.penstock.error.GatewayError.EncodingUnsupported;
import io.penstock.error.GatewayError.ExpectationFailed;
import io.penstock.error.GatewayError.ForeignOrigin;
import io.penstock.error.GatewayError.InvalidApiKey;
import io.penstock.error.GatewayError.MalformedRequest;
import io.penstock.error.GatewayError.ShuttingDown;
import io.penstock.error.GatewayError.SlowRequest;
import io.penstock.error.GatewayError.StoreUnavailable;
import io.penstock.error.GatewayError.TooBusy;
import io.penstock.error.GatewayError.UnreadableBody;
import io.penstock.error.GatewayException;
import io.penstock.protocol.BodyScanner;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.UsageCounter;
import io.penstock.server.face.Face;
import io.penstock.server.face.Faces;
import io.penstock.server.face.Operation;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.Header;
import io.penstock.server.http.MemoryBudget;
import io.penstock.server.http.ReadSizes;
import io.penstock.server.http.RequestHead;
import io.penstock.store.GatewayKey;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: reads a request at a time, scans its body as it comes, and hands it to an {@link Exchange}; or
 * refuses it, then reads and drops what the client still sends, so that the client sees why.
 *
 * <p>Limits hold before the key is looked at; the key before a byte of the body is kept. Event loop only.
 */
public final class ClientConnection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

    private static final byte[] HEAD = Bytes.ascii("HEAD");
    private static final byte[] CONTINUE = Bytes.ascii("100-continue");
    private static final byte[] IDENTITY = Bytes.ascii("identity");
    private static final byte[] BEARER = Bytes.ascii("bearer ");
    /** Behind more, nothing is served: to stop reading instead would hide that the client leaves, to keep it has no bound. */
    private static final int PIPELINED_BYTES_MAX = 64 * 1024;

    private static final long DROPPED_BYTES_MAX = 64L * 1024 * 1024; // behind a refusal
    private static final int UNANSWERED_MAX = 200; // ticks, for want of memory
    private static final int KEY_BYTES_MAX = 256; // no key is longer
    private static final int WRITE_BYTES = 96; // what a write counts beside its bytes in a channel's outbound buffer
    private static final int FOR_OTHERS = 4; // of the budget, the part that waiting bodies leave free
    private static final long DROPPED_IN_PLACE_MAX =
            1024 * 1024; // a refused body this short does not cost the connection

    private enum State {
        HEAD,
        BODY,
        EXCHANGE,
        /** A wrong key's answer waits for its time: what comes is dropped. */
        SLOWED,
        /** Answered, and on the way to be closed: what comes is dropped. */
        LINGER,
        CLOSED
    }

    @Nullable
    ClientConnection next; // the loop's list of connections

    @Nullable
    ClientConnection previous;

    private final LoopResources loop;
    private final Services services;
    private final RequestHead head = new RequestHead();
    private final BodyFraming framing = new BodyFraming();
    private final UsageCounter usageCounter = new UsageCounter(1);
    private final ScriptCounter textCounter = new ScriptCounter();
    private final Choice choice;
    private final Charge charge;
    private final ShownKeys shownKeys = new ShownKeys();
    private @Nullable Channel channel;
    private State state = State.HEAD;
    private @Nullable ByteBuf pending; // owned: an unfinished head, or bytes behind the request at hand
    private @Nullable ByteBuf headBytes; // owned: where the spans of head lie
    private @Nullable RequestBody body; // owned
    private @Nullable BodyScanner scanner;
    private Faces.@Nullable Path path;
    private Face face = Faces.OPENAI;
    private @Nullable GatewayKey key;
    private @Nullable String unknownPath; // asked for, as it came
    private @Nullable GatewayError refusal; // to be told when the body has been dropped
    private @Nullable Exchange exchange;
    private @Nullable HalfClose halfClose; // since the client's FIN
    private boolean goingOn; // with what was pending
    private long slowNanos; // how long the answer to a wrong key is to wait
    private String requestId = "";
    private long sinceNanos; // the state's first byte: what its deadline counts from
    private long unflushed; // of answers, in bytes: what the client had yet to take at the last tick, or came since
    private long arrivedNanos;
    private long dropped;
    private int unanswered; // times that there was no memory for the answer to a refused request
    private boolean waitsForRoom; // for its body, of which nothing is read meanwhile
    private int room = ReadSizes.BYTES_MAX; // that its water mark says
    private long untaken; // of answers, as counted in the budget
    private long counted; // of large writes, which count by themselves
    private boolean persistent = true;
    private boolean headOnly; // HEAD: what is answered has no body, whatever its length says

    public ClientConnection(LoopResources loop) {
        this.loop = loop;
        this.services = loop.services();
        this.choice = new Choice(services);
        this.charge = new Charge(services.store().ledger(), choice, usageCounter, textCounter);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        channel = context.channel();
        sinceNanos = System.nanoTime();
        int connections = services.connections().incrementAndGet();
        loop.add(this);
        room();
        head.reset();
        if (connections > services.limits().connections()) {
            refuse(new TooBusy("more connections than limits.connections"), false);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        end();
    }

    Channel channel() {
        Channel it = channel;
        if (it == null) {
            throw new IllegalStateException("not added to a channel");
        }
        return it;
    }

    LoopResources loop() {
        return loop;
    }

    /** Lent to the exchange at hand, so that none is made for each. */
    UsageCounter usageCounter() {
        return usageCounter;
    }

    /** Lent likewise. */
    ScriptCounter textCounter() {
        return textCounter;
    }

    /** Lent likewise. */
    Choice choice() {
        return choice;
    }

    /** Lent likewise. */
    Charge charge() {
        return charge;
    }

    ShownKeys shownKeys() {
        return shownKeys;
    }

    RequestHead head() {
        return head;
    }

    /** The bytes that {@link #head()} speaks of; until the exchange ends. */
    ByteBuf headBytes() {
        ByteBuf bytes = headBytes;
        return bytes == null ? Unpooled.EMPTY_BUFFER : bytes;
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
            if (dropped > DROPPED_BYTES_MAX) {
                channel().close();
            }
            return;
        }
        ByteBuf before = pending;
        if (before == null) {
            if (state == State.HEAD) {
                sinceNanos = System.nanoTime();
            }
        } else {
            ByteBuf joined = before;
            if (before.writableBytes() < bytes.readableBytes()) {
                try {
                    joined = context.alloc()
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
            bytes = appended(joined, bytes);
        }
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
            Exchange it = exchange;
            if (it != null) {
                it.mishap(bug);
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
                channel().close();
            }
        } catch (Throwable again) {
            LOG.error("request {} cannot be answered", requestId, again);
            channel().close();
        }
    }

    private static ByteBuf appended(ByteBuf joined, ByteBuf bytes) {
        joined.writeBytes(bytes);
        bytes.release();
        return joined;
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
                    if (state == State.BODY && framing.done()) {
                        onBody();
                    }
                } else if (state == State.BODY && waitsForRoom) {
                    pending = bytes;
                    owned = false;
                    return;
                } else if (state == State.BODY) {
                    onBodyBytes(bytes);
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
        face = Faces.nearest(head, in);
        key = null;
        refusal = null;
        slowNanos = 0;
        if (head.contentLength() == RequestHead.CHUNKED) {
            framing.beginChunked();
        } else {
            framing.beginLength(head.contentLength());
        }
        state = State.BODY;
        dropped = 0;
        path = Faces.find(head, in);
        GatewayError error = check(in);
        if (error != null) {
            refuse(error, true);
            return;
        }
        if (path != null && path.operation().relays()) {
            scanner = loop.scanner();
            admit();
        }
        if (head.has(Header.EXPECT) && !waitsForRoom) {
            channel().writeAndFlush(Unpooled.wrappedBuffer(Reply.CONTINUE));
        }
    }

    /** Makes room for the body, or waits until there is some: nothing is read of it before. */
    private void admit() {
        RequestBody admitted = new RequestBody(services.buffers());
        body = admitted;
        long length = head.contentLength();
        if (length <= 0) {
            return; // chunked: as it grows
        }
        if (length <= MemoryBudget.ORDINARY_BYTES) {
            admitted.admitOrdinary(length);
            return;
        }
        long free = services.buffers().bytesMax() / FOR_OTHERS; // answers come before further requests
        MemoryBudget.Turn turn = services.buffers().turn(length, free, loop.eventLoop(), this::admitted);
        admitted.admit(turn);
        if (turn.waits()) {
            waitsForRoom = true;
            sinceNanos = System.nanoTime();
            channel().config().setAutoRead(false);
        }
    }

    private void admitted() {
        if (!waitsForRoom || state != State.BODY) {
            return; // it waited too long, or left
        }
        waitsForRoom = false;
        sinceNanos = System.nanoTime();
        if (head.has(Header.EXPECT)) {
            channel().writeAndFlush(Unpooled.wrappedBuffer(Reply.CONTINUE));
        }
        channel().config().setAutoRead(true);
        takePending();
        endHalfClosed();
    }

    /** What is wrong with the request by its head; null if nothing is. */
    private @Nullable GatewayError check(ByteBuf in) {
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
        if (origin == Hosts.Origin.NOWHERE && !needsKey && (known != null && known.face() == null || key(in) == null)) {
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
            key = key(in);
            if (key == null) {
                boolean shown = head.has(Header.AUTHORIZATION) || head.has(Header.X_API_KEY);
                slow(services.wrongKeys(), shown);
                return new InvalidApiKey(
                        shown
                                ? "this gateway does not know it; `keys create` makes one"
                                : "send it as Authorization: Bearer <key>, or as x-api-key");
            }
        }
        if (operation == Operation.METRICS && !services.metrics().open(bearer(in))) {
            slow(services.wrongTokens(), head.has(Header.AUTHORIZATION));
            return new InvalidApiKey("metrics need the admin token here");
        }
        if (services.draining() && operation != Operation.LIVE && operation != Operation.READY) {
            return new ShuttingDown();
        }
        if (head.has(Header.CONTENT_ENCODING)
                && !Bytes.equalsAnyCase(
                        in, head.start(Header.CONTENT_ENCODING), head.end(Header.CONTENT_ENCODING), IDENTITY)) {
            return new EncodingUnsupported("send the body uncompressed");
        }
        if (head.contentLength() > services.limits().bodyBytes()) {
            return new BodyTooLarge(services.limits().bodyBytes());
        }
        if (operation.relays() && head.contentLength() > services.buffers().bytesMax()) {
            return new BodyTooLarge(
                    services.buffers().bytesMax(), "limits.bodies, or what the JVM has of direct memory");
        }
        if (operation.relays() && services.outbound().full()) {
            return new TooBusy("what other clients have not taken of their answers fills the memory");
        }
        if (head.has(Header.EXPECT)
                && !Bytes.equalsAnyCase(in, head.start(Header.EXPECT), head.end(Header.EXPECT), CONTINUE)) {
            return new ExpectationFailed();
        }
        if (operation.relays() && !services.store().ledger().available()) {
            return new StoreUnavailable();
        }
        return null;
    }

    /**
     * The key that the client shows in either header. Of two valid ones that counts which is the face's own way; one that is
     * empty or not ours does not beat the other, for tools send what lies about in the environment.
     */
    private @Nullable GatewayKey key(ByteBuf in) {
        boolean anthropic = face == Faces.ANTHROPIC;
        GatewayKey own = anthropic ? apiKey(in) : bearerKey(in);
        return own != null ? own : anthropic ? bearerKey(in) : apiKey(in);
    }

    /** Notes a guess; who shows nothing has not guessed. */
    private void slow(WrongKeys wrong, boolean shown) {
        slowNanos = shown && channel().remoteAddress() instanceof InetSocketAddress peer
                ? wrong.note(peer.getAddress())
                : 0;
    }

    private @Nullable GatewayKey apiKey(ByteBuf in) {
        return keyAt(in, head.start(Header.X_API_KEY), head.end(Header.X_API_KEY));
    }

    private @Nullable GatewayKey bearerKey(ByteBuf in) {
        return keyAt(in, bearerStart(in), head.end(Header.AUTHORIZATION));
    }

    private @Nullable GatewayKey keyAt(ByteBuf in, int from, int to) {
        int length = to - from;
        if (from <= 0 || length > KEY_BYTES_MAX) {
            return null;
        }
        in.getBytes(from, loop.scratch(), 0, length);
        return services.store().keys().find(loop.scratch(), 0, length);
    }

    private int bearerStart(ByteBuf in) {
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

    private @Nullable String bearer(ByteBuf in) {
        int from = bearerStart(in);
        return from == 0 ? null : Bytes.text(in, from, head.end(Header.AUTHORIZATION));
    }

    private void onBodyBytes(ByteBuf bytes) {
        int to = bytes.writerIndex();
        int i = bytes.readerIndex();
        while (framing.next(bytes, i, to)) {
            int from = framing.payloadStart();
            i = framing.payloadEnd();
            keep(bytes, from, i);
            if (state != State.BODY) {
                return;
            }
        }
        bytes.readerIndex(framing.index());
        if (framing.problem() != null) {
            refuse(new MalformedRequest(framing.problem()), false);
        } else if (framing.done()) {
            onBody();
        }
    }

    private void keep(ByteBuf bytes, int from, int to) {
        RequestBody kept = body;
        BodyScanner scan = scanner;
        if (kept == null || scan == null) {
            dropped += to - from;
            if (dropped > (refusal == null ? services.limits().bodyBytes() : DROPPED_BYTES_MAX)) {
                refuse(refusal == null ? new BodyTooLarge(services.limits().bodyBytes()) : refusal, false);
            }
            return;
        }
        if (kept.bytes() + (long) (to - from) > services.limits().bodyBytes()) {
            refuse(new BodyTooLarge(services.limits().bodyBytes()), false);
            return;
        }
        byte[] scratch = loop.scratch();
        for (int i = from; i < to; i += scratch.length) {
            int length = Math.min(scratch.length, to - i);
            bytes.getBytes(i, scratch, 0, length);
            scan.feed(scratch, 0, length);
        }
        if (!kept.add(bytes, from, to)) {
            refuse(new TooBusy("the bodies in memory reach limits.bodies"), false);
        }
    }

    /** The request is complete. */
    private void onBody() {
        GatewayError refused = refusal;
        if (refused != null) {
            answer(refused);
            return;
        }
        state = State.EXCHANGE;
        sinceNanos = 0; // the next tick knows better than a clock that is asked for each request
        Faces.Path known = path;
        RequestBody kept = body;
        BodyScanner scan = scanner;
        GatewayKey by = key;
        if (known == null) {
            throw new IllegalStateException("no path");
        }
        if (kept != null && scan != null && by != null) {
            Exchange it =
                    new Exchange(this, services, face, known.operation(), by, requestId, arrivedNanos, kept, scan);
            body = null;
            scanner = null;
            exchange = it;
            it.start();
        } else {
            LocalAnswers.answer(this, services, face, known, requestId);
        }
    }

    // ---- refusing

    /**
     * Answers with an error before there is an exchange.
     *
     * @param inStep whether the request's framing is understood, so that the connection may live on
     */
    private void refuse(GatewayError error, boolean inStep) {
        dropRequest();
        if (waitsForRoom) {
            waitsForRoom = false;
            channel().config().setAutoRead(true);
        }
        if (inStep && framing.done()) {
            answer(error);
        } else if (inStep
                && head.contentLength() != RequestHead.CHUNKED
                && head.contentLength() <= DROPPED_IN_PLACE_MAX
                && !head.has(Header.EXPECT)) {
            refusal = error; // answered when the body has come
        } else {
            persistent = false;
            answer(error);
        }
    }

    private void answer(GatewayError error) {
        if (slowNanos > 0) { // without anything in memory but the connection, whatever is still sent
            state = State.SLOWED;
            refusal = error;
            sinceNanos = System.nanoTime();
            persistent = false;
            releaseHead();
            return;
        }
        state = State.EXCHANGE;
        if (requestId.isEmpty()) {
            requestId = loop.nextId();
        }
        byte[] json = face.error(error, requestId);
        ByteBuf out;
        try {
            out = channel().alloc().directBuffer(384 + json.length);
        } catch (OutOfMemoryError none) {
            answerLater(error, none);
            return;
        }
        int status = face.status(error);
        Reply.status(out, status, loop.date());
        Reply.type(out, Reply.JSON);
        Reply.ids(out, requestId, face.requestIdHeader());
        if (error.retryAfterSeconds() >= 0) {
            Reply.retryAfter(out, error.retryAfterSeconds());
        }
        Reply.length(out, json.length, persistent, head.http10());
        if (!headOnly) {
            out.writeBytes(json);
        }
        services.metrics().refused(face.label(), status);
        AccessLog.refused(
                requestId,
                face.label(),
                status,
                error,
                unknownPath,
                System.nanoTime() - arrivedNanos,
                key,
                ClientFacts.of(this));
        unknownPath = null;
        write(out);
        exchangeEnded(false);
    }

    /** There is no memory for an answer: the next tick tries again. */
    private void answerLater(GatewayError error, OutOfMemoryError why) {
        if (++unanswered > UNANSWERED_MAX) {
            throw why;
        }
        state = State.SLOWED;
        refusal = error;
        slowNanos = 1;
        sinceNanos = System.nanoTime();
        persistent = false;
    }

    private void dropRequest() {
        if (body != null) {
            body.release();
            body = null;
        }
        if (scanner != null) {
            loop.giveBack(scanner);
            scanner = null;
        }
    }

    // ---- what an exchange does with its connection

    boolean http10() {
        return head.http10();
    }

    /** Whether the connection shall live on behind this answer. */
    boolean persistent() {
        return persistent && !services.draining();
    }

    /** The answer has no framing of its own: the end of the connection ends it. */
    void endAtClose() {
        persistent = false;
    }

    boolean writable() {
        room(); // it may have become less since the last tick
        return channel().isWritable();
    }

    /** Writes without flushing. Ownership moves. */
    void write(ByteBuf bytes) {
        unflushed += bytes.readableBytes() + WRITE_BYTES;
        channel().write(bytes, channel().voidPromise());
    }

    /** The same for what is large: it counts among all that is held in memory until the client has taken it. */
    void writeCounted(ByteBuf bytes) {
        int size = bytes.readableBytes();
        unflushed += size + WRITE_BYTES;
        counted += size;
        services.buffers().takeAnyway(size);
        channel().write(bytes).addListener(taken -> {
            counted -= size;
            services.buffers().giveBack(size);
        });
    }

    /** By how much what the client has yet to take has grown since it was asked last; that is the budget's to know. */
    long untaken() {
        room();
        ChannelOutboundBuffer buffer = channel().unsafe().outboundBuffer();
        long now = buffer == null ? 0 : Math.max(0, buffer.totalPendingWriteBytes() - counted);
        long more = now - untaken;
        untaken = now;
        return more;
    }

    private void room() {
        if (room != loop.room()) {
            room = loop.room();
            channel().config().setWriteBufferWaterMark(Outbound.mark(room));
        }
    }

    void flush() {
        channel().flush();
    }

    /**
     * The answer is complete, or will never be; the connection goes on with the next request or ends.
     *
     * @param cut true if what was written must not look complete: the connection ends abnormally
     */
    void exchangeEnded(boolean cut) {
        exchange = null;
        releaseHead();
        if (state == State.CLOSED) {
            return;
        }
        unflushed = 0;
        if (cut) {
            state = State.LINGER;
            sinceNanos = System.nanoTime();
            if (head.http10()) { // no framing that shows it: only a reset does
                channel().config().setOption(ChannelOption.SO_LINGER, 0);
            }
            channel().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
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
                take(bytes);
            } catch (GatewayException refused) {
                refuse(refused.error(), false);
            } catch (Throwable bug) {
                mishap(bug);
            } finally {
                goingOn = false;
            }
        }
    }

    private void endHalfClosed() {
        if (halfClose != null && state == State.HEAD && pending == null) {
            linger();
        } else if (halfClose != null && (state == State.HEAD || state == State.BODY) && !waitsForRoom) {
            channel().close(); // the rest of that request will never come
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
                    if (channel() instanceof SocketChannel socket && socket.isOutputShutdown()) {
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
        Exchange it = exchange;
        if (it != null && !it.probe()) {
            channel().close();
        } else if (state == State.SLOWED && unanswered == 0 && !head.http10()) {
            channel()
                    .writeAndFlush(
                            Unpooled.wrappedBuffer(Reply.CONTINUE), channel().voidPromise());
        }
    }

    /** Ends the connection so that the client can still read the answer: half closed, then drained. */
    private void linger() {
        state = State.LINGER;
        sinceNanos = System.nanoTime();
        dropped = 0;
        channel().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> {
            if (halfClose == null
                    && done.isSuccess()
                    && channel() instanceof SocketChannel socket
                    && socket.pipeline().get("tls") == null) {
                socket.shutdownOutput();
            } else {
                channel().close();
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

    // ---- time, back-pressure, ends

    void tick(long nowNanos) {
        probe(nowNanos);
        Exchange it = exchange;
        Limits limits = services.limits();
        if (it != null) {
            if (!taking(nowNanos) && (unflushed == 0 || sinceNanos == 0)) {
                sinceNanos = nowNanos;
            }
            if (nowNanos - sinceNanos > limits.idleNanos()) {
                sinceNanos = nowNanos;
                // what it does not take, the kernel shall not keep either
                channel().config().setOption(ChannelOption.SO_LINGER, 0);
                channel().close();
            } else {
                it.tick(nowNanos);
            }
            return;
        }
        switch (state) {
            case HEAD -> {
                if (pending == null) {
                    if (sinceNanos == 0) {
                        sinceNanos = nowNanos;
                    } else if (!taking(nowNanos) && nowNanos - sinceNanos > Limits.KEEP_ALIVE_NANOS) {
                        channel().close();
                    }
                } else if (nowNanos - sinceNanos > limits.headNanos()) {
                    requestId = loop.nextId();
                    arrivedNanos = sinceNanos;
                    refuse(new SlowRequest("the head took longer than limits.head"), false);
                }
            }
            case BODY -> {
                if (waitsForRoom) {
                    if (nowNanos - sinceNanos > LargeWork.WAIT_NANOS) {
                        refuse(new TooBusy("the bodies in memory reach limits.bodies"), false);
                    }
                } else if (nowNanos - sinceNanos > limits.requestNanos()) {
                    refuse(new SlowRequest("the body took longer than limits.request"), false);
                }
            }
            case SLOWED -> {
                GatewayError due = refusal;
                if (due != null && nowNanos - sinceNanos >= slowNanos) {
                    slowNanos = 0;
                    answer(due);
                }
            }
            case LINGER -> {
                boolean taking = taking(nowNanos);
                long patience = unflushed > 0 ? Limits.KEEP_ALIVE_NANOS : Limits.LINGER_NANOS;
                if (!taking && nowNanos - sinceNanos > patience) {
                    channel().close();
                }
            }
            default -> {}
        }
    }

    /** Whether the client has taken bytes of an answer since the last tick; the state's deadline then counts anew. */
    private boolean taking(long nowNanos) {
        ChannelOutboundBuffer buffer = channel().unsafe().outboundBuffer();
        long left = buffer == null ? 0 : buffer.totalPendingWriteBytes() - buffer.currentProgress();
        boolean less = left < unflushed;
        unflushed = left;
        if (less) {
            sinceNanos = nowNanos;
        }
        return less;
    }

    void closeIfIdle() {
        if (state == State.HEAD && pending == null) {
            ChannelOutboundBuffer buffer = channel().unsafe().outboundBuffer();
            if (buffer == null || buffer.totalPendingWriteBytes() == 0) {
                channel().close();
            } else {
                linger(); // behind an answer that it has yet to take
            }
        }
    }

    /** The clock failed here: a request still gets an answer. */
    void tickFailed(Throwable bug) {
        if (exchange == null) {
            channel().close();
        } else {
            mishap(bug);
        }
    }

    void abort() {
        Exchange it = exchange;
        if (it != null) {
            it.abort(new ShuttingDown());
        } else {
            channel().close();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        services.outbound().changed(untaken());
        loop.measure();
        Exchange it = exchange;
        if (it != null) {
            it.clientWritable(context.channel().isWritable());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        end();
    }

    private void end() {
        if (state == State.CLOSED) {
            return;
        }
        boolean halfSent = state == State.BODY;
        state = State.CLOSED;
        services.connections().decrementAndGet();
        services.outbound().changed(-untaken);
        untaken = 0;
        loop.remove(this);
        Exchange it = exchange;
        exchange = null;
        if (it != null) {
            it.clientLeft();
        }
        if (halfSent) {
            AccessLog.refused(
                    requestId,
                    face.label(),
                    0,
                    new UnreadableBody("the client left in the middle of its request"),
                    null,
                    System.nanoTime() - arrivedNanos,
                    key,
                    ClientFacts.of(this));
        }
        dropRequest();
        releaseHead();
        if (pending != null) {
            pending.release();
            pending = null;
        }
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
