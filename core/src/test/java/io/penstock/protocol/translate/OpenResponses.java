package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.translate.Json.Tree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Holds responses and their events to the table of what they must have ({@code wire/open-responses.txt}). */
final class OpenResponses {
    private static final Map<String, Map<String, String>> SHAPES = read();

    private OpenResponses() {}

    private static Map<String, Map<String, String>> read() {
        Map<String, Map<String, String>> shapes = new LinkedHashMap<>();
        try (var in = Objects.requireNonNull(OpenResponses.class.getResourceAsStream("/wire/open-responses.txt"))) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(line -> line.split(" ", 3))
                    .forEach(line -> shapes.computeIfAbsent(line[0], none -> new LinkedHashMap<>())
                            .put(line[1], line[2]));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return shapes;
    }

    /** An event of a stream, whatever it tells. */
    static void event(Tree event) {
        String type = event.get("type").text();
        shape("event." + type, event, type);
        if (event.get("response").isObject()) {
            response(event.get("response"));
            String status = event.get("response").get("status").text();
            assertThat(type.equals("response.created") ? "response.in_progress" : type)
                    .isEqualTo("response." + status);
        }
    }

    /** A whole response. */
    static void response(Tree response) {
        shape("response", response, "response");
        String status = response.get("status").text();
        assertThat(!response.get("completed_at").isNull()).as("completed_at").isEqualTo(status.equals("completed"));
        assertThat(!response.get("error").isNull()).as("error").isEqualTo(status.equals("failed"));
        assertThat(!response.get("incomplete_details").isNull())
                .as("incomplete_details")
                .isEqualTo(status.equals("incomplete"));
    }

    private static void shape(String shape, Tree value, String path) {
        Map<String, String> members = SHAPES.getOrDefault(shape, Map.of());
        assertThat(members).as("a shape for %s: %s", path, shape).isNotEmpty();
        assertThat(value.isObject()).as(path).isTrue();
        members.forEach((name, types) -> {
            String at = path + "." + name;
            assertThat(value.has(name)).as("%s is there: %s", at, value).isTrue();
            Tree member = value.get(name);
            if (types.startsWith("list ")) {
                assertThat(member.isArray()).as(at).isTrue();
                member.list().forEach(element -> check(types.substring("list ".length()), element, at));
            } else {
                check(types, member, at);
            }
        });
    }

    private static void check(String types, Tree value, String path) {
        for (String type : types.split("\\|", -1)) {
            boolean is = switch (type) {
                case "string" -> value.isString();
                case "integer" -> value.value() instanceof BigDecimal number && number.scale() <= 0;
                case "number" -> value.value() instanceof BigDecimal;
                case "boolean" -> value.value() instanceof Boolean;
                case "object" -> value.isObject();
                case "array" -> value.isArray();
                case "null" -> value.isNull();
                default -> type.startsWith("\"") ? type.equals("\"" + value.text() + "\"") : value.isObject();
            };
            if (is) {
                if (type.startsWith("@")) {
                    shape(type.substring(1) + "." + value.get("type").text(), value, path);
                } else if (SHAPES.containsKey(type)) {
                    shape(type, value, path);
                }
                return;
            }
        }
        throw new AssertionError(path + ": " + value + " (expected: " + types + ")");
    }
}
