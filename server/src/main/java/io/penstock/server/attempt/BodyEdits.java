package io.penstock.server.attempt;

import io.netty.buffer.ByteBuf;
import io.penstock.server.upstream.UpstreamConnection;
import io.penstock.server.wire.RequestBody;

/**
 * Changes to a body that lies in pieces: each replaces a range of it by a few bytes, everything else leaves as it came, so
 * that a prompt's prefix keeps its bytes from turn to turn. Ranges may not overlap and may come in any order. As many as a
 * conversation has thoughts; what very many made it grow by is given back. Reused; event loop only.
 */
final class BodyEdits {
    private static final byte[] NOTHING = {};
    private static final int FIRST = 16;
    private static final int KEPT = 1024; // as many as a body may have fields
    private static final int SLICED_BYTES_MIN =
            4 * 1024; // below, a copy costs less than a slice and a write of its own
    private static final int OWN_BYTES_MAX = 64 * 1024;

    private int[] from = new int[FIRST];
    private int[] to = new int[FIRST];
    private byte[][] by = new byte[FIRST][];
    private int count;
    private int growth;

    void clear() {
        if (count > KEPT) {
            from = new int[FIRST];
            to = new int[FIRST];
            by = new byte[FIRST][];
        } else {
            java.util.Arrays.fill(by, 0, count, NOTHING);
        }
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

    /**
     * Writes the changed body: small buffers of ours around slices of the client's, or copies where what lies between two
     * changes is short. {@code head} goes first; ownership moves.
     */
    void write(RequestBody body, ByteBuf head, UpstreamConnection connection) {
        ByteBuf own = head;
        int at = 0;
        for (int i = 0; i < count; i++) {
            int between = from[i] - at;
            if (i > 0 && between < SLICED_BYTES_MIN && own.readableBytes() < OWN_BYTES_MAX) {
                body.copy(at, from[i], own);
            } else if (between > 0) {
                connection.write(own);
                body.slices(at, from[i], connection::write);
                own = head.alloc().directBuffer(64);
            }
            own.writeBytes(by[i]);
            at = to[i];
        }
        if (body.bytes() > at) {
            connection.write(own);
            body.slices(at, body.bytes(), connection::write);
            own = io.netty.buffer.Unpooled.EMPTY_BUFFER;
        }
        connection.send(own);
    }
}
