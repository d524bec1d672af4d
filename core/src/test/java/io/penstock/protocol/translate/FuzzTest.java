package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.error.GatewayException;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.Usage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * JSON of plausible words at implausible places: a provider may say what it likes, a client is refused at worst. What comes
 * out is JSON. The seed of a failure is in its message.
 */
class FuzzTest {
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int RUNS = 1_500;
    private static final Usage USAGE = new Usage(1, 0, 0, 0, 1, 0, false);

    private static final String[] NAMES = {
        "type",
        "role",
        "content",
        "text",
        "messages",
        "input",
        "system",
        "tools",
        "tool_choice",
        "function",
        "name",
        "id",
        "call_id",
        "arguments",
        "tool_calls",
        "index",
        "choices",
        "delta",
        "message",
        "finish_reason",
        "stop_reason",
        "content_block",
        "thinking",
        "signature",
        "data",
        "partial_json",
        "output",
        "output_index",
        "item",
        "response",
        "status",
        "incomplete_details",
        "reason",
        "summary",
        "encrypted_content",
        "reasoning",
        "reasoning_content",
        "reasoning_details",
        "extra_content",
        "google",
        "thought_signature",
        "image_url",
        "url",
        "source",
        "media_type",
        "file",
        "file_data",
        "custom",
        "format",
        "schema",
        "json_schema",
        "response_format",
        "output_config",
        "effort",
        "reasoning_effort",
        "budget_tokens",
        "max_tokens",
        "stop",
        "stop_sequences",
        "cache_control",
        "ttl",
        "metadata",
        "user_id",
        "user",
        "tool_use_id",
        "tool_call_id",
        "is_error",
        "namespace",
        "action",
        "parameters",
        "input_schema",
        "strict",
        "description",
        "function_call",
        "functions",
        "temperature",
        "top_p",
        "refusal",
        "summary_index",
        "allowed_tools",
        "mode",
        "instructions",
        "logprobs",
        "modalities",
        "n",
        "safety_identifier",
        "parallel_tool_calls",
        "grammar",
        "definition"
    };
    private static final String[] WORDS = {
        "text",
        "user",
        "assistant",
        "system",
        "developer",
        "tool",
        "function",
        "custom",
        "namespace",
        "local_shell",
        "message",
        "function_call",
        "function_call_output",
        "custom_tool_call",
        "custom_tool_call_output",
        "local_shell_call",
        "reasoning",
        "tool_use",
        "tool_result",
        "thinking",
        "redacted_thinking",
        "image",
        "document",
        "image_url",
        "input_image",
        "input_text",
        "input_file",
        "output_text",
        "file",
        "base64",
        "url",
        "json_schema",
        "json_object",
        "auto",
        "none",
        "required",
        "any",
        "enabled",
        "adaptive",
        "disabled",
        "high",
        "max",
        "stop",
        "length",
        "tool_calls",
        "end_turn",
        "max_tokens",
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
        "response.created",
        "response.output_item.added",
        "response.output_item.done",
        "response.output_text.delta",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.completed",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_part.added",
        "response.refusal.delta",
        "reasoning.text",
        "reasoning.encrypted",
        "reasoning.summary",
        "ephemeral",
        "1h",
        "allowed_tools",
        "",
        "x",
        "refusal",
        "data:image/png;base64,AAAA",
        "data:",
        "data:;base64,",
        "https://x.example/",
        "penstock:acme:signature::abc",
        "penstock:acme:",
        "penstock::::",
        "penstock:acme:thought::x",
        "penstock:acme:encrypted:rs_1:x",
        "{}",
        "{\"a\":1}",
        "{\"input\":\"x\"}",
        "{\"cut",
        "[]",
        "<think>",
        "</think>",
        "<thi",
        "answer_in_required_form",
        "f",
        "call_1"
    };

