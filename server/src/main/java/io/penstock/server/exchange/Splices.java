package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.penstock.server.upstream.UpstreamConnection;

/**
 * Changes to a body that lies in pieces: each replaces a range of it by a few bytes, everything else leaves as it came, so
 * that a prompt's prefix keeps its bytes from turn to turn. Ranges may not overlap and may come in any order. Reused; event
 * loop only.
 */
final class Splices {
    private static final byte[] NOTHING = {};
    private static final int MAX = 2 * 1024; // more than a body may have fields

    private int[] from = new int[16];
    private int[] to = new int[16];
    private byte[][] by = new byte[16][];
    private int count;
    private int growth;

    void clear() {
        java.util.Arrays.fill(by, 0, count, NOTHING);
        count = 0;
        growth = 0;
    }

    void remove(int start, int end) {
        replace(start, end, NOTHING);
    }

    void insert(int at, byte[] bytes) {
        replace(at, at, bytes);
    }

    void replace(int start, int end, byte[] bytes) {
        if (count == from.length) {
            if (count >= MAX) {
                throw new IllegalStateException("more than " + MAX + " splices");
            }
            from = java.util.Arrays.copyOf(from, count * 2);
            to = java.util.Arrays.copyOf(to, count * 2);
            by = java.util.Arrays.copyOf(by, count * 2);
        }
        int i = count++;
        for (; i > 0 && from[i - 1] > start; i--) {
            from[i] = from[i - 1];
            to[i] = to[i - 1];
            by[i] = by[i - 1];
        }
        from[i] = start;
        to[i] = end;
        by[i] = bytes;
        growth += bytes.length - (end - start);
    }

    /** Bytes of the changed body. */
    int bytes(RequestBody body) {
        return body.bytes() + growth;
    }

    /** Copies the changed body to the end of {@code out}. */
    void copy(RequestBody body, ByteBuf out) {
        int at = 0;
        for (int i = 0; i < count; i++) {
            body.copy(at, from[i], out);
            out.writeBytes(by[i]);
            at = to[i];
        }
        body.copy(at, body.bytes(), out);
    }

    /** Writes the changed body: small buffers of ours around slices of the client's. {@code head} goes first; ownership moves. */
    void write(RequestBody body, ByteBuf head, UpstreamConnection connection) {
        ByteBuf own = head;
        int at = 0;
        for (int i = 0; i < count; i++) {
            if (from[i] > at) {
                connection.write(own);
                body.write(at, from[i], connection);
                own = head.alloc().directBuffer(64);
            }
            own.writeBytes(by[i]);
            at = to[i];
        }
        if (body.bytes() > at) {
            connection.write(own);
            body.write(at, body.bytes(), connection);
            own = io.netty.buffer.Unpooled.EMPTY_BUFFER;
        }
        connection.send(own);
    }
}
