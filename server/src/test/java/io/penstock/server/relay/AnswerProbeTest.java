package io.penstock.server.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.protocol.AnswerProbe;
import io.penstock.protocol.Extra;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.UsageCounter;
import io.penstock.protocol.translate.JsonTape;
import io.penstock.protocol.translate.TapeProbe;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whether an event is looked at in place or along its index: the same is found, billed and counted. */
class AnswerProbeTest {
    private static final int ROUNDS = 20_000;
    private static final String[] NAMES = {
        "usage",
        "error",
        "type",
        "text",
        "choices",
        "content",
        "refusal",
        "reasoning",
        "reasoning_content",
        "arguments",
        "thinking",
        "partial_json",
        "audio",
        "images",
        "data",
        "transcript",
        "finish_reason",
        "stop_reason",
        "delta",
        "response",
        "status",
        "incomplete_details",
        "reason",
        "output",
        "input",
        "service_tier",
        "x_groq",
        "message",
        "reasoning_contenT",
        "us\\u0061ge",
        "usagé",
        "prompt_tokens",
        "output_tokens",
        "input_tokens",
        "total_tokens",
        "completion_tokens",
        "a",
        ""
    };
    private static final String[] SCALARS = {
        "null",
        "true",
        "0",
        "12",
        "-1.5e3",
        "\"\"",
        "\"stop\"",
        "\"tool_calls\"",
        "\"odd one\"",
        "\"error\"",
        "\"message_delta\"",
        "\"response.completed\"",
        "\"web_search_call\"",
        "\"open_page\"",
        "\"mcp_call\"",
        "\"caf\\u00e9 \\\"q\\\"\"",
        "\"日本語 🌊\"",
        "\"default\"",
        "\"priority\"",
        "{}",
        "[]",
        "[ ]"
    };

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final JsonProbe inPlace = new JsonProbe();
    private final JsonTape tape = new JsonTape();
    private final TapeProbe indexed = new TapeProbe(tape);

    @ParameterizedTest
    @EnumSource
    void bothFindTheSame(Protocol protocol) {
        for (int round = 0; round < ROUNDS; round++) {
            StringBuilder json = new StringBuilder();
            value(json, 0, "");
            byte[] bytes = json.toString().getBytes(StandardCharsets.UTF_8);
            ByteBuf buffer = Unpooled.buffer().writeZero(2).writeBytes(bytes).writeBytes(new byte[] {'}', '"'});
            byte[] behind = ("  " + json).getBytes(StandardCharsets.UTF_8);
            ScriptCounter one = new ScriptCounter();
            ScriptCounter other = new ScriptCounter();

            inPlace.look(buffer, 2, 2 + bytes.length, protocol, one);
            assertThat(tape.parse(behind, 2, behind.length)).as("%s", json).isTrue();
            List<Object> found = found(indexed.look(protocol, other), other);

            assertThat(found).as("seed %d: %s", seed, json).isEqualTo(found(inPlace, one));
        }
    }

    private static List<Object> found(AnswerProbe probe, ScriptCounter text) {
        List<Object> found = new ArrayList<>();
        found.add(List.of(text.ascii(), text.cjk(), text.other(), probe.delivers()));
        found.add(List.of(probe.broken(), probe.odd(), probe.mentionsError(), probe.choicesEmpty()));
        found.add(probe.hasError() ? new String(probe.error(), StandardCharsets.UTF_8) : "none");
        found.add(probe.finishes() ? probe.finishReason() : "unfinished");
        for (String type : List.of("error", "message_delta", "response.completed", "stop")) {
            found.add(probe.typeIs(type.getBytes(StandardCharsets.US_ASCII)));
        }
        found.add(probe.hasUsage());
        if (probe.hasUsage()) {
            UsageCounter counter = new UsageCounter(1_000_000);
            probe.readUsage(counter);
            found.add(counter.usage());
            found.add(counter.reported());
            for (Extra extra : Extra.values()) {
                found.add(counter.extras().count(extra));
            }
        }
        return found;
    }

    /** Any value, of which those are likely that a look must find, where it finds them. */
    private void value(StringBuilder out, int depth, String name) {
        blank(out);
        int kind = random.nextInt(10);
        if (depth == 0 || depth < 6 && kind < 4) {
            out.append('{');
            for (int i = random.nextInt(5); i > 0; i--) {
                blank(out);
                String member = name.equals("usage") && random.nextBoolean() ? "prompt_tokens" : of(NAMES);
                out.append('"').append(member).append('"');
                blank(out);
                out.append(':');
                value(out, depth + 1, member);
                out.append(i > 1 ? "," : "");
            }
            blank(out);
            out.append('}');
        } else if (depth < 6 && kind < 6) {
            out.append('[');
            for (int i = random.nextInt(4); i > 0; i--) {
                value(out, depth + 1, name);
                out.append(i > 1 ? "," : "");
            }
            blank(out);
            out.append(']');
        } else {
            out.append(of(SCALARS));
        }
        blank(out);
    }

    private String of(String[] some) {
        return some[random.nextInt(some.length)];
    }

    private void blank(StringBuilder out) {
        if (random.nextInt(8) == 0) {
            out.append(" \t\r\n".charAt(random.nextInt(4)));
        }
    }
}
