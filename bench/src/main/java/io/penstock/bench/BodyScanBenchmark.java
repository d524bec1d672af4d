package io.penstock.bench;

import io.penstock.protocol.BodyScanner;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One scan of one body, as made for every request. Questions: is a chat of 1 KB under 1 µs, a coding agent's 300 KB
 * under 120 µs, and nothing allocated ({@code -prof gc})?
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class BodyScanBenchmark {
    /** {@code plain} and {@code cjk}: 300 KB that are one string, of ASCII without escapes and of three-byte characters. */
    @Param({"small", "agent", "plain", "cjk"})
    public String body = "";

    private final BodyScanner scanner = new BodyScanner();
    private byte[] bytes = {};

    @Setup
    public void setup() {
        bytes = switch (body) {
            case "small" -> AgentBody.small();
            case "agent" -> AgentBody.agent(300_000);
            case "plain" -> ("{\"x\":\"" + "a line of text. ".repeat(18_750) + "\"}").getBytes(StandardCharsets.UTF_8);
            default -> ("{\"x\":\"" + "水車の各部".repeat(20_000) + "\"}").getBytes(StandardCharsets.UTF_8);
        };
    }

    /** The body in one piece. */
    @Benchmark
    public boolean whole() {
        scanner.reset();
        scanner.feed(bytes, 0, bytes.length);
        return scanner.finish();
    }

    /** The body in pieces of 64 KB, as a socket read gives them. */
    @Benchmark
    public boolean pieces() {
        scanner.reset();
        for (int from = 0; from < bytes.length; from += 65_536) {
            scanner.feed(bytes, from, Math.min(from + 65_536, bytes.length));
        }
        return scanner.finish();
    }
}
