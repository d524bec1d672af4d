package io.penstock.server.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.server.http.ResponseHead.Coding;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks a body that a provider packed although it was asked not to. A body that unpacks to more than {@link #RATIO_MAX} times
 * its size is a bomb; how much of a body is held, and how long an event may be, is bounded by who takes it.
 *
 * <p>Event loop only; {@link #close} gives back what is held.
 */
interface Unpacking extends AutoCloseable {
    /** Text with much repetition packs to a fiftieth; deflate's limit is a thousandth. */
    int RATIO_MAX = 200;

    /** Below, the ratio says nothing. */
    int FREE_BYTES = 1024 * 1024;

    /** Of a piece, at most. */
    int PIECE_BYTES = 32 * 1024;

    String BROKEN = "a packed body that is damaged";
    String BOMB = "a packed body that unpacks to more than " + RATIO_MAX + " times its size";

    /** For a coding that can be read here. */
    static Unpacking of(Coding coding) {
        return coding == Coding.BROTLI ? new Brotli() : new Inflation(coding == Coding.GZIP);
    }

    static boolean bomb(long taken, long made) {
        return made > FREE_BYTES && made / RATIO_MAX > taken;
    }

    /** What is wrong; null while nothing is. */
    @Nullable
    String problem();

    /** Whether the body may end here. */
    boolean whole();

    /** Takes packed bytes, which stay as they are until {@link #next} has returned null. */
    void give(ByteBuffer packed);

    /** The next piece; null when all that was given is used up, or something is wrong. Ownership moves. */
    @Nullable
    ByteBuf next(ByteBufAllocator allocator);

    /** All was given. True if there are pieces now that there were not before. */
    default boolean ends() {
        return false;
    }

    /** Whether pieces are left though all that was given is used up. */
    default boolean more() {
        return false;
    }

    @Override
    void close();
}
