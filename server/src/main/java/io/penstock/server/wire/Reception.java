package io.penstock.server.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.BodyTooLarge;
import io.penstock.error.GatewayError.MalformedRequest;
import io.penstock.error.GatewayError.TooBusy;
import io.penstock.protocol.BodyScanner;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.http.RequestHead;
import org.jspecify.annotations.Nullable;

/**
 * The body of one request after the other on its way in: framed, admitted by memory, then kept and looked through, or dropped.
 * Owns what it keeps until that is taken or {@link #release released}. Event loop only.
 */
final class Reception {
    /** Behind a refusal; then the connection ends. */
    static final long DROPPED_BYTES_MAX = 64L * 1024 * 1024;

    private static final int FOR_OTHERS = 4; // of the budget, the part that waiting bodies leave free

    private final Channel channel;
    private final LoopResources loop;
    private final HttpServer server;
    private final Runnable admitted;
    private final Runnable turnCame = this::turnCame;
    private final BodyFraming framing = new BodyFraming();
    private @Nullable RequestBody body; // owned
    private @Nullable BodyScanner scanner;
    private @Nullable GatewayError refusal; // to be told when the body has been dropped
    private long taken;
    private boolean waits; // for room, and nothing is read meanwhile

    /**
     * Nothing comes yet.
     *
     * @param admitted told when there is room for a body that had to wait
     */
    Reception(Channel channel, LoopResources loop, HttpServer server, Runnable admitted) {
        this.channel = channel;
        this.loop = loop;
        this.server = server;
        this.admitted = admitted;
    }

    /** A body follows the head, be it empty. */
    void begin(long contentLength) {
        if (contentLength == RequestHead.CHUNKED) {
            framing.beginChunked();
        } else {
            framing.beginLength(contentLength);
        }
        refusal = null;
        taken = 0;
    }

    /** The body is to be looked through as it comes. */
    void scan() {
        scanner = loop.scanner();
    }

    /**
     * The body is to be kept: makes room for it. True if that {@link #waits has to be waited for}.
     */
    boolean keep(long contentLength) {
        RequestBody kept = loop.body(server.buffers());
        body = kept;
        if (contentLength <= 0) {
            return false; // chunked: as it grows
        }
        if (contentLength <= MemoryBudget.ORDINARY_BYTES) {
            kept.admitOrdinary(contentLength);
            return false;
        }
        long free = server.buffers().bytesMax() / FOR_OTHERS; // answers come before further requests
        MemoryBudget.Turn turn = server.buffers().turn(contentLength, free, loop.eventLoop(), turnCame);
        kept.admit(turn);
        waits = turn.waits();
        if (waits) {
            channel.config().setAutoRead(false);
        }
        return waits;
    }

    /** Whether room for the body is waited for; nothing of it is read meanwhile, and nothing more may be given here. */
    boolean waits() {
        return waits;
    }

    private void turnCame() {
        if (waits) { // else it waited too long, or left
            stopWaiting();
            admitted.run();
        }
    }

    /** What comes is read again. */
    void stopWaiting() {
        if (waits) {
            waits = false;
            channel.config().setAutoRead(true);
        }
    }

    /** What is still to come is dropped, and the request then refused. */
    void refuseBehind(GatewayError error) {
        refusal = error;
    }

    /** What the request is refused for, once it has come. */
    @Nullable
    GatewayError refusal() {
        return refusal;
    }

    /** Whether the body has come, whole. */
    boolean done() {
        return framing.done();
    }

    /** Takes what was read, up to the end of the body at most. Returns what is wrong with it, after which nothing more fits. */
    @Nullable
    GatewayError take(ByteBuf bytes) {
        int to = bytes.writerIndex();
        int i = bytes.readerIndex();
        while (framing.next(bytes, i, to)) {
            int from = framing.payloadStart();
            i = framing.payloadEnd();
            GatewayError error = take(bytes, from, i);
            if (error != null) {
                return error;
            }
        }
        bytes.readerIndex(framing.index());
        String problem = framing.problem();
        return problem == null ? null : new MalformedRequest(problem);
    }

    private @Nullable GatewayError take(ByteBuf bytes, int from, int to) {
        RequestBody kept = body;
        long limit = server.limits().bodyBytes();
        taken += to - from;
        if (taken > (refusal == null ? limit : DROPPED_BYTES_MAX)) {
            return refusal == null ? new BodyTooLarge(limit) : refusal;
        }
        BodyScanner scan = scanner;
        if (scan != null) {
            byte[] scratch = loop.scratch();
            for (int i = from; i < to; i += scratch.length) {
                int length = Math.min(scratch.length, to - i);
                bytes.getBytes(i, scratch, 0, length);
                scan.feed(scratch, 0, length);
            }
        }
        return kept == null || kept.add(bytes, from, to)
                ? null
                : new TooBusy("the bodies in memory reach limits.bodies");
    }

    /** What was kept; ownership moves. */
    @Nullable
    RequestBody takeBody() {
        RequestBody it = body;
        body = null;
        return it;
    }

    /** What was found in it; whoever has it gives it back to the loop. */
    @Nullable
    BodyScanner takeScanner() {
        BodyScanner it = scanner;
        scanner = null;
        return it;
    }

    /** Gives back what was kept; what follows is dropped. */
    void release() {
        waits = false;
        RequestBody kept = takeBody();
        if (kept != null) {
            loop.giveBack(kept);
        }
        BodyScanner scan = takeScanner();
        if (scan != null) {
            loop.giveBack(scan);
        }
    }
}
