package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import io.penstock.server.http.Pieces;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A large event that is written anew away from the event loop, and what came behind it meanwhile. Event loop only; {@link
 * #close} releases what came.
 */
final class LargeEvent implements AutoCloseable {
    /** What is smaller is written anew on the event loop: a millisecond at most. */
    static final int BYTES_MIN = 256 * 1024;

    private boolean underway;
    private @Nullable Pieces behind; // owned

    /** Whether one is being written. */
    boolean underway() {
        return underway;
    }

    /**
     * Has the event whose data is {@code [from, to)} of {@code event} written to {@code out} elsewhere; false if that must be done
     * here. Both buffers stay the caller's; {@code event} is kept alive as long as it is read.
     *
     * @param done told what the work threw, or null
     */
    boolean begin(
            RelayListener by,
            EventRewriter rewriter,
            EventData data,
            ByteBuf event,
            ByteBuf out,
            Consumer<@Nullable Throwable> done) {
        ByteBuf source = event.retain();
        int from = data.start();
        int to = data.end();
        boolean begun = by.aside(to - from, () -> rewriter.event(source, from, to, out), bug -> {
            source.release();
            underway = false;
            done.accept(bug);
        });
        if (begun) {
            underway = true;
        } else {
            source.release();
        }
        return begun;
    }

    /** Keeps what came behind it. */
    void holdBack(ByteBuf bytes, int from, int to) {
        Pieces kept = behind == null ? new Pieces() : behind;
        kept.append(bytes, from, to);
        behind = kept;
    }

    /** What came behind it: the caller's now. Null if nothing did. */
    @Nullable
    Pieces takeBehind() {
        Pieces kept = behind;
        behind = null;
        return kept;
    }

    @Override
    public void close() {
        Pieces kept = takeBehind();
        if (kept != null) {
            kept.release();
        }
    }
}
