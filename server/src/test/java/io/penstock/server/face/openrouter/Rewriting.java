package io.penstock.server.face.openrouter;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.penstock.protocol.Usage;
import io.penstock.server.face.Face.Facts;
import io.penstock.server.relay.EventRewriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** What the dialects' tests share: one exchange's facts and bill, buffers that must come back, an independent reader. */
final class Rewriting {
    static final Facts FACTS = new Facts("gen-1795000000-Qf3kTz81", 1_795_000_000, "z-ai/glm-5", "Z.AI");
    static final String HEAD = "\"id\":\"gen-1795000000-Qf3kTz81\",\"object\":\"chat.completion.chunk\","
            + "\"created\":1795000000,\"model\":\"z-ai/glm-5\",\"provider\":\"Z.AI\"";
    static final String CHAT_USAGE = """
            {"prompt_tokens":812,"completion_tokens":41,"total_tokens":853,\
            "prompt_tokens_details":{"cached_tokens":640,"cache_write_tokens":30,"audio_tokens":0,"video_tokens":0},\
            "completion_tokens_details":{"reasoning_tokens":9,"audio_tokens":0},\
            "cost":0.000431,"is_byok":false,"cost_details":{"upstream_inference_cost":0.000431,\
            "upstream_inference_prompt_cost":0.0003,"upstream_inference_completions_cost":0.000131}}""";
    static final String CHAT_END =
            "data: {" + HEAD + ",\"choices\":[],\"usage\":" + CHAT_USAGE + "}\n\ndata: [DONE]\n\n";

    private static final JsonFactory JACKSON = new JsonFactory();

    private Rewriting() {}

    /** 812 tokens in, of which 640 read from the cache and 30 written; 41 out, of which 9 reasoning; 431,000 nano-USD. */
    static Bill bill() {
        return bill(new Usage(142, 640, 20, 10, 41, 9, false), 431_000, 300_000);
    }

    static Bill bill(Usage usage, long cost, long inputCost) {
        return new Bill() {
            @Override
            public Usage usage() {
                return usage;
            }

            @Override
            public long costNanos() {
                return cost;
            }

            @Override
            public long inputCostNanos() {
                return inputCost;
            }
        };
    }

    /** A whole answer of chat completions anew, for a client that asked in no older form. */
    static ByteBuf chat(Facts facts, Bill bill, ByteBuf answer) {
        return ChatDialect.plain(facts, bill, false, false, answer);
    }

    /** What the rewriter makes of one event, whose bytes stand between others. */
    static String event(EventRewriter rewriter, String json) {
        return event(rewriter, json.getBytes(StandardCharsets.UTF_8));
    }

    static String event(EventRewriter rewriter, byte[] json) {
        return written(json, (in, out) -> {
            rewriter.read(in, 6, 6 + json.length);
            rewriter.write(out);
        });
    }

    /** What the rewriter makes of one event in the way of large ones. */
    static String largeEvent(EventRewriter rewriter, String text) {
        byte[] json = text.getBytes(StandardCharsets.UTF_8);
        return written(json, (in, out) -> rewriter.event(in, 6, 6 + json.length, out));
    }

    private static String written(byte[] json, BiConsumer<ByteBuf, ByteBuf> rewrite) {
        ByteBuf in = buffer("data: ").writeBytes(json).writeBytes("\n\ndata: ".getBytes(StandardCharsets.UTF_8));
        ByteBuf out = buffer("before");
        try {
            rewrite.accept(in, out);
            assertThat(in.refCnt()).isOne();
            assertThat(in.readerIndex()).isZero();
            assertThat(out.refCnt()).isOne();
            String text = out.toString(StandardCharsets.UTF_8);
            assertThat(text).startsWith("before");
            return text.substring("before".length());
        } finally {
            in.release();
            out.release();
        }
    }

    static String end(EventRewriter rewriter) {
        ByteBuf out = buffer("");
        try {
            rewriter.end(out);
            return out.toString(StandardCharsets.UTF_8);
        } finally {
            out.release();
        }
    }

    /** All events and the end. */
    static String stream(EventRewriter rewriter, List<String> events) {
        StringBuilder all = new StringBuilder();
        events.forEach(event -> all.append(event(rewriter, event)));
        return all.append(end(rewriter)).toString();
    }

    interface Plain {
        ByteBuf rewrite(Facts facts, Bill bill, ByteBuf answer);
    }

    static String plain(Plain dialect, String answer) {
        ByteBuf in = buffer("x" + answer).skipBytes(1);
        ByteBuf out = dialect.rewrite(FACTS, bill(), in);
        try {
            assertThat(in.refCnt()).isOne();
            assertThat(in.toString(StandardCharsets.UTF_8)).isEqualTo(answer);
            assertThat(out.refCnt()).isOne();
            return out.toString(StandardCharsets.UTF_8);
        } finally {
            in.release();
            assertThat(out.release()).isTrue();
        }
    }

    /** The JSON of each {@code data:} line, {@code [DONE]} left out. */
    static List<Map<?, ?>> documents(String stream) {
        List<Map<?, ?>> documents = new ArrayList<>();
        stream.lines()
                .filter(line -> line.startsWith("data: {"))
                .forEach(line -> documents.add(object(line.substring(6))));
        return documents;
    }

    /** A JSON object, read as {@link #parse} does. */
    static Map<?, ?> object(String json) {
        return (Map<?, ?>) parse(json);
    }

    /** What stands in a tree at these names and indices. */
    static Object at(Object tree, Object... path) {
        Object found = tree;
        for (Object step : path) {
            found = step instanceof Integer index ? ((List<?>) found).get(index) : ((Map<?, ?>) found).get(step);
            if (found == null) {
                throw new AssertionError(step + " is missing in " + tree);
            }
        }
        return found;
    }

    /**
     * A JSON text as maps, lists and strings. A number, true, false and null are their own text, so that {@code 1.0} differs
     * from {@code 1}; a string has a quote in front.
     */
    static Object parse(String json) {
        try (JsonParser in = JACKSON.createParser(ObjectReadContext.empty(), json)) {
            in.nextToken();
            Object value = value(in);
            assertThat(in.nextToken()).isNull();
            return value;
        }
    }

    private static Object value(JsonParser in) {
        JsonToken token = in.currentToken();
        if (token == JsonToken.START_OBJECT) {
            Map<String, Object> members = new LinkedHashMap<>();
            while (in.nextToken() != JsonToken.END_OBJECT) {
                String name = in.currentName();
                in.nextToken();
                assertThat(members).doesNotContainKey(name);
                members.put(name, value(in));
            }
            return members;
        }
        if (token == JsonToken.START_ARRAY) {
            List<Object> elements = new ArrayList<>();
            while (in.nextToken() != JsonToken.END_ARRAY) {
                elements.add(value(in));
            }
            return elements;
        }
        return (token == JsonToken.VALUE_STRING ? "\"" : "") + in.getString();
    }

    private static ByteBuf buffer(String text) {
        return PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }
}
