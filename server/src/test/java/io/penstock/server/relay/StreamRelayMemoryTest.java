package io.penstock.server.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.UsageCounter;
import io.penstock.provider.Masks;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.http.Bytes;
import io.penstock.server.testkit.RelayTranscript;
import io.penstock.server.wire.MemoryBudget;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a stream makes the gateway hold counts among all bodies in memory, as long as it is held. */
class StreamRelayMemoryTest {
    private static final long OTHERS = 1_000; // bytes of other bodies
    private static final long ROOM = 100_000;
    private static final String EVENT = "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\n";
    private static final String DONE = "data: [DONE]\n\n";

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
    private final MemoryBudget inMemory = new MemoryBudget(OTHERS + ROOM);
    private final MemoryBudget heap = new MemoryBudget(ROOM);
    private final RelayTranscript heard = new RelayTranscript();
    private final StreamRelay relay = relay();

    StreamRelayMemoryTest() {
        inMemory.takeAnyway(OTHERS);
    }

    @AfterEach
    void everythingIsGivenBack() {
        relay.close();
        assertThat(inMemory.taken()).isEqualTo(OTHERS);
        assertThat(heap.taken()).isZero();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }

    private StreamRelay relay() {
        BodyFraming framing = new BodyFraming();
        framing.beginUntilClose();
        return new StreamRelay(
                heard,
                framing,
                new UsageCounter(1),
                new ScriptCounter(),
                new RelayTask(Protocol.OPENAI, true, true, null, Masks.NONE, null),
                new RelayResources(allocator, new JsonProbe(), inMemory, heap));
    }

    private void read(String text) {
        relay.onBytes(allocator.directBuffer(text.length()).writeBytes(Bytes.ascii(text)));
    }

    private long held() {
        return inMemory.taken() - OTHERS;
    }

    @Test
    void aCutEventUntilItIsWhole() {
        read(EVENT);
        assertThat(held()).isZero();
        read(EVENT.substring(0, 10));
        assertThat(held()).isEqualTo(10);
        read(EVENT.substring(10, 20));
        assertThat(held()).isEqualTo(20);
        read(EVENT.substring(20) + "da");
        assertThat(held()).isEqualTo(2);
        read(EVENT.substring(2));
        assertThat(held()).isZero();
    }

    @Test
    void commentsUntilTheAnswerBegins() {
        read(": one\n\n");
        read(": two\n\n: th");
        assertThat(held()).isEqualTo(18);
        read("ree\n\n");
        assertThat(held()).isEqualTo(23);
        read(EVENT);
        assertThat(held()).isZero();
    }

    @Test
    void aCutEventThatTheEndOfTheStreamLeavesBehind() {
        read(EVENT + EVENT.substring(0, 30));
        relay.onClose();
        assertThat(held()).isZero();
        assertThat(heard.failures()).hasSize(1);
    }

    @Test
    void theTerminatorUntilItsSettlement() {
        read(EVENT + DONE);
        assertThat(held()).isGreaterThanOrEqualTo(DONE.length());
        relay.releaseEnd().release();
    }

    @Test
    void aCutEventThatFindsNoRoomEndsTheStream() {
        read(EVENT + "data: " + "x".repeat((int) ROOM - 6));
        assertThat(held()).isEqualTo(ROOM);
        assertThat(heard.noRooms()).isZero();
        read("x");
        assertThat(heard.noRooms()).isEqualTo(1);
        read("x");
        relay.onClose();
        assertThat(heard.noRooms()).isEqualTo(1);
        assertThat(heard.failures()).isEmpty();
        assertThat(heard.bytes().length).isLessThan(2 * EVENT.length());
    }

    @Test
    void commentsThatFindNoRoomEndTheStream() {
        for (int i = 0; i < ROOM / 10; i++) {
            read(": 345678\n\n");
        }
        assertThat(held()).isEqualTo(ROOM);
        assertThat(heard.noRooms()).isZero();
        read(": \n\n" + EVENT);
        assertThat(heard.noRooms()).isEqualTo(1);
        assertThat(heard.bytes()).isEmpty();
    }

    @Test
    void theRoomThatOthersTakeIsMissingForWhatIsLarge() {
        inMemory.takeAnyway(ROOM);
        read("data: " + "x".repeat(MemoryBudget.ORDINARY_BYTES - 6));
        assertThat(heard.noRooms()).isZero();
        assertThat(held()).isEqualTo(ROOM + MemoryBudget.ORDINARY_BYTES);
        read("x");
        assertThat(heard.noRooms()).isEqualTo(1);
        inMemory.giveBack(ROOM);
    }
}
