package io.penstock.server.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.server.http.Pieces;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A request's body, which counts in the budget of direct memory until {@link #release}: from its head on where that tells its
 * length, else as it grows. Belongs to one thread at a time, mostly an event loop's.
 */
public final class RequestBody extends Pieces {
    private static final int PIECE_BYTES = 256 * 1024; // pooled: a larger one is memory of its own each time

    private final MemoryBudget budget;
    private MemoryBudget.@Nullable Turn turn; // owned: the room that its length asked for
    private long counted; // beside the turn

    public RequestBody(MemoryBudget budget) {
        this.budget = budget;
    }

    @SuppressWarnings("ReferenceEquality") // it is asked for that very one
    boolean countsIn(MemoryBudget one) {
        return budget == one;
    }

    /** Room for what will come, which may have to be waited for. */
    void admit(MemoryBudget.Turn room) {
        turn = room;
    }

    /** Room for what will come and is small. */
    void admitOrdinary(long bytes) {
        counted += bytes;
        budget.takeAnyway(bytes);
    }

    /** Takes {@code [from, to)} of what was read. False if there is no room for it. */
    public boolean add(ByteBuf read, int from, int to) {
        append(read, from, to);
        long more = uncounted();
        if (more <= 0) {
            return true;
        }
        if (bytes() > MemoryBudget.ORDINARY_BYTES && !budget.take(more)) {
            return false;
        }
        if (bytes() <= MemoryBudget.ORDINARY_BYTES) {
            budget.takeAnyway(more);
        }
        counted += more;
        return true;
    }

    private long uncounted() {
        return bytes() - counted - (turn == null ? 0 : turn.bytes());
    }

    /** Puts other bytes in the place of all that was read, which is given back first, so that they need no more memory. */
    public void replace(byte[] other, int length, ByteBufAllocator allocator) {
        super.release();
        for (int from = 0; from < length; from += PIECE_BYTES) {
            int size = Math.min(PIECE_BYTES, length - from);
            ByteBuf piece = allocator.directBuffer(size).writeBytes(other, from, size);
            append(piece, piece.readerIndex(), piece.writerIndex());
            piece.release();
        }
        long more = uncounted();
        if (more > 0) {
            counted += more;
            budget.takeAnyway(more);
        }
    }

    /** Hands on {@code [from, to)} of the body as slices of the pieces; ownership moves. */
    public void slices(int from, int to, Consumer<ByteBuf> out) {
        int start = 0;
        for (int i = 0; i < count() && start < to; i++) {
            ByteBuf piece = piece(i);
            int end = start + piece.readableBytes();
            if (end > from) {
                int first = Math.max(from, start);
                int last = Math.min(to, end);
                out.accept(piece.retainedSlice(piece.readerIndex() + first - start, last - first));
            }
            start = end;
        }
    }

    /** A copy of all of it. */
    public byte[] toByteArray() {
        byte[] copy = new byte[bytes()];
        int at = 0;
        for (int i = 0; i < count(); i++) {
            ByteBuf piece = piece(i);
            int size = piece.readableBytes();
            piece.getBytes(piece.readerIndex(), copy, at, size);
            at += size;
        }
        return copy;
    }

    /** The pieces, retained once more each: whoever asks releases them, on any thread. */
    public ByteBuf[] share() {
        ByteBuf[] pieces = new ByteBuf[count()];
        for (int i = 0; i < pieces.length; i++) {
            pieces[i] = piece(i).retain();
        }
        return pieces;
    }

    @Override
    public void release() {
        super.release();
        if (counted > 0) {
            budget.giveBack(counted);
            counted = 0;
        }
        if (turn != null) {
            turn.end();
            turn = null;
        }
    }
}
