package io.penstock.bench;

import io.penstock.protocol.Protocol;
import io.penstock.protocol.translate.AnswerFacts;
import io.penstock.protocol.translate.Form;
import io.penstock.protocol.translate.JsonOut;
import io.penstock.protocol.translate.ThinkingRecall;
import io.penstock.protocol.translate.Translation;
import io.penstock.protocol.translate.WireProfile;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Translation between protocols. Questions: is an agent's body of 300 KB translated in under 4 ms, and one event in under a
 * microsecond, with what garbage ({@code -prof gc})?
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class TranslationBenchmark {
    private static final WireProfile RECIPIENT =
            new WireProfile("lab", "model-1", 32_000, false, true, false, Set.of(), Set.of());
    private static final byte[] CHUNK =
            bytes("{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,"
                    + "\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" the mill's wheel\"},"
                    + "\"finish_reason\":null}]}");
    private static final byte[] DELTA = bytes("{\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
            + "{\"type\":\"text_delta\",\"text\":\" the mill's wheel\"}}");
    private static final byte[] BLOCK =
            bytes("{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}");

    /** Who asks whom. */
    @Param({"MESSAGES_OF_CHAT", "CHAT_OF_MESSAGES", "RESPONSES_OF_MESSAGES"})
    public Pair pair = Pair.CHAT_OF_MESSAGES;

    /** A client's form and a provider's protocol. */
    public enum Pair {
        MESSAGES_OF_CHAT(Form.MESSAGES, Protocol.OPENAI, CHUNK),
        CHAT_OF_MESSAGES(Form.CHAT, Protocol.ANTHROPIC, DELTA),
        RESPONSES_OF_MESSAGES(Form.RESPONSES, Protocol.ANTHROPIC, DELTA);

        private final Form client;
        private final Protocol provider;

        @SuppressWarnings("ImmutableEnumChecker") // private, and never written
        private final byte[] event;

        Pair(Form client, Protocol provider, byte[] event) {
            this.client = client;
            this.provider = provider;
            this.event = event;
        }
    }

    private final JsonOut out = new JsonOut();
    private byte[] small = {};
    private byte[] agent = {};
    private Translation stream = new Translation(Form.CHAT, Form.CHAT, Protocol.ANTHROPIC, RECIPIENT);

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Setup
    public void bodies() {
        small = inForm(AgentBody.small());
        agent = inForm(AgentBody.agent(300_000));
    }

    /** A stream of some seconds each, because a Responses client's is kept. */
    @Setup(Level.Iteration)
    public void open() {
        stream = new Translation(pair.client, pair.client, pair.provider, RECIPIENT);
        stream.answer(new AnswerFacts("gen-1-abc", 1, "lab/model", false, false, 10, () -> 1_700_000_002L));
        stream.event(BLOCK, 0, BLOCK.length, out.clear());
    }

    /** A body of chat in the client's form. */
    private byte[] inForm(byte[] chat) {
        if (pair.client == Form.CHAT) {
            return chat;
        }
        Protocol form = pair.client == Form.MESSAGES ? Protocol.ANTHROPIC : Protocol.RESPONSES;
        JsonOut json = new JsonOut();
        new Translation(Form.CHAT, Form.CHAT, form, RECIPIENT)
                .request(chat, 0, chat.length, ThinkingRecall.NOTHING, json);
        return java.util.Arrays.copyOf(json.bytes(), json.length());
    }

    /** A request of about a thousand bytes. */
    @Benchmark
    public int smallRequest() {
        return request(small);
    }

    /** A request of 300 KB. */
    @Benchmark
    public int agentRequest() {
        return request(agent);
    }

    private int request(byte[] body) {
        out.clear();
        new Translation(pair.client, pair.client, pair.provider, RECIPIENT)
                .request(body, 0, body.length, ThinkingRecall.NOTHING, out);
        return out.length();
    }

    /** One fragment of text. */
    @Benchmark
    public int event() {
        out.clear();
        stream.event(pair.event, 0, pair.event.length, out);
        return out.length();
    }
}