    @ParameterizedTest
    @MethodSource("io.penstock.protocol.translate.AnswerPropertyTest#pairs")
    void noProviderMakesAnAnswerThrow(Protocol client, Protocol provider) {
        Chance chance = new Chance(SEED);
        for (int run = 0; run < RUNS; run++) {
            Translation translation = translation(client, provider, chance);
            translation.answer(new AnswerFacts("req-0a1b", 1, "m", chance.one(2), true, 7, () -> 1_700_000_002L));
            List<String> told = new ArrayList<>();
            JsonOut out = new JsonOut();
            try {
                for (int i = chance.below(12); i > 0; i--) {
                    told.add(chance.one(3) ? value(chance, 0) : event(chance, provider));
                    byte[] event = told.get(told.size() - 1).getBytes(StandardCharsets.UTF_8);
                    assertThat(translation.event(event, 0, event.length, out)).isTrue();
                }
                translation.end(USAGE, out);
                for (String line : text(out).split("\n", -1)) {
                    if (line.startsWith("data: ") && !line.equals("data: [DONE]")) {
                        Json.parse(line.substring("data: ".length()));
                    }
                }
                assertThat(translation.heldBytes()).isNotNegative();
                String whole = chance.one(2) ? value(chance, 0) : whole(chance, provider);
                told.add(whole);
                byte[] answer = whole.getBytes(StandardCharsets.UTF_8);
                translation.answer(new AnswerFacts("req-0a1b", 1, "m", chance.one(2), true, 7, () -> 1_700_000_002L));
                assertThat(translation.whole(answer, 0, answer.length, USAGE, out.clear()))
                        .isTrue();
                Json.parse(text(out));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "seed " + SEED + ", run " + run + ", " + client + " at " + provider + "\n"
                                + String.join("\n", told),
                        e);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.penstock.protocol.translate.AnswerPropertyTest#pairs")
    void aClientIsRefusedAtWorst(Protocol client, Protocol provider) {
        Chance chance = new Chance(SEED);
        int taken = 0;
        for (int run = 0; run < RUNS; run++) {
            String request = chance.one(4) ? object(chance, 0) : request(chance, client);
            byte[] body = request.getBytes(StandardCharsets.UTF_8);
            JsonOut out = new JsonOut();
            try {
                translation(client, provider, chance).request(body, 0, body.length, ThinkingRecall.NOTHING, out);
                taken++;
            } catch (GatewayException refused) {
                continue;
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "seed " + SEED + ", run " + run + ", " + client + " at " + provider + "\n" + request, e);
            }
            String about = "seed " + SEED + ", run " + run + ", " + client + " at " + provider + ": " + request;
            try {
                assertThat(Json.parse(text(out)).isObject()).as(about).isTrue();
            } catch (RuntimeException e) {
                throw new AssertionError(about + "\n" + text(out), e);
            }
        }
        assertThat(taken).as("seed " + SEED).isGreaterThan(RUNS / 50);
    }

    /** What goes to a provider of the client's own protocol stays JSON, whatever is taken out of it or put in. */
    @ParameterizedTest
    @EnumSource(Protocol.class)
    void anAmendedRequestIsStillJson(Protocol protocol) {
        Chance chance = new Chance(SEED);
        ThinkingRecall recall = id -> chance.one(2)
                ? null
                : "[{\"type\":\"reasoning.text\",\"text\":\"Hm.\",\"signature\":\"penstock:acme:thought::x\"}]"
                        .getBytes(StandardCharsets.UTF_8);
        int changed = 0;
        for (int run = 0; run < RUNS; run++) {
            String request = request(chance, protocol);
            byte[] body = request.getBytes(StandardCharsets.UTF_8);
            TreeMap<Integer, String> changes = new TreeMap<>();
            StringBuilder amended = new StringBuilder();
            int[] at = {0};
            try {
                ThinkingEdits.of(protocol, body, recipient(chance), recall, (from, to, by) -> {
                    String before = changes.putIfAbsent(from, to + " " + new String(by, StandardCharsets.UTF_8));
                    assertThat(before).as("changes do not overlap").isNull();
                });
                changes.forEach((from, change) -> {
                    assertThat(from).as("changes do not overlap").isGreaterThanOrEqualTo(at[0]);
                    int space = change.indexOf(' ');
                    amended.append(new String(body, at[0], from - at[0], StandardCharsets.UTF_8));
                    amended.append(change.substring(space + 1));
                    at[0] = Integer.parseInt(change.substring(0, space));
                });
                amended.append(new String(body, at[0], body.length - at[0], StandardCharsets.UTF_8));
                Json.parse(amended.toString());
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "seed " + SEED + ", run " + run + ", " + protocol + ": " + request + "\n" + amended, e);
            }
            changed += changes.isEmpty() ? 0 : 1;
        }
        assertThat(changed).as("seed " + SEED).isPositive();
    }

    private static Translation translation(Protocol client, Protocol provider, Chance chance) {
        return Golden.translation(client, provider, recipient(chance));
    }

    private static WireProfile recipient(Chance chance) {
        Set<Quirk> quirks = EnumSet.noneOf(Quirk.class);
        for (Quirk quirk : Quirk.values()) {
            if (chance.one(4)) {
                quirks.add(quirk);
            }
        }
        return new WireProfile("acme", "m", 8_192, chance.one(2), chance.one(2), chance.one(2), Set.of(), quirks);
    }

    private static String text(JsonOut out) {
        return new String(out.bytes(), 0, out.length(), StandardCharsets.UTF_8);
    }

    // ---- Plausible at the top, odd below

