package io.penstock.server.relay;

import io.netty.buffer.ByteBufAllocator;
import io.penstock.server.wire.MemoryBudget;

/**
 * What a relay works with, which is not its own.
 *
 * @param probe of the event loop
 * @param direct in which counts what is held of streams
 * @param heap in which counts what rewriters keep of them
 */
public record RelayResources(ByteBufAllocator allocator, JsonProbe probe, MemoryBudget direct, MemoryBudget heap) {}
