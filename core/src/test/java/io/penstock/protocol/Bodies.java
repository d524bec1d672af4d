package io.penstock.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/** What the scanner's tests share: feeding in pieces, a full account of what was found, an oracle, random documents. */
final class Bodies {
    private static final JsonFactory JACKSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(BodyScanner.DEPTH_MAX)
                    .maxNumberLength(BodyScanner.NUMBER_BYTES_MAX)
                    .build())
            .build();

    private Bodies() {}

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The scanner after all of the body in one piece. */
    static BodyScanner scan(byte[] body) {
        BodyScanner scanner = new BodyScanner();
        scanner.feed(body, 0, body.length);
        scanner.finish();
        return scanner;
    }

    static BodyScanner scan(String body) {
        return scan(utf8(body));
    }

    /** What a valid body has. */
    static ChatRequest request(String body) {
        BodyScanner scanner = scan(body);
        if (!scanner.finish()) {
            throw new AssertionError(scanner.problem());
        }
        return scanner.request();
    }

    /** Feeds in pieces that end at these offsets, each in an array of its own at an odd place. */
    static String charge(BodyScanner scanner, byte[] body, int... cuts) {
        scanner.reset();
        int from = 0;
        for (int cut : cuts) {
            feed(scanner, body, from, cut);
            from = cut;
        }
        feed(scanner, body, from, body.length);
        return charge(scanner);
    }

    private static void feed(BodyScanner scanner, byte[] body, int from, int to) {
        byte[] piece = new byte[to - from + 5];
        Arrays.fill(piece, (byte) '"');
        System.arraycopy(body, from, piece, 3, to - from);
        scanner.feed(piece, 3, 3 + to - from);
    }

    /** All that can be asked, as text. */
    static String charge(BodyScanner scanner) {
        if (!scanner.finish()) {
            return "refused: " + scanner.problem();
        }
        ChatRequest r = scanner.request();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < r.fieldCount(); i++) {
            text.append(r.name(i) + "@" + r.nameStart(i) + ":" + r.valueStart(i) + "-" + r.valueEnd(i) + " ");
        }
        for (ChatRequest.Field field : ChatRequest.Field.values()) {
            text.append(r.has(field) ? field + "=" + r.indexOf(field) + (r.isInvalid(field) ? "! " : " ") : "");
        }
        return text.append(Arrays.asList(
                        r.bytes(),
                        r.objectStart(),
                        r.objectEnd(),
                        r.modelState(),
                        r.model(),
                        r.stream(),
                        r.includeUsage(),
                        r.includeUsageStart(),
                        r.includeUsageEnd(),
                        r.streamOptionsInside(),
                        r.streamOptionsEmpty(),
                        r.maxTokens(),
                        r.maxCompletionTokens(),
                        r.maxOutputTokens(),
                        r.n(),
                        r.messageCount(),
                        r.toolCount(),
                        r.hasImages(),
                        r.hasAudio(),
                        r.hasFiles(),
                        r.mediaBytes(),
                        r.textBytes(),
                        r.lastUserTextBytes(),
                        r.codeFences(),
                        r.structuredOutput(),
                        r.reasoningAsked()))
                .toString();
    }

    /**
     * Whether a body is one to accept, found out without the scanner: strict UTF-8, Jackson, and our own rules. Jackson
     * gets bytes: from a String it takes the U+6C34 of an escape cut short for its low byte, a 4.
     */
    static boolean isValid(byte[] body) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            return false;
        }
        if (text.startsWith("\uFEFF") || text.indexOf(0) >= 0) { // Jackson would take it for UTF-16
            return false;
        }
        try (JsonParser parser = JACKSON.createParser(ObjectReadContext.empty(), body)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            Set<String> names = new HashSet<>();
            int depth = 1;
            while (depth > 0) {
                JsonToken token = parser.nextToken();
                if (token == null) {
                    return false;
                }
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                boolean name = token == JsonToken.PROPERTY_NAME;
                if ((name || token == JsonToken.VALUE_STRING) && !isPaired(parser.getString())) {
                    return false;
                }
                if (name && depth == 1 && !names.add(parser.getString())) {
                    return false;
                }
            }
            return parser.nextToken() == null;
        } catch (JacksonException e) {
            return false;
        }
    }

    private static boolean isPaired(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    private static final String[] NAMES = {
        "model",
        "messages",
        "stream",
        "stream_options",
        "include_usage",
        "content",
        "type",
        "role",
        "text",
        "source",
        "data",
        "image_url",
        "url",
        "max_tokens",
        "n",
        "tools",
        "input",
        "system",
        "",
        "a",
        "mod\\u0065l",
        "naïve",
        "工具",
        "thinking",
        "reasoning",
        "effort",
        "x\\/y"
    };
    private static final String[] STRINGS = {
        "",
        "user",
        "plain",
        "image",
        "image_url",
        "tool_result",
        "base64",
        "eight888",
        "a\\nb\\tc\\\\",
        "\\u0041\\u00e9\\u6c34",
        "\\ud83d\\ude00",
        "é",
        "水車",
        "😀",
        "\u007f",
        "data:image/png;base64,AAAA",
        "```java\\n```",
        "json_schema",
        "a line that is a good deal longer than sixteen bytes, with a \\\"quotation\\\" in it",
        "mixed é 水 😀 \\ud834\\udd1e end"
    };
    private static final String[] NUMBERS = {
        "0", "-0", "1", "-12", "3.25", "1e5", "0.5E-3", "123456789012345678901234567890", "7", "100", "-0.0e+0"
    };

    /** A valid JSON object, but perhaps for a top-level name that occurs twice. */
    static byte[] random(Random random) {
        StringBuilder text = new StringBuilder(space(random));
        object(random, text, 0);
        return utf8(text.append(space(random)).toString());
    }

    private static void object(Random random, StringBuilder text, int depth) {
        text.append('{').append(space(random));
        for (int i = 0, members = random.nextInt(6); i < members; i++) {
            text.append(i == 0 ? "" : ",").append(space(random)).append('"').append(pick(random, NAMES));
            text.append(depth == 0 && random.nextInt(20) != 0 ? "" + i : "").append('"');
            text.append(space(random)).append(':').append(space(random));
            value(random, text, depth + 1);
        }
        text.append('}');
    }

    private static void value(Random random, StringBuilder text, int depth) {
        switch (random.nextInt(depth > 6 ? 4 : 8)) {
            case 0 -> text.append(pick(random, NUMBERS));
            case 1 -> text.append(pick(random, "true", "false", "null"));
            case 2, 3 ->
                text.append('"')
                        .append(pick(random, STRINGS))
                        .append(pick(random, STRINGS))
                        .append('"');
            case 4, 5 -> object(random, text, depth);
            default -> {
                text.append('[').append(space(random));
                for (int i = 0, elements = random.nextInt(4); i < elements; i++) {
                    text.append(i == 0 ? "" : ",");
                    value(random, text, depth + 1);
                }
                text.append(']');
            }
        }
        text.append(space(random));
    }

    /** A change of one to three places, most of which make a document invalid. */
    static byte[] mutated(Random random, byte[] body) {
        byte[] changed = body.clone();
        for (int changes = random.nextInt(3); changes >= 0 && changed.length > 1; changes--) {
            int at = random.nextInt(changed.length);
            switch (random.nextInt(5)) {
                case 0 -> changed[at] = (byte) random.nextInt(256);
                case 1 ->
                    changed[at] = (byte) pick(random, "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "u", "\n")
                            .charAt(0);
                case 2 -> changed = Arrays.copyOf(changed, at);
                case 3 ->
                    changed = spliced(changed, at, Math.min(changed.length, at + 1 + random.nextInt(4)), new byte[0]);
                default -> {
                    int end = Math.min(changed.length, at + 1 + random.nextInt(8));
                    changed = spliced(changed, at, at, Arrays.copyOfRange(changed, at, end));
                }
            }
        }
        return changed;
    }

    private static byte[] spliced(byte[] body, int from, int to, byte[] with) {
        byte[] result = new byte[body.length - (to - from) + with.length];
        System.arraycopy(body, 0, result, 0, from);
        System.arraycopy(with, 0, result, from, with.length);
        System.arraycopy(body, to, result, from + with.length, body.length - to);
        return result;
    }

    private static String space(Random random) {
        return random.nextInt(4) == 0 ? pick(random, " ", "\n", "\t", "\r\n", "        ") : "";
    }

    private static String pick(Random random, String... texts) {
        return texts[random.nextInt(texts.length)];
    }
}
