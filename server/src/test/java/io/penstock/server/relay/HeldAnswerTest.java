package io.penstock.server.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.http.Bytes;
import io.penstock.server.wire.MemoryBudget;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeldAnswerTest {
    private static final int BYTES = 300_000;
    private static final int LINEAR = 5; // bytes of memory asked for per byte of the answer, joined and whole together

    private final Counting allocator = new Counting();
    private final MemoryBudget inMemory = new MemoryBudget(BYTES);

    @AfterEach
    void everythingIsGivenBack() {
        assertThat(inMemory.taken()).isZero();
        assertThat(allocator.live).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 40, 300})
    void anAnswerInTinyChunksIsHeldAtACostThatGrowsWithItsSizeAlone(int chunkBytes) {
        StringBuilder expected = new StringBuilder();
        BodyFraming framing = new BodyFraming();
        framing.beginChunked();
        try (HeldAnswer held = new HeldAnswer(inMemory)) {
            held.begin(framing, BYTES);
            for (int i = 0; i < BYTES; i += chunkBytes) {
                String payload = "abcdefghijklmnopqrstuvwxyz".repeat(12).substring(0, Math.min(chunkBytes, BYTES - i));
                expected.append(payload);
                assertThat(held.onBytes(read(Integer.toHexString(payload.length()) + "\r\n" + payload + "\r\n")))
                        .isTrue();
            }
            assertThat(held.onBytes(read("0\r\n\r\n"))).isTrue();
            assertThat(inMemory.taken()).isEqualTo(BYTES);
            ByteBuf whole = held.whole(allocator);
            assertThat(whole.toString(StandardCharsets.US_ASCII)).isEqualTo(expected.toString());
        }
        assertThat(allocator.allocatedBytes).isLessThan((long) LINEAR * BYTES);
    }

    @Test
    void nothingOfAnAnswerIsLeftToTheNextOne() {
        try (HeldAnswer held = new HeldAnswer(inMemory)) {
            held.begin(length(40), 30);
            assertThat(held.onBytes(read("longer than this answer"))).isTrue();
            assertThat(held.onBytes(read(" may be at all"))).isFalse();
            assertThat(held.tooLarge()).isTrue();

            held.begin(length(12), 30);
            assertThat(inMemory.taken()).isZero();
            assertThat(allocator.live).isZero();
            assertThat(held.tooLarge()).isFalse();
            assertThat(held.onBytes(read("in two "))).isTrue();
            assertThat(held.onBytes(read("parts"))).isTrue();
            assertThat(held.whole(allocator).toString(StandardCharsets.US_ASCII))
                    .isEqualTo("in two parts");
            held.close();

            held.begin(length(0), 30);
            assertThat(held.whole(allocator).isReadable()).isFalse();
        }
    }

    private static BodyFraming length(int bytes) {
        BodyFraming framing = new BodyFraming();
        framing.beginLength(bytes);
        return framing;
    }

    /** Bytes as they were read: in memory that does not count here, but from which more is allocated. */
    private ByteBuf read(String bytes) {
        long before = allocator.allocatedBytes;
        ByteBuf read = allocator.directBuffer(bytes.length()).writeBytes(Bytes.ascii(bytes));
        allocator.allocatedBytes = before;
        return read;
    }

    private static final class Counting extends AbstractByteBufAllocator {
        private long allocatedBytes;
        private int live;

        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            return newDirectBuffer(initialCapacity, maxCapacity);
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            live++;
            allocatedBytes += initialCapacity;
            return new UnpooledDirectByteBuf(this, initialCapacity, maxCapacity) {
                @Override
                public ByteBuf capacity(int newCapacity) {
                    allocatedBytes += newCapacity;
                    return super.capacity(newCapacity);
                }

                @Override
                protected void deallocate() {
                    live--;
                    super.deallocate();
                }
            };
        }

        @Override
        public boolean isDirectBufferPooled() {
            return false;
        }
    }
}
