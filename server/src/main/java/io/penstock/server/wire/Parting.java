package io.penstock.server.wire;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import org.jspecify.annotations.Nullable;

/** How one connection ends, from either side, so that what was answered can still be read. Event loop only. */
final class Parting {
    /** The name of the handler before the connection's, where that is encrypted. */
    static final String TLS = "tls";

    /** Behind an answer or a refusal; then the connection ends. */
    private static final long DROPPED_BYTES_MAX = Reception.DROPPED_BYTES_MAX;

    private final Channel channel;
    private @Nullable HalfClose halfClose; // since the client's FIN
    private long dropped; // behind the last request

    Parting(Channel channel) {
        this.channel = channel;
    }

    /** Another request has come: what was dropped before does not count for it. */
    void startOver() {
        dropped = 0;
    }

    /** So much came that nobody reads. */
    void drops(int bytes) {
        dropped += bytes;
        if (dropped > DROPPED_BYTES_MAX) {
            channel.close();
        }
    }

    /** Ends the connection so that the client can still read the answer: half closed, then drained. */
    void linger() {
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

    /**
     * Ends it so that the answer does not look complete.
     *
     * @param framed whether the answer's framing shows it; else only a reset does
     */
    void cut(boolean framed) {
        if (!framed) {
            reset();
        }
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    /** Closes it, and what the client does not take the kernel shall not keep either. */
    void drop() {
        reset();
        channel.close();
    }

    private void reset() {
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
    }

    /**
     * The client sends no more; false if that is known. See {@link HalfClose}.
     *
     * <p>From here on every write goes on until the socket is full, which is then awaited. Netty 4.2.18 would else stop in between,
     * await nothing, take the socket out of epoll for that, and not put it in again: the next write that finds it full would fail,
     * and with it the answer.
     */
    boolean halfCloses(long nowNanos) {
        if (halfClose != null) {
            return false;
        }
        halfClose = new HalfClose(nowNanos);
        channel.config().setWriteSpinCount(Integer.MAX_VALUE);
        channel.flush();
        return true;
    }

    /** Whether the client sends no more. */
    boolean halfClosed() {
        return halfClose != null;
    }

    /** Closes it if we have said our last word, too. */
    void closeIfSaid() {
        if (channel instanceof DuplexChannel socket && socket.isOutputShutdown()) {
            socket.close();
        }
    }

    /** Whether it is time to find out if a client behind its FIN still listens. */
    boolean probes(long nowNanos) {
        HalfClose half = halfClose;
        return half != null && half.due(nowNanos);
    }
}
