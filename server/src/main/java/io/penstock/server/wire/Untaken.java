package io.penstock.server.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;

/**
 * What one client has yet to take of what was written for it: how much of it the budget of memory knows, and whether it gets less.
 * Event loop only.
 */
final class Untaken {
    private static final int WRITE_BYTES = 96; // what a write counts beside its bytes in a channel's outbound buffer

    private final Channel channel;
    private final LoopResources loop;
    private final HttpServer server;
    private int room = ReadSizes.BYTES_MAX; // that its water mark says
    private long unflushed; // in bytes: what the client had yet to take at the last look, or came since
    private long untaken; // as counted in the budget
    private long counted; // of large writes, which count by themselves

    Untaken(Channel channel, LoopResources loop, HttpServer server) {
        this.channel = channel;
        this.loop = loop;
        this.server = server;
    }

    /** Writes without flushing. Ownership moves. */
    void write(ByteBuf bytes) {
        unflushed += bytes.readableBytes() + WRITE_BYTES;
        channel.write(bytes, channel.voidPromise());
    }

    /** The same for what is large: it counts among all that is held in memory until the client has taken it. */
    void writeCounted(ByteBuf bytes) {
        int size = bytes.readableBytes();
        unflushed += size + WRITE_BYTES;
        counted += size;
        server.buffers().takeAnyway(size);
        channel.write(bytes).addListener(taken -> {
            counted -= size;
            server.buffers().giveBack(size);
        });
    }

    /** Tells the budget by how much it has grown, or become less. */
    void measure() {
        mark();
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        long now = buffer == null ? 0 : Math.max(0, buffer.totalPendingWriteBytes() - counted);
        long more = now - untaken;
        untaken = now;
        server.outbound().changed(more);
    }

    /** Gives the channel the water mark that goes with what the loop has room for now. */
    void mark() {
        if (room != loop.room()) {
            room = loop.room();
            channel.config().setWriteBufferWaterMark(Outbound.mark(room));
        }
    }

    /** Whether the client has taken bytes of an answer since this was asked last. */
    boolean becameLess() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        long left = buffer == null ? 0 : buffer.totalPendingWriteBytes() - buffer.currentProgress();
        boolean less = left < unflushed;
        unflushed = left;
        return less;
    }

    /** Whether anything lay there when it was looked at last, or came since. */
    boolean any() {
        return unflushed > 0;
    }

    /** An answer has ended: what of it is still there does not count for the next one. */
    void answered() {
        unflushed = 0;
    }

    /** Whether everything has been taken. */
    boolean none() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null || buffer.totalPendingWriteBytes() == 0;
    }

    /** The connection has ended, and what lay there is gone. */
    void end() {
        server.outbound().changed(-untaken);
        untaken = 0;
    }
}
