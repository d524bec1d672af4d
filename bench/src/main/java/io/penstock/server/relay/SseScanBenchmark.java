package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.UsageCounter;
import io.penstock.provider.Masks;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.wire.MemoryBudget;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the relay does for one chunk of a stream besides reading and writing it: framing, events, a look into the JSON, the
 * count of delivered text. Questions: is a chunk of one event of some 230 bytes under 300 ns; does a burst cost less per
 * chunk than chunks one by one; is nothing allocated ({@code -prof gc}); and what does it cost to cut a usage out of each? Times
 * are per chunk.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Dio.netty.leakDetection.level=disabled"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class SseScanBenchmark implements RelayListener {
    private static final int BURST = 200; // some 48 KB: what one read of a busy socket brings

    @Param({"OPENAI", "ANTHROPIC"})
    public Protocol protocol = Protocol.OPENAI;

    /** Whether every chunk tells a usage that the client did not ask for: OpenAI's null, which is cut out. */
    @Param({"false", "true"})
    public boolean usageNull;

    private final BodyFraming framing = new BodyFraming();
    private final UsageCounter usage = new UsageCounter(1_000_000);
    private final ScriptCounter text = new ScriptCounter();
    private StreamRelay relay = relay();
    private ByteBuf lone = PooledByteBufAllocator.DEFAULT.directBuffer();
    private ByteBuf burst = PooledByteBufAllocator.DEFAULT.directBuffer();
    private long relayedBytes;

    private StreamRelay relay() {
        framing.beginChunked();
        return new StreamRelay(
                this,
                framing,
                usage,
                text,
                new RelayTask(protocol, true, true, null, Masks.NONE, null),
                new RelayResources(
                        PooledByteBufAllocator.DEFAULT,
                        new JsonProbe(),
                        new MemoryBudget(Long.MAX_VALUE),
                        new MemoryBudget(Long.MAX_VALUE)));
    }

    @Setup
    public void setup() {
        relay = relay();
        byte[] chunk = chunk(protocol, usageNull).getBytes(StandardCharsets.US_ASCII);
        lone.clear().writeBytes(chunk);
        for (int i = 0; i < BURST; i++) {
            burst.writeBytes(chunk);
        }
        lone(); // the answer begins
    }

    @TearDown
    public void tearDown() {
        relay.close();
        lone.release();
        burst.release();
    }

    /** One chunk a read, as a model that is thinking sends them. */
    @Benchmark
    public long lone() {
        relay.onBytes(lone.retain());
        return relayedBytes;
    }

    /** Many chunks a read. */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public long burst() {
        relay.onBytes(burst.retain());
        return relayedBytes;
    }

    private static String chunk(Protocol protocol, boolean usageNull) {
        String event = protocol == Protocol.OPENAI
                ? "data: {\"id\":\"chatcmpl-CBenchBenchBenchBenchBenchBe\",\"object\":\"chat.completion.chunk\","
                        + "\"created\":1763690000,\"model\":\"gpt-5-mini\",\"service_tier\":\"default\",\"choices\":"
                        + "[{\"index\":0,\"delta\":{\"content\":\" turbine\"},\"finish_reason\":null}]"
                        + (usageNull ? ",\"usage\":null" : "") + "}\n\n"
                : "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
                        + "{\"type\":\"text_delta\",\"text\":\" and carries the water from the intake to the turbine"
                        + " through a pressure pipe that adds nothing and loses nothing\"}}\n\n";
        return Integer.toHexString(event.length()) + "\r\n" + event + "\r\n";
    }

    @Override
    public void answerBegins() {}

    @Override
    public void relayed(ByteBuf bytes) {
        relayedBytes += bytes.readableBytes();
        bytes.release();
    }

    @Override
    public void answerComplete() {
        throw new IllegalStateException("the stream has no end");
    }

    @Override
    public void errorEvent(boolean begun, String type, String message) {
        throw new IllegalStateException(message);
    }

    @Override
    public void relayFailed(String why) {
        throw new IllegalStateException(why);
    }

    @Override
    public void tooLarge(String why) {
        throw new IllegalStateException(why);
    }

    @Override
    public void broken(Throwable bug) {
        throw new IllegalStateException(bug);
    }

    @Override
    public void noRoom() {
        throw new IllegalStateException("no room");
    }
}
