package io.penstock.server.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.http.ResponseHead;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a provider: idle in its pool, or carrying one attempt. Whatever comes unasked, or more than the framing
 * says, ends it, so that no byte of one answer can reach another (RELIABILITY 2, promise 16).
 *
 * <p>Event loop only.
 */
public final class UpstreamConnection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(UpstreamConnection.class);
    private static final int LAST_READ_BYTES = 64 * 1024;

    private final ConnectionPool pool;
    private final Address address;
    private final ResponseHead head = new ResponseHead();
    private final BodyFraming framing = new BodyFraming();
    private final ChannelFutureListener written = this::written;

    private @Nullable Channel channel;
    private @Nullable AttemptListener attempt;
    private @Nullable ByteBuf unparsed; // owned: an unfinished head
    private @Nullable UnpackedBody unpacked; // of a body that came packed
    private boolean inBody;
    private boolean draining;
    private boolean answered;
    private boolean sent;
    private int drained;
    private long idleSinceNanos;
    private long drainSinceNanos; // 0 while the pool need not end a drain

    UpstreamConnection(ConnectionPool pool, Address address) {
        this.pool = pool;
        this.address = address;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        channel = context.channel();
    }

    private Channel channel() {
        Channel it = channel;
        if (it == null) {
            throw new IllegalStateException("not added to a channel");
        }
        return it;
    }

    Address address() {
        return address;
    }

    /** Whether it is open, and nothing came since it is idle that the next answer could be mistaken for. */
    boolean silent(StaleProbe unread) {
        return channel().isActive() && !unread.on(channel());
    }

    long idleSinceNanos() {
        return idleSinceNanos;
    }

    long drainSinceNanos() {
        return drainSinceNanos;
    }

    void idle(long nowNanos) {
        idleSinceNanos = nowNanos;
    }

    /** Gives the connection to an attempt. The request is then sent by {@link #write} and {@link #send}. */
    void attach(AttemptListener listener) {
        attempt = listener;
        answered = false;
        sent = false;
        inBody = false;
        draining = false;
        head.reset();
    }

    /** Queues a part of the request. Ownership moves. */
    public void write(ByteBuf part) {
        channel().write(part, channel().voidPromise());
    }

    /** Queues the last part of the request and sends it all. Ownership moves. */
    public void send(ByteBuf last) {
        channel().writeAndFlush(last).addListener(written);
    }

    private void written(ChannelFuture future) {
        if (future.isSuccess()) {
            sent = true;
        }
    }

    /** Stops or resumes reading, as the client can take it. */
    public void reading(boolean on) {
        if (channel().config().isAutoRead() != on) {
            channel().config().setAutoRead(on);
        }
        UnpackedBody packed = unpacked;
        if (packed != null && packed.paused(!on)) {
            channel().eventLoop().execute(this::unpackMore); // what was read is not all handed on
        }
    }

    /** Gives a connection back on which nothing was sent. */
    public void unused() {
        attempt = null;
        if (channel().isActive()) {
            pool.release(this);
        }
    }

    /** Ends the attempt now, and the connection with it: the provider sees it close. */
    public void abort() {
        attempt = null;
        draining = false;
        channel().close();
    }

    /**
     * The exchange has all it wants, the framing may not be at its end yet: what is left is read and dropped, within bounds,
     * so that the connection can serve again.
     */
    public void finishUnread() {
        if (attempt == null) {
            return;
        }
        attempt = null;
        draining = true;
        drained = 0;
        reading(true);
        if (!framing.done()) { // mostly it is: its last bytes are being handed out just now
            drainSinceNanos = System.nanoTime();
            pool.drains(this);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        AttemptListener listener = attempt;
        if (draining) {
            drain(bytes);
        } else if (listener == null) {
            bytes.release(); // unsolicited
            context.close();
        } else if (inBody) {
            body(listener, bytes);
        } else {
            answered = true;
            head(context, listener, bytes);
        }
    }

    private void head(ChannelHandlerContext context, AttemptListener listener, ByteBuf bytes) {
        ByteBuf in = bytes;
        ByteBuf before = unparsed;
        if (before != null) {
            unparsed = null;
            in = before.writeBytes(bytes);
            bytes.release();
        }
        while (true) {
            if (!head.parse(in)) {
                ByteBuf kept = context.alloc().directBuffer(Math.max(1024, in.readableBytes() * 2));
                kept.writeBytes(in);
                in.release();
                unparsed = kept;
                return;
            }
            String problem = head.problem();
            if (problem == null && head.status() == 101) {
                problem = "an upgrade that was not asked for";
            }
            if (problem != null) {
                in.release();
                lose(listener, "sent " + problem);
                return;
            }
            if (head.status() >= 200) {
                break;
            }
            in.readerIndex(head.end()); // 100, 103: passed over
            head.reset();
            if (!in.isReadable()) {
                in.release();
                return;
            }
        }
        boolean more = head.frame(framing);
        inBody = true;
        if (more && head.coding() != ResponseHead.Coding.NONE) {
            UnpackedBody packed = new UnpackedBody(framing, head.coding());
            unpacked = packed;
            listener.head(head, packed.framing(), in);
        } else {
            listener.head(head, framing, in);
        }
        in.readerIndex(head.end());
        if (attempt != listener) { // the exchange gave it up on seeing the head
            in.release();
        } else if (in.isReadable() && more) {
            body(listener, in);
        } else {
            boolean leftover = in.isReadable();
            in.release();
            if (!more) {
                ended(listener, leftover);
            }
        }
    }

    private void body(AttemptListener listener, ByteBuf bytes) {
        UnpackedBody packed = unpacked;
        if (packed != null) {
            packed.add(bytes);
            unpack(listener, packed);
            return;
        }
        int to = bytes.writerIndex();
        listener.body(bytes);
        if (attempt != listener) {
            if (draining && framing.done()) {
                release(framing.index() < to);
            }
            return;
        }
        if (framing.done()) {
            ended(listener, framing.index() < to);
        } else if (framing.problem() != null) {
            lose(listener, "sent " + framing.problem());
        }
    }

    /** Hands on what unpacks, piece by piece, as long as the client takes more. */
    private void unpack(AttemptListener listener, UnpackedBody packed) {
        ByteBuf piece;
        while (attempt == listener && (piece = packed.next(channel().alloc())) != null) {
            listener.body(piece);
        }
        if (attempt != listener) {
            for (ByteBuf rest; draining && (rest = packed.rest()) != null; ) {
                drain(rest);
            }
            if (draining && framing.done()) {
                release(packed.leftover());
            }
        } else if (packed.problem() != null) {
            lose(listener, "sent " + packed.problem());
        } else if (packed.done()) {
            ended(listener, packed.leftover());
        }
    }

    private void unpackMore() {
        AttemptListener listener = attempt;
        UnpackedBody packed = unpacked;
        if (listener != null && packed != null) {
            unpack(listener, packed);
            if (attempt == listener) {
                listener.readComplete();
            }
        }
    }

    private void closePacked() {
        UnpackedBody packed = unpacked;
        if (packed != null) {
            unpacked = null;
            packed.close();
        }
    }

    private void ended(AttemptListener listener, boolean leftover) {
        attempt = null;
        release(leftover);
        tellEnd(listener);
    }

    /** It is no attempt of this connection's any more, so nobody else would tell the listener that it failed itself. */
    private static void tellEnd(AttemptListener listener) {
        try {
            listener.messageEnded();
        } catch (Throwable bug) {
            listener.mishap(bug);
        }
    }

    private void tellLost(AttemptListener listener, String why) {
        try {
            listener.connectionLost(why, answered, sent);
        } catch (Throwable bug) {
            listener.mishap(bug);
        }
    }

    private void release(boolean leftover) {
        if (drainSinceNanos != 0) {
            drainSinceNanos = 0;
            pool.drained(this);
        }
        closePacked();
        draining = false;
        attempt = null;
        inBody = false;
        if (leftover || !head.persistent() || framing.untilClose() || !sent) {
            channel().close();
        } else {
            reading(true);
            pool.release(this);
        }
    }

    private void drain(ByteBuf bytes) {
        int to = bytes.writerIndex();
        drained += bytes.readableBytes();
        for (int i = bytes.readerIndex(); framing.next(bytes, i, to); ) {
            i = framing.payloadEnd();
        }
        bytes.release();
        if (framing.done()) {
            release(framing.index() < to);
        } else if (framing.problem() != null || drained > LAST_READ_BYTES) {
            channel().close();
        }
    }

    private void lose(AttemptListener listener, String why) {
        attempt = null;
        channel().close();
        tellLost(listener, why);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        AttemptListener listener = attempt;
        if (listener != null) {
            listener.readComplete();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        ByteBuf before = unparsed;
        if (before != null) {
            unparsed = null;
            before.release();
        }
        AttemptListener listener = attempt;
        UnpackedBody packed = unpacked;
        if (listener != null && packed != null) {
            packed.closed(); // no more comes, so that what is there goes out now
            unpack(listener, packed);
        }
        closePacked();
        pool.closed(this);
        listener = attempt;
        attempt = null;
        draining = false;
        if (listener != null) {
            if (inBody && framing.untilClose()) {
                tellEnd(listener);
            } else {
                tellLost(listener, "closed the connection");
            }
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        AttemptListener listener = attempt;
        attempt = null;
        context.close();
        boolean network = cause instanceof IOException || cause.getCause() instanceof IOException;
        if (listener == null) {
            if (!network) {
                LOG.error("an answer of {} could not be handled", address.host(), cause);
            }
        } else if (network) {
            tellLost(listener, FailureText.text(cause));
        } else {
            listener.mishap(cause);
        }
    }
}
