package io.penstock.server.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.http.ResponseHead.Coding;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A body that came packed, as pieces that are not: whoever gets them sees a body that the end of the connection ends. What
 * was read is kept while the client takes no more; that is one read or two, since reading stops then.
 *
 * <p>Event loop only; {@link #close} releases what is kept.
 */
final class UnpackedBody implements AutoCloseable {
    private final BodyFraming wire; // of the packed body
    private final BodyFraming framing = new BodyFraming();
    private final Unpacking unpacking;
    private final ArrayDeque<ByteBuf> kept = new ArrayDeque<>(); // owned; the first is being unpacked
    private boolean paused;
    private boolean closed;
    private boolean leftover;

    UnpackedBody(BodyFraming wire, Coding coding) {
        this.wire = wire;
        this.unpacking = Unpacking.of(coding);
        framing.beginUntilClose();
    }

    /** For whoever gets the pieces. */
    BodyFraming framing() {
        return framing;
    }

    /** Bytes as they were read. Ownership moves. */
    void add(ByteBuf bytes) {
        kept.addLast(bytes);
    }

    /** The client takes no more, or takes more; true if there is more for it. */
    boolean paused(boolean on) {
        boolean goesOn = paused && !on;
        paused = on;
        return goesOn && (!kept.isEmpty() || unpacking.more());
    }

    /** No more comes, and nobody can be asked to wait. */
    void closed() {
        closed = true;
    }

    /** The next piece; null if there is none now. Ownership moves. */
    @Nullable
    ByteBuf next(ByteBufAllocator allocator) {
        while (problem() == null && (!paused || closed)) {
            ByteBuf piece = unpacking.next(allocator);
            if (piece != null) {
                return piece;
            }
            ByteBuf bytes = kept.peekFirst();
            if (unpacking.problem() != null || bytes == null && !(atEnd() && unpacking.ends())) {
                return null;
            }
            if (bytes == null) {
                continue;
            }
            if (wire.next(bytes, bytes.readerIndex(), bytes.writerIndex())) {
                int from = wire.payloadStart();
                int to = wire.payloadEnd();
                bytes.readerIndex(to);
                unpacking.give(bytes.nioBuffer(from, to - from));
            } else {
                leftover |= wire.done() && wire.index() < bytes.writerIndex();
                kept.removeFirst();
                bytes.release();
            }
        }
        return null;
    }

    /** The rest of what was read, from where it is to be walked on, when no more pieces are wanted. Ownership moves. */
    @Nullable
    ByteBuf rest() {
        return kept.pollFirst();
    }

    /** Whether the body came to its end, with nothing left to hand on. */
    boolean done() {
        return kept.isEmpty() && wire.done() && !unpacking.more();
    }

    /** Whether more came than the framing said. */
    boolean leftover() {
        return leftover;
    }

    /** What is wrong with the packing, with its framing, or with where it ends; null while nothing is. */
    @Nullable
    String problem() {
        if (unpacking.problem() != null) {
            return unpacking.problem();
        }
        if (wire.problem() != null) {
            return wire.problem();
        }
        return atEnd() && !unpacking.whole() ? "a packed body that is cut" : null;
    }

    private boolean atEnd() {
        return kept.isEmpty() && (wire.done() || closed && wire.untilClose());
    }

    @Override
    public void close() {
        for (ByteBuf bytes : kept) {
            bytes.release();
        }
        kept.clear();
        unpacking.close();
    }
}
