package io.penstock.server.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Holds streams of the Responses protocol to what their clients check: one response from the first event to the last, numbers
 * that rise by one, and, in what we write ourselves, all members of the table that translation's own tests use too.
 */
public final class OpenResponses {
    private static final Path TABLE = Path.of("../core/src/test/resources/wire/open-responses.txt"); // from this module
    private static final Map<String, Map<String, String>> SHAPES = read();

    private OpenResponses() {}

    private static Map<String, Map<String, String>> read() {
        Map<String, Map<String, String>> shapes = new LinkedHashMap<>();
        try {
            for (String line : Files.readAllLines(TABLE)) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    String[] fields = line.split(" ", 3);
                    shapes.computeIfAbsent(fields[0], none -> new LinkedHashMap<>())
                            .put(fields[1], fields[2]);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return shapes;
    }

    /** A stream that ends with our {@code response.failed}; returns that event. */
    public static JsonNode broken(String sse) {
        List<ClientView.Frame> frames = ClientView.frames(sse);
        consistent(frames);
        JsonNode last = frames.get(frames.size() - 1).json();
        assertThat(last.path("type").asText()).isEqualTo("response.failed");
        event(last);
        return last;
    }

    /** One response throughout, each event under its type's name and the next number. */
    static void consistent(List<ClientView.Frame> frames) {
        JsonNode first = frames.get(0).json();
        assertThat(first.path("type").asText()).isEqualTo("response.created");
        for (int i = 0; i < frames.size(); i++) {
            JsonNode event = frames.get(i).json();
            assertThat(frames.get(i).name()).isEqualTo(event.path("type").asText());
            assertThat(event.path("sequence_number").asLong(-1))
                    .as("number of %s", event)
                    .isEqualTo(first.path("sequence_number").asLong() + i);
            JsonNode response = event.path("response");
            if (response.isObject()) {
                for (String same : List.of("id", "created_at", "model")) {
                    assertThat(response.path(same))
                            .as("%s of %s", same, event)
                            .isEqualTo(first.path("response").path(same));
                }
            }
        }
    }

    /** An event that we wrote. */
    static void event(JsonNode event) {
        String type = event.path("type").asText();
        shape("event." + type, event, type);
        if (event.path("response").isObject()) {
            response(event.path("response"));
        }
    }

    /** A response that we wrote. */
    static void response(JsonNode response) {
        shape("response", response, "response");
        boolean complete = response.path("status").asText().equals("completed");
        assertThat(response.path("completed_at").isNumber()).as("completed_at").isEqualTo(complete);
        if (complete) {
            assertThat(response.path("completed_at").asLong())
                    .isGreaterThanOrEqualTo(response.path("created_at").asLong());
        }
    }

    private static void shape(String shape, JsonNode value, String path) {
        Map<String, String> members = SHAPES.getOrDefault(shape, Map.of());
        assertThat(members).as("a shape for %s: %s", path, shape).isNotEmpty();
        assertThat(value.isObject()).as(path).isTrue();
        members.forEach((name, types) -> {
            JsonNode member = value.get(name);
            String at = path + "." + name;
            if (types.startsWith("list ")) {
                if (member == null || !member.isArray()) {
                    throw new AssertionError(at + ": " + member + " (expected: a list)");
                }
                member.forEach(element -> check(types.substring("list ".length()), element, at));
            } else {
                check(types, member, at);
            }
        });
    }

    private static void check(String types, @Nullable JsonNode value, String path) {
        if (value == null) {
            throw new AssertionError(path + " is missing");
        }
        for (String type : types.split("\\|", -1)) {
            boolean is = switch (type) {
                case "string" -> value.isTextual();
                case "integer" -> value.isIntegralNumber();
                case "number" -> value.isNumber();
                case "boolean" -> value.isBoolean();
                case "object" -> value.isObject();
                case "array" -> value.isArray();
                case "null" -> value.isNull();
                default -> type.startsWith("\"") ? type.equals("\"" + value.asText() + "\"") : value.isObject();
            };
            if (is) {
                if (type.startsWith("@")) {
                    shape(type.substring(1) + "." + value.path("type").asText(), value, path);
                } else if (SHAPES.containsKey(type)) {
                    shape(type, value, path);
                }
                return;
            }
        }
        throw new AssertionError(path + ": " + value + " (expected: " + types + ")");
    }
}
