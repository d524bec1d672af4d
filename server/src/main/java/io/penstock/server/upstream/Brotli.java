package io.penstock.server.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.brotli.dec.BrotliInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks brotli (RFC 7932), once all of it is there: the decoder in Java gives out nothing before its window is full, so that
 * a stream's events would wait for each other in any case. The packed bytes are held on the heap, {@link #PACKED_BYTES_MAX} at
 * most; unpacking takes as much again as the window of the body, 16 MiB at most, or as what it unpacks to, if that is less.
 */
final class Brotli implements Unpacking {
    /** An answer of some millions of tokens, packed. */
    static final int PACKED_BYTES_MAX = 4 * 1024 * 1024;

    private final byte[] piece = new byte[PIECE_BYTES];
    private @Nullable ByteArrayOutputStream packed = new ByteArrayOutputStream(); // until all of it is there
    private @Nullable BrotliInputStream in; // from then on, until its end
    private long taken;
    private long made;
    private @Nullable String problem;

    @Override
    public @Nullable String problem() {
        return problem;
    }

    @Override
    public boolean whole() {
        return problem == null;
    }

    @Override
    public void give(ByteBuffer bytes) {
        ByteArrayOutputStream all = packed;
        if (all == null || problem != null) {
            return;
        }
        taken += bytes.remaining();
        if (taken > PACKED_BYTES_MAX) {
            problem = "a body of more than " + PACKED_BYTES_MAX + " bytes packed by brotli";
            close();
            return;
        }
        while (bytes.hasRemaining()) {
            int size = Math.min(bytes.remaining(), piece.length);
            bytes.get(piece, 0, size);
            all.write(piece, 0, size);
        }
    }

    @Override
    public boolean ends() {
        ByteArrayOutputStream all = packed;
        if (all == null) {
            return false;
        }
        packed = null;
        try {
            in = new BrotliInputStream(new ByteArrayInputStream(all.toByteArray()));
            return true;
        } catch (IOException | RuntimeException damaged) { // the library throws both
            problem = BROKEN;
            return false;
        }
    }

    @Override
    public boolean more() {
        return in != null && problem == null;
    }

    @Override
    public @Nullable ByteBuf next(ByteBufAllocator allocator) {
        BrotliInputStream from = in;
        if (from == null || problem != null) {
            return null;
        }
        try {
            int size = from.read(piece, 0, piece.length);
            if (size <= 0) {
                close();
                return null;
            }
            made += size;
            if (Unpacking.bomb(taken, made)) {
                problem = BOMB;
                close();
                return null;
            }
            return allocator.directBuffer(size).writeBytes(piece, 0, size);
        } catch (IOException | RuntimeException damaged) {
            problem = BROKEN;
            close();
            return null;
        }
    }

    @Override
    public void close() {
        packed = null;
        in = null;
    }
}
