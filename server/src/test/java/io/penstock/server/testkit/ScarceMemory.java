package io.penstock.server.testkit;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;

/** Hands out direct buffers as long as the test lets it; else memory has run out. */
public abstract class ScarceMemory extends AbstractByteBufAllocator {
    protected ScarceMemory() {
        super(true);
    }

    /** Whether the buffer that is asked for now is there. On the event loop. */
    protected abstract boolean has();

    @Override
    protected final ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return PooledByteBufAllocator.DEFAULT.heapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    protected final ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        if (!has()) {
            throw new OutOfMemoryError("as the test wants it");
        }
        return PooledByteBufAllocator.DEFAULT.directBuffer(initialCapacity, maxCapacity);
    }

    @Override
    public final boolean isDirectBufferPooled() {
        return true;
    }
}
