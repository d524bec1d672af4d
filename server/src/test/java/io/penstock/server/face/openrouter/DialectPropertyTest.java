package io.penstock.server.face.openrouter;

import static io.penstock.server.face.openrouter.Rewriting.FACTS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random but valid provider JSON: known members of any shape, unknown ones at every level, odd spacing. */
class DialectPropertyTest {
    private static final int ROUNDS = 3_000;
    private static final String[] ROOT = {
        "id",
        "object",
        "created",
        "model",
        "provider",
        "usage",
        "x_groq",
        "choices",
        "system_fingerprint",
        "service_tier",
        "obfuscation"
    };
    private static final String[] CHOICE = {
        "index", "delta", "message", "finish_reason", "native_finish_reason", "logprobs", "usage"
    };
    private static final String[] MESSAGE = {
        "role", "content", "reasoning", "reasoning_content", "reasoning_details", "tool_calls", "refusal", "audio"
    };
    private static final String[] CALL = {"index", "id", "type", "function"};
    private static final String[] SCALARS = {
        "null",
        "true",
        "0",
        "-1.50",
        "1E+400",
        "12345678901234567890",
        "\"\"",
        "\"stop\"",
        "\"\\u00e9é🌊\\n\"",
        "\"\\ud83d\"",
        "[]",
        "{}"
    };

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private int names;

    @Test
    void aChunkStaysValidAndKeepsWhatIsNotKnown() {
        for (int round = 0; round < ROUNDS; round++) {
            String json = chunk();
            String as = "seed " + seed + ": " + json;
            String out = Rewriting.event(new ChatDialect(FACTS, Rewriting.bill(), false, false), json);
            Map<?, ?> before = Rewriting.object(json);
            if (out.isEmpty()) {
                assertThat(before)
                        .as(as)
                        .allSatisfy((name, value) -> assertThat(String.valueOf(name)
                                                        .startsWith("x-")
                                                && !value.equals("null")
                                        || value instanceof List<?> list && !list.isEmpty() && name.equals("choices"))
                                .isFalse());
                continue;
            }
            assertThat(out).as(as).startsWith("data: {").endsWith("}\n\n");
            assertThat(out.trim().lines()).as(as).hasSize(1);
            Map<?, ?> after = Rewriting.documents(out).get(0);
            kept(as, before, after);
            assertThat(after.containsKey("usage") || after.containsKey("x_groq"))
                    .as(as)
                    .isFalse();
            assertThat(after.get("id")).as(as).isEqualTo("\"" + FACTS.requestId());
            assertThat(after.get("choices")).as(as).isInstanceOf(List.class);
        }
    }

    @Test
    void aWholeAnswerStaysValidAndKeepsWhatIsNotKnown() {
        for (int round = 0; round < ROUNDS; round++) {
            String json = chunk();
            String as = "seed " + seed + ": " + json;
            Map<?, ?> after = Rewriting.object(Rewriting.plain(Rewriting::chat, json));
            kept(as, Rewriting.parse(json), after);
            assertThat(after.get("usage")).as(as).isEqualTo(Rewriting.parse(Rewriting.CHAT_USAGE));
            assertThat(after.containsKey("system_fingerprint")).as(as).isTrue();
        }
    }

    @Test
    void aMessageStaysValidAndKeepsWhatIsNotKnown() {
        for (int round = 0; round < ROUNDS; round++) {
            String usage = random.nextBoolean() ? ",\"usage\":" + object(new String[] {"input_tokens", "cost"}, 1) : "";
            String rest = unknown(2) + usage + unknown(1);
            String json = "{\"type\":\"message\",\"id\":\"msg_1\",\"model\":\"m\"" + rest + "}";
            String as = "seed " + seed + ": " + json;
            Map<?, ?> whole = Rewriting.object(Rewriting.plain(MessagesDialect::plain, json));
            kept(as, Rewriting.parse(json), whole);
            assertThat(Rewriting.at(whole, "usage", "cost")).as(as).isEqualTo("0.000431");

            MessagesDialect dialect = new MessagesDialect(FACTS, Rewriting.bill());
            String start = "{\"type\":\"message_start\",\"message\":" + json + unknown(1) + "}";
            String delta = "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}" + rest + "}";
            List<Map<?, ?>> events = Rewriting.documents(Rewriting.stream(dialect, List.of(start, delta)));
            assertThat(events).as(as).hasSize(3);
            kept(as, Rewriting.parse(start), events.get(0));
            kept(as, Rewriting.parse(delta), events.get(1));
            assertThat(Rewriting.at(events, 1, "usage", "cost")).as(as).isEqualTo("0.000431");
        }
    }

