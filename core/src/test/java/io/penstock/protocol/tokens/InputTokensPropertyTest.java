package io.penstock.protocol.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.BodyScanner;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random bodies of the names that mean something. The seed of a failure is in its message; set it below to see it again. */
class InputTokensPropertyTest {
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    private static final String[] NAMES = {
        "messages",
        "input",
        "system",
        "instructions",
        "prompt",
        "tools",
        "functions",
        "response_format",
        "text",
        "schema",
        "content",
        "type",
        "role",
        "source",
        "data",
        "url",
        "image_url",
        "file_data",
        "file_id",
        "result",
        "arguments",
        "name",
        "cache_control",
        "tool_calls",
        "function",
        "thinking",
        "signature",
        "output",
        "summary",
        "output_config",
        "x"
    };
    private static final String[] STRINGS = {
        "", "text", "base64", "redacted_thinking", "hello world", "naïve \"quoted\" \\ and /", "水車 😀\n\tend",
                "data:image/png;base64,iVBORw0KGgo",
        "iVBORw0KGgo", "/9j/", "R0lGOD", "JVBERi0x", "\u0000\u001f\u007f\u2028", "https://example.com/x.png", "data:",
                "tool_result"
    };

    private static final O200k TOKENIZER = O200k.load();

    private static long count(String body) {
        return InputTokens.count(body.getBytes(StandardCharsets.UTF_8), TOKENIZER);
    }

    @Test
    void aConversationCountsTheSumOfItsParts() {
        Random random = new Random(SEED);
        for (int run = 0; run < 2_000; run++) {
            List<String> fields = new ArrayList<>();
            List<String> messages = elements(random);
            List<String> tools = elements(random);
            fields.add("\"messages\":" + messages);
            fields.add("\"tools\":" + tools);
            fields.add("\"system\":" + value(random, 1));
            long sum = InputTokens.PER_REQUEST;
            for (String message : messages) {
                sum += count("{\"messages\":[" + message + "]}") - InputTokens.PER_REQUEST;
            }
            for (String tool : tools) {
                sum += count("{\"tools\":[" + tool + "]}") - InputTokens.PER_REQUEST;
            }
            sum += count("{" + fields.get(2) + "}") - InputTokens.PER_REQUEST;
            java.util.Collections.shuffle(fields, random);
            String body = "{" + String.join(",", fields) + "}";
            assertThat(count(body)).as("seed %d, run %d: %s", SEED, run, body).isEqualTo(sum);
        }
    }

    private static List<String> elements(Random random) {
        List<String> elements = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            elements.add(value(random, 2));
        }
        return elements;
    }

    @Test
    void howStringsAreEscapedAndWhereBlanksStandChangesNothing() {
        for (int run = 0; run < 5_000; run++) {
            long seed = SEED + run;
            String usual = new Writer(new Random(seed), false).object(0);
            String odd = new Writer(new Random(seed), true).object(0);
            assertThat(count(odd)).as("seed %d, run %d: %s", SEED, run, usual).isEqualTo(count(usual));
        }
    }

    @Test
    void everyValidBodyIsCounted() {
        Random random = new Random(SEED);
        BodyScanner scanner = new BodyScanner();
        for (int run = 0; run < 20_000; run++) {
            String body = new Writer(random, random.nextBoolean()).object(0);
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            scanner.reset();
            scanner.feed(bytes, 0, bytes.length);
            if (scanner.finish()) {
                assertThat(count(body))
                        .as("seed %d, run %d: %s", SEED, run, body)
                        .isNotNegative();
            }
        }
    }

    @Test
    void theDeepestAndTheOddestBodiesAreCounted() {
        int depth = BodyScanner.DEPTH_MAX - 1;
        for (String name : NAMES) {
            for (String open :
                    new String[] {"[", "{\"content\":", "{\"input\":", "{\"source\":", "{\"" + name + "\":"}) {
                String close = open.equals("[") ? "]" : "}";
                String body = "{\"" + name + "\":" + open.repeat(depth) + "\"hello\"" + close.repeat(depth) + "}";
                assertThat(count(body)).as(name + " " + open).isPositive();
            }
        }
        String digits = "9".repeat(BodyScanner.NUMBER_BYTES_MAX - 3);
        String longName = "n".repeat(BodyScanner.NAME_BYTES_MAX);
        assertThat(count("{\"tools\":[{\"" + longName + "\":" + digits + "e9}],\"" + longName + "\":1}"))
                .isPositive();
    }

    private static String value(Random random, int depth) {
        return new Writer(random, false).value(depth);
    }

    /** Writes the same document for the same seed, with strings and blanks as usual or as odd as JSON allows. */
    private static final class Writer {
        private final Random shape;
        private final Random style;
        private final boolean odd;

        Writer(Random shape, boolean odd) {
            this.shape = shape;
            this.style = new Random(SEED);
            this.odd = odd;
        }

        String object(int depth) {
            StringBuilder out = new StringBuilder("{");
            List<String> used = new ArrayList<>();
            for (int members = shape.nextInt(6); members > 0; members--) {
                String name = NAMES[shape.nextInt(NAMES.length)];
                String value = value(depth + 1);
                if (depth > 0 || !used.contains(name)) {
                    out.append(used.isEmpty() ? "" : ",").append(blank()).append(string(name));
                    out.append(blank())
                            .append(':')
                            .append(blank())
                            .append(value)
                            .append(blank());
                    used.add(name);
                }
            }
            return out.append('}').toString();
        }

        String value(int depth) {
            int kind = shape.nextInt(depth > 6 ? 3 : 8);
            if (kind == 0) {
                return new String[] {"0", "-1.50e+3", "true", "false", "null"}[shape.nextInt(5)];
            } else if (kind < 3) {
                return string(STRINGS[shape.nextInt(STRINGS.length)]);
            } else if (kind < 6) {
                return object(depth);
            }
            StringBuilder out = new StringBuilder("[");
            for (int elements = shape.nextInt(4); elements > 0; elements--) {
                out.append(out.length() == 1 ? "" : ",")
                        .append(blank())
                        .append(value(depth + 1))
                        .append(blank());
            }
            return out.append(']').toString();
        }

        private String string(String text) {
            StringBuilder out = new StringBuilder("\"");
            boolean base64 = text.startsWith("data:") || text.startsWith("JVB") || text.startsWith("iVB");
            text.codePoints().forEach(c -> {
                if (c < ' ' || c == '"' || c == '\\' || odd && !base64 && style.nextInt(3) == 0) {
                    for (char unit : Character.toChars(c)) { // both halves of a pair, or none
                        out.append(String.format(style.nextBoolean() ? "\\u%04x" : "\\u%04X", (int) unit));
                    }
                } else if (odd && c == '/') {
                    out.append("\\/");
                } else {
                    out.appendCodePoint(c);
                }
            });
            return out.append('"').toString();
        }

        private String blank() {
            return odd && style.nextInt(4) == 0 ? new String[] {" ", "\n", "\t", "\r\n   "}[style.nextInt(4)] : "";
        }
    }
}
