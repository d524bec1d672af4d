package io.penstock.bench;

import io.penstock.protocol.tokens.InputTokens;
import io.penstock.protocol.tokens.O200k;
import io.penstock.protocol.tokens.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
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
 * One count of one body's tokens, as {@code count_tokens} makes it off the event loop. Questions: are a coding agent's 300 KB
 * counted a hundred times a second, at how many {@code tokens} a second, and how much of it is the walk?
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class TokenCountBenchmark {
    /** {@code cjk}: 300 KB that are one string of three-byte characters. */
    @Param({"small", "agent", "cjk"})
    public String body = "";

    private final Tokenizer tokenizer = O200k.load();
    private byte[] bytes = {};

    /** What the counts came to. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Counted {
        /** Tokens of all counts together. */
        public long tokens;
    }

    @Setup
    public void setup() {
        bytes = switch (body) {
            case "small" -> AgentBody.small();
            case "agent" -> AgentBody.agent(300_000);
            default ->
                ("{\"messages\":[{\"content\":\"" + "水車の各部、".repeat(16_666) + "\"}]}").getBytes(StandardCharsets.UTF_8);
        };
    }

    /** The count. */
    @Benchmark
    public long count(Counted counted) {
        long tokens = InputTokens.count(bytes, tokenizer);
        counted.tokens += tokens;
        return tokens;
    }

    /** The walk through the body, its texts decoded and not counted. */
    @Benchmark
    public long walk() {
        return InputTokens.count(bytes, (text, from, to) -> to - from);
    }
}