    /** A large event is read by a parser, a small one by an index. */
    @Test
    void aLargeEventComesOutAsASmallOneDoes() {
        ChatDialect small = new ChatDialect(FACTS, Rewriting.bill(), false, false);
        ChatDialect large = new ChatDialect(FACTS, Rewriting.bill(), false, false);
        for (int round = 0; round < ROUNDS; round++) {
            String json = chunk();
            assertThat(Rewriting.largeEvent(large, json))
                    .as("seed " + seed + ": " + json)
                    .isEqualTo(Rewriting.event(small, json));
            String message = "{\"type\":\"message_start\",\"message\":" + object(MESSAGE, 1) + unknown(2) + "}";
            assertThat(Rewriting.largeEvent(new MessagesDialect(FACTS, Rewriting.bill()), message))
                    .as("seed " + seed + ": " + message)
                    .isEqualTo(Rewriting.event(new MessagesDialect(FACTS, Rewriting.bill()), message));
            String response = "{\"type\":\"response.created\",\"response\":" + object(ROOT, 1) + unknown(2) + "}";
            assertThat(Rewriting.largeEvent(new ResponsesDialect(FACTS, Rewriting.bill()), response))
                    .as("seed " + seed + ": " + response)
                    .isEqualTo(Rewriting.event(new ResponsesDialect(FACTS, Rewriting.bill()), response));
        }
    }

    /** Every member that begins with {@code x-} is still there, at its place and with its value. */
    private static void kept(String as, Object before, Object after) {
        if (before instanceof Map<?, ?> members && after instanceof Map<?, ?> found) {
            members.forEach((name, value) -> {
                if (String.valueOf(name).startsWith("x-")) {
                    assertThat(found.containsKey(name)).as(as).isTrue();
                    assertThat((Object) found.get(name)).as(as).isEqualTo(value);
                } else if (found.containsKey(name)) {
                    kept(as, value, Rewriting.at(found, name));
                }
            });
        } else if (before instanceof List<?> elements && after instanceof List<?> found) {
            assertThat(found.size()).as(as).isEqualTo(elements.size());
            for (int i = 0; i < elements.size(); i++) {
                kept(as, elements.get(i), found.get(i));
            }
        }
    }

    private String chunk() {
        return object(ROOT, 0);
    }

    private String object(String[] known, int depth) {
        StringBuilder out = new StringBuilder("{");
        for (String name : known) {
            if (random.nextInt(3) > 0) {
                out.append(out.length() == 1 ? "" : ",")
                        .append(blank())
                        .append('"')
                        .append(name)
                        .append('"');
                out.append(blank())
                        .append(':')
                        .append(blank())
                        .append(value(name, depth))
                        .append(blank());
            }
            if (random.nextInt(4) == 0) {
                String more = unknown(1);
                out.append(out.length() == 1 && !more.isEmpty() ? more.substring(1) : more);
            }
        }
        return out.append('}').toString();
    }

    private String value(String name, int depth) {
        if (random.nextInt(6) == 0 || depth > 6) {
            return SCALARS[random.nextInt(SCALARS.length)];
        }
        return switch (name) {
            case "choices" -> array(CHOICE, depth);
            case "delta", "message" -> object(MESSAGE, depth + 1);
            case "tool_calls" -> array(CALL, depth);
            case "function" -> object(new String[] {"name", "arguments"}, depth + 1);
            case "usage", "x_groq" -> "{\"prompt_tokens\":1,\"usage\":{\"prompt_tokens\":2}}";
            case "index" -> String.valueOf(random.nextInt(3));
            default -> SCALARS[random.nextInt(SCALARS.length)];
        };
    }

    private String array(String[] known, int depth) {
        StringBuilder out = new StringBuilder("[");
        for (int i = random.nextInt(3); i > 0; i--) {
            out.append(random.nextInt(8) == 0 ? SCALARS[random.nextInt(SCALARS.length)] : object(known, depth + 1));
            out.append(i > 1 ? "," : "");
        }
        return out.append(']').toString();
    }

    /** Some members of names that nobody knows, a comma in front of each. */
    private String unknown(int most) {
        StringBuilder out = new StringBuilder();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            String value = SCALARS[random.nextInt(SCALARS.length)];
            out.append(",\"x-")
                    .append(names++)
                    .append(random.nextBoolean() ? "é" : "\\\"\\u0041")
                    .append("\":");
            out.append(random.nextInt(3) == 0 ? "[" + value + ",{\"id\":" + value + "}]" : value);
        }
        return out.toString();
    }

    private String blank() {
        return random.nextInt(5) == 0 ? " \t" : "";
    }
}
