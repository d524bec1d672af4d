package io.penstock.server.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * How much is read of a provider at once: as much as comes, learnt from read to read as Netty does, but never more than what its
 * client may leave lying. For one event loop, which alone changes it.
 */
public final class ReadSizes implements RecvByteBufAllocator {
    /** At most, when memory is plenty. */
    public static final int BYTES_MAX = 64 * 1024;

    private final AdaptiveRecvByteBufAllocator usual = new AdaptiveRecvByteBufAllocator(64, 2048, BYTES_MAX);
    private int most = BYTES_MAX;

    /** From the next read on, of every connection. */
    public void most(int bytes) {
        most = bytes;
    }

    public int most() {
        return most;
    }

    @SuppressWarnings("deprecation") // of newHandle(), which Netty itself calls
    @Override
    public Handle newHandle() {
        return new Bounded(usual.newHandle());
    }

    @SuppressWarnings("deprecation")
    private final class Bounded extends DelegatingHandle implements ExtendedHandle {
        private final ExtendedHandle extended;

        private Bounded(Handle usual) {
            super(usual);
            this.extended = (ExtendedHandle) usual;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            return allocator.ioBuffer(guess());
        }

        @Override
        public int guess() {
            return Math.min(most, super.guess());
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
            return extended.continueReading(maybeMoreData);
        }
    }
}