    private static String event(Chance chance, Protocol provider) {
        return switch (provider) {
            case OPENAI ->
                "{\"choices\":[{\"index\":0,\"delta\":{\"content\":" + value(chance, 2) + ",\"reasoning_content\":"
                        + value(chance, 2)
                        + ",\"tool_calls\":[{\"index\":" + chance.below(3) + ",\"id\":" + value(chance, 3)
                        + ",\"function\":" + object(chance, 2) + "}]},\"finish_reason\":" + value(chance, 3) + "}]}";
            case ANTHROPIC ->
                "{\"type\":" + string(chance) + ",\"index\":0,\"content_block\":" + object(chance, 1) + ",\"delta\":"
                        + object(chance, 1) + "}";
            case RESPONSES ->
                "{\"type\":" + string(chance) + ",\"output_index\":" + value(chance, 3) + ",\"item\":"
                        + object(chance, 1) + ",\"delta\":" + value(chance, 2) + ",\"response\":" + object(chance, 1)
                        + "}";
        };
    }

    private static String whole(Chance chance, Protocol provider) {
        return switch (provider) {
            case OPENAI ->
                "{\"choices\":[{\"message\":" + object(chance, 0) + ",\"finish_reason\":" + value(chance, 3) + "}]}";
            case ANTHROPIC -> "{\"content\":" + array(chance, 0) + ",\"stop_reason\":" + string(chance) + "}";
            case RESPONSES -> "{\"output\":" + array(chance, 0) + ",\"status\":" + string(chance) + "}";
        };
    }

    private static String request(Chance chance, Protocol client) {
        StringBuilder messages = new StringBuilder();
        for (int i = chance.below(6); i > 0; i--) {
            String role = List.of("user", "assistant", "system", "tool").get(chance.below(4));
            messages.append(messages.isEmpty() ? "" : ",").append("{\"role\":\"" + role + "\",\"content\":");
            messages.append(chance.one(3) ? string(chance) : chance.one(2) ? array(chance, 1) : thinking(chance));
            messages.append(chance.one(4) ? ",\"type\":\"reasoning\",\"encrypted_content\":" + string(chance) : "");
            messages.append(chance.one(4) ? ",\"reasoning_details\":" + thinking(chance) : "")
                    .append(",\"tool_calls\":");
            messages.append(chance.one(2) ? "null" : array(chance, 2)).append(",\"call_id\":\"c\"}");
        }
        StringBuilder more = new StringBuilder();
        for (int i = chance.below(5); i > 0; i--) {
            more.append(",\"")
                    .append(NAMES[chance.below(NAMES.length)])
                    .append("\":")
                    .append(value(chance, 1));
        }
        String name = client == Protocol.RESPONSES ? "input" : "messages";
        return "{\"model\":\"m\"" + more + ",\"" + name + "\":[" + messages + "]}";
    }

    private static String thinking(Chance chance) {
        StringBuilder json = new StringBuilder("[");
        for (int i = chance.below(4); i > 0; i--) {
            json.append(json.length() == 1 ? "" : " , ");
            String sealed = chance.one(3)
                    ? "\"EqQB\""
                    : "\"penstock:" + (chance.one(2) ? "acme" : "rival") + ":signature::EqQB\"";
            json.append(
                    switch (chance.below(5)) {
                        case 0 -> "{\"type\":\"thinking\",\"thinking\":\"Hm.\",\"signature\":" + sealed + "}";
                        case 1 -> "{\"type\":\"redacted_thinking\",\"data\":" + sealed + "}";
                        case 2 -> "{\"type\":\"reasoning.text\",\"text\":\"Hm.\",\"signature\":" + sealed + "}";
                        case 3 -> "{\"type\":\"tool_use\",\"id\":\"c\",\"name\":\"f\",\"input\":{}}";
                        default -> "{\"type\":\"text\",\"text\":\"x\"}";
                    });
        }
        return json.append(']').toString();
    }

    private static String object(Chance chance, int depth) {
        StringBuilder json = new StringBuilder("{");
        for (int i = chance.below(7); i > 0; i--) {
            json.append(json.length() == 1 ? "" : ",")
                    .append('"')
                    .append(NAMES[chance.below(NAMES.length)])
                    .append("\":");
            json.append(json.toString().endsWith("\"type\":") ? string(chance) : value(chance, depth + 1));
        }
        return json.append('}').toString();
    }

    private static String array(Chance chance, int depth) {
        StringBuilder json = new StringBuilder("[");
        for (int i = chance.below(4); i > 0; i--) {
            json.append(json.length() == 1 ? "" : ",").append(value(chance, depth + 1));
        }
        return json.append(']').toString();
    }

    private static String value(Chance chance, int depth) {
        return switch (chance.below(depth > 4 ? 5 : 9)) {
            case 0, 1 -> string(chance);
            case 2 -> List.of("0", "1", "-1", "99999999999", "1.5", "1e400").get(chance.below(6));
            case 3 -> List.of("null", "true", "false").get(chance.below(3));
            case 4 -> List.of("{}", "[]", "\"\"").get(chance.below(3));
            case 5, 6 -> array(chance, depth);
            default -> object(chance, depth);
        };
    }

    private static String string(Chance chance) {
        return chance.one(8) ? chance.string(chance.text()) : chance.string(WORDS[chance.below(WORDS.length)]);
    }
}
