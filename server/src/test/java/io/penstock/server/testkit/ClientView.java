package io.penstock.server.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.protocol.Protocol;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client was told by a complete answer, read as strictly as the strictest client of its protocol would: order of events,
 * ids, indexes, terminator, and no usage that nobody asked for. Reading fails where the answer is not right.
 *
 * @param said text, thoughts and calls, in their order (chat tells thoughts first, calls last)
 * @param counts null if no usage was told
 * @param costNanos of OpenRouter's {@code usage.cost}; -1 if none was told
 * @param inputAtStart what {@code message_start} says of the input; -1 in other protocols
 */
public record ClientView(
        String id,
        String model,
        List<TranscriptPart> said,
        Finish finish,
        @Nullable Counts counts,
        long costNanos,
        long inputAtStart) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What a path's clients speak. */
    public static Protocol protocol(String path) {
        return path.endsWith("messages")
                ? Protocol.ANTHROPIC
                : path.endsWith("responses") ? Protocol.RESPONSES : Protocol.OPENAI;
    }

    /** Reads a stream. {@code usageAsked} matters on OpenAI's chat alone. */
    public static ClientView stream(String path, String text, boolean usageAsked) {
        return switch (protocol(path)) {
            case OPENAI -> new ChatView(own(path), usageAsked).stream(frames(text));
            case ANTHROPIC -> new MessagesView(own(path)).stream(frames(text));
            case RESPONSES -> new ResponsesView(own(path)).stream(frames(text));
        };
    }

    /** Reads a whole answer. */
    public static ClientView plain(String path, String text) {
        JsonNode answer = json(text);
        return switch (protocol(path)) {
            case OPENAI -> new ChatView(own(path), true).plain(answer);
            case ANTHROPIC -> new MessagesView(own(path)).plain(answer);
            case RESPONSES -> new ResponsesView(own(path)).plain(answer);
        };
    }

    /** What was said without what is not for reading. */
    public List<TranscriptPart> open() {
        return said.stream().map(TranscriptPart::open).toList();
    }

    /** All text. */
    public String text() {
        StringBuilder text = new StringBuilder();
        said.stream().filter(one -> one.kind() == TranscriptPart.Kind.TEXT).forEach(one -> text.append(one.text()));
        return text.toString();
    }

    private static boolean own(String path) {
        return path.startsWith("/api");
    }

    // ---- frames

    /** One event: its name, null if it has none, and its data. */
    record Frame(@Nullable String name, String data) {
        JsonNode json() {
            return ClientView.json(data);
        }
    }

    /** The events of a stream without its comments. Every frame must be whole and hold nothing but what is known. */
    static List<Frame> frames(String stream) {
        assertThat(stream).as("a stream of whole events").endsWith("\n\n").doesNotContain("\r");
        List<Frame> frames = new ArrayList<>();
        for (String frame : stream.substring(0, stream.length() - 2).split("\n\n", -1)) {
            if (frame.startsWith(":")) {
                assertThat(frame).as("a comment").doesNotContain("\n");
                continue;
            }
            String[] lines = frame.split("\n", -1);
            String name = null;
            int data = 0;
            if (lines[0].startsWith("event: ")) {
                name = lines[0].substring("event: ".length());
                data = 1;
            }
            assertThat(lines).as("frame %s", frame).hasSize(data + 1);
            assertThat(lines[data]).as("frame %s", frame).startsWith("data: ");
            frames.add(new Frame(name, lines[data].substring("data: ".length())));
        }
        return frames;
    }

    static JsonNode json(String text) {
        try {
            JsonNode json = JSON.readTree(text);
            assertThat(json).as("JSON").isNotNull();
            return json;
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
    }

    // ---- small readers

    static String string(JsonNode in, String name) {
        assertThat(in.path(name).isTextual())
                .as("%s of %s is a string", name, in)
                .isTrue();
        return in.path(name).textValue();
    }

    static long number(JsonNode in, String name) {
        assertThat(in.path(name).isIntegralNumber())
                .as("%s of %s is a number", name, in)
                .isTrue();
        return in.path(name).longValue();
    }

    static void isNull(JsonNode in, String name) {
        assertThat(in.path(name).isNull()).as("%s of %s is null", name, in).isTrue();
    }

    static long cost(JsonNode usage, boolean own) {
        assertThat(usage.has("cost")).as("a cost in %s", usage).isEqualTo(own);
        return own
                ? new BigDecimal(usage.path("cost").asText()).movePointRight(9).longValueExact()
                : -1;
    }
}
