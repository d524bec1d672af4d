package io.penstock.bench;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/**
 * Request bodies as coding agents send them (OpenAI chat): tools with nested schemas, a long conversation of tool calls
 * and tool results that hold source code, {@code stream} at the end. The same for the same size, every time.
 */
final class AgentBody {
    private static final String[] WORDS = {
        "request", "buffer", "return", "the", "stream", "value", "if", "offset", "while", "client", "of", "final",
        "budget", "int", "null", "settle", "a", "provider", "public", "length", "token", "try", "model", "for"
    };

    private AgentBody() {}

    /** A chat of about a thousand bytes. */
    static byte[] small() {
        return ("{\"model\":\"openai/gpt-5-mini\",\"messages\":[{\"role\":\"system\",\"content\":\""
                        + prose(new Random(1), 420)
                        + "\"},{\"role\":\"user\",\"content\":\"" + prose(new Random(2), 380)
                        + "\"}],\"temperature\":0.2,\"max_completion_tokens\":1024,\"stream\":true,"
                        + "\"stream_options\":{\"include_usage\":true}}")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** A coding agent's turn of about {@code size} bytes, of which 30 KB are tools. */
    static byte[] agent(int size) {
        Random random = new Random(3);
        StringBuilder body = new StringBuilder(size + 8_192).append("{\"model\":\"openai/gpt-5.2\",\"tools\":[");
        for (int tool = 0; tool < 24; tool++) {
            body.append(tool == 0 ? "" : ",")
                    .append("{\"type\":\"function\",\"function\":{\"name\":\"tool_" + tool)
                    .append("\",\"description\":\"")
                    .append(prose(random, 500))
                    .append("\",\"parameters\":{\"type\":\"object\",\"properties\":{");
            for (int property = 0; property < 5; property++) {
                body.append(property == 0 ? "" : ",")
                        .append("\"argument_" + property)
                        .append("\":{\"type\":\"string\",\"description\":\"")
                        .append(prose(random, 80))
                        .append("\",\"enum\":[\"one\",\"two\"],\"minLength\":1}");
            }
            body.append("},\"required\":[\"argument_0\"],\"additionalProperties\":false}}}");
        }
        body.append("],\"messages\":[{\"role\":\"system\",\"content\":\"")
                .append(prose(random, 12_000))
                .append("\"},{\"role\":\"user\",\"content\":\"")
                .append(prose(random, 600))
                .append("\"}");
        for (int call = 0; body.length() < size; call++) {
            body.append(",{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"call_" + call)
                    .append("\",\"type\":\"function\",\"function\":{\"name\":\"tool_3\",\"arguments\":")
                    .append("\"{\\\"path\\\":\\\"src/main/java/File" + call + ".java\\\",\\\"limit\\\":200}\"}}]}")
                    .append(",{\"role\":\"tool\",\"tool_call_id\":\"call_" + call + "\",\"content\":\"")
                    .append(source(random, 2_000 + random.nextInt(4_000)))
                    .append("\"}");
        }
        return body.append(
                        "],\"max_completion_tokens\":32000,\"stream_options\":{\"include_usage\":true},\"stream\":true}")
                .toString()
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Sentences, with a line break or a quotation now and then. */
    private static String prose(Random random, int length) {
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            text.append(word(random)).append(random.nextInt(12) == 0 ? ". " : " ");
            if (random.nextInt(30) == 0) {
                text.append(random.nextBoolean() ? "\\n\\n- " : "\\\"" + word(random) + "\\\" ");
            }
        }
        return text.toString();
    }

    /** Lines of source code with a number each, as an agent's file reader shows them. */
    private static String source(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int line = 1; text.length() < length; line++) {
            text.append(line).append("\\t").append(" ".repeat(4 * random.nextInt(4)));
            for (int words = random.nextInt(9); words >= 0; words--) {
                text.append(word(random)).append(words % 3 == 0 ? "(" : " ");
            }
            text.append(random.nextInt(8) == 0 ? "\\\"" + word(random) + "\\\");\\n" : ");\\n");
        }
        return text.toString();
    }

    private static String word(Random random) {
        return WORDS[random.nextInt(WORDS.length)];
    }
}
