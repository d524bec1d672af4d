package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.UsageCounter;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.relay.JsonProbe;
import io.penstock.server.relay.RelayResources;
import io.penstock.server.relay.RelayTask;
import io.penstock.server.relay.StreamRelay;
import io.penstock.server.testkit.RelayTranscript;
import io.penstock.server.wire.MemoryBudget;
import org.junit.jupiter.api.AfterEach;

/** Tests of the relay alone, which is given a provider's bytes cut at will, and leaves nothing behind. */
abstract class RelayWithoutSockets {
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
    private final MemoryBudget inMemory = new MemoryBudget(Long.MAX_VALUE);
    private final MemoryBudget heap = new MemoryBudget(Long.MAX_VALUE);
    private final JsonProbe probe = new JsonProbe();

    @AfterEach
    void everyBufferIsReleased() {
        assertThat(allocator.metric().usedDirectMemory()).isZero();
        assertThat(inMemory.taken()).isZero();
        assertThat(heap.taken()).isZero();
    }

    static BodyFraming chunked() {
        BodyFraming framing = new BodyFraming();
        framing.beginChunked();
        return framing;
    }

    /**
     * Relays a whole answer, and its end as soon as it is complete.
     *
     * @param cuts ascending places where what is read at once ends; one behind the last counts as none
     */
    Relayed relay(RelayTask task, BodyFraming framing, byte[] framed, int... cuts) {
        RelayTranscript heard = new RelayTranscript();
        UsageCounter usage = new UsageCounter(512_000);
        try (StreamRelay relay = new StreamRelay(
                heard,
                framing,
                usage,
                new ScriptCounter(),
                task,
                new RelayResources(allocator, probe, inMemory, heap))) {
            int from = 0;
            for (int cut : cuts) {
                feed(relay, framed, from, cut);
                from = Math.max(from, cut);
            }
            feed(relay, framed, from, framed.length);
            if (!framing.done()) {
                relay.onClose();
            }
            if (heard.completes() > 0) {
                heard.relayed(relay.releaseEnd());
            }
            return new Relayed(heard, usage, relay.delivered());
        }
    }

    private void feed(StreamRelay relay, byte[] framed, int from, int to) {
        if (to > from) {
            relay.onBytes(allocator.directBuffer(to - from).writeBytes(framed, from, to - from));
        }
    }

    /** An answer that has been relayed; {@code delivered}: whether the relay says that it gave any of it. */
    record Relayed(RelayTranscript heard, UsageCounter usage, boolean delivered) {}
}
