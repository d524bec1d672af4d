package io.penstock.server.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.UsageCounter;
import io.penstock.provider.Masks;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.http.Bytes;
import io.penstock.server.testkit.RelayTranscript;
import io.penstock.server.wire.MemoryBudget;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What an answer delivers is counted once, however an event passes: an estimate is made of it where no usage comes. */
class StreamRelayCountTest {
    private static final String SECRET = "sk-test-0123456789abcdef";
    private static final String CHAT = "{\"choices\":[{\"delta\":{\"content\":\"12345678\"}}]";
    private static final String DELTA =
            "{\"type\":\"response.output_text.delta\",\"sequence_number\":1,\"delta\":\"12345678\"";
    private static final int LETTERS = 8;

    private final ScriptCounter text = new ScriptCounter();

    static Stream<Arguments> events() {
        String leak = ",\"error\":\"" + SECRET + "\"";
        return Stream.of(
                Arguments.of("one that passes as it is", Protocol.OPENAI, CHAT + "}"),
                Arguments.of("one with a usage that must go", Protocol.OPENAI, CHAT + ",\"usage\":null}"),
                Arguments.of("one that names a credential", Protocol.OPENAI, CHAT + ",\"x\":{\"a\":0" + leak + "}}"),
                Arguments.of("one of both", Protocol.OPENAI, CHAT + ",\"usage\":null,\"x\":{\"a\":0" + leak + "}}"),
                Arguments.of("of Responses", Protocol.RESPONSES, DELTA + "}"),
                Arguments.of(
                        "of Responses, with a credential",
                        Protocol.RESPONSES,
                        DELTA + ",\"x\":{\"a\":0" + leak + "}}"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("events")
    void theTextOfAnEventCountsOnceHoweverItIsCut(String what, Protocol protocol, String json) {
        String event = "data: " + json + "\n\n";
        for (int cut = 0; cut <= event.length(); cut++) {
            text.reset();
            List<String> seen = new ArrayList<>();
            int at = cut;
            long next = relayed(protocol, seen::add, relay -> {
                read(relay, event);
                read(relay, event.substring(0, at));
                read(relay, event.substring(at));
            });
            assertThat(text.ascii()).as("cut at %d", cut).isEqualTo(2 * LETTERS);
            assertThat(seen).as("cut at %d", cut).hasSize(2);
            if (protocol == Protocol.RESPONSES) {
                assertThat(next).as("cut at %d", cut).isEqualTo(2);
            }
        }
    }

    @Test
    void anEventThatStandsInSeveralLinesAndNamesACredentialCountsOnce() {
        relayed(
                Protocol.OPENAI,
                seen -> {},
                relay -> read(
                        relay, "data: " + CHAT + ",\ndata: \"error\":{\"message\":1},\"x\":\"" + SECRET + "\"}\n\n"));
        text.reset();
        relayed(
                Protocol.OPENAI,
                seen -> {},
                relay -> read(relay, "data: " + CHAT + ",\ndata: \"x\":{\"error\":\"" + SECRET + "\"}}\n\n"));
        assertThat(text.ascii()).isEqualTo(LETTERS);
    }

    /** Works with a relay; the number of the event that would be next. */
    private long relayed(Protocol protocol, Consumer<String> watch, Consumer<StreamRelay> work) {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
        BodyFraming framing = new BodyFraming();
        framing.beginChunked();
        RelayTranscript told = new RelayTranscript();
        long next;
        EventWatch watching = (in, from, to) -> watch.accept(in.toString(from, to - from, StandardCharsets.UTF_8));
        try (StreamRelay relay = new StreamRelay(
                told,
                framing,
                new UsageCounter(1_000_000),
                text,
                new RelayTask(protocol, true, true, null, Masks.of(List.of(SECRET)), watching),
                new RelayResources(
                        allocator,
                        new JsonProbe(),
                        new MemoryBudget(Long.MAX_VALUE),
                        new MemoryBudget(Long.MAX_VALUE)))) {
            work.accept(relay);
            next = relay.nextEvent();
        }
        assertThat(told.text() + told.failures()).doesNotContain(SECRET);
        assertThat(allocator.metric().usedDirectMemory()).isZero();
        return next;
    }

    private static void read(StreamRelay relay, String payload) {
        if (!payload.isEmpty()) {
            String chunk = Integer.toHexString(payload.length()) + "\r\n" + payload + "\r\n";
            relay.onBytes(Unpooled.directBuffer(chunk.length()).writeBytes(Bytes.ascii(chunk)));
        }
    }
}
