package io.penstock.server.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads answers as strict clients of Anthropic messages do. */
final class ToldMessages {
    private final boolean own;
    private final List<Said> said = new ArrayList<>();

    // the open block
    private @Nullable String block;
    private StringBuilder text = new StringBuilder();
    private String id = "";
    private String name = "";
    private String sealed = "";

    /** @param own whether it is OpenRouter's dialect */
    ToldMessages(boolean own) {
        this.own = own;
    }

    Told stream(List<Told.Frame> all) {
        List<Told.Frame> frames =
                all.stream().filter(frame -> !"ping".equals(frame.name())).toList();
        assertThat(frames).as("events").hasSizeGreaterThan(2);
        JsonNode message = null;
        JsonNode end = null;
        boolean stopped = false;
        int index = -1;
        for (Told.Frame frame : frames) {
            JsonNode event = frame.json();
            String type = Told.string(event, "type");
            assertThat(frame.name()).as("name of %s", frame).isEqualTo(type);
            assertThat(stopped).as("nothing behind message_stop").isFalse();
            assertThat(message == null).as("message_start first, and once").isEqualTo(type.equals("message_start"));
            if (type.startsWith("content_block")) {
                assertThat(end).as("no block behind message_delta").isNull();
                assertThat(block == null).as("blocks do not overlap").isEqualTo(type.equals("content_block_start"));
                index += type.equals("content_block_start") ? 1 : 0;
                assertThat(Told.number(event, "index")).as("index of %s", event).isEqualTo(index);
            }
            switch (type) {
                case "message_start" -> {
                    message = event.path("message");
                    assertThat(message.path("content").isArray()).isTrue();
                    assertThat(message.path("content")).isEmpty();
                    Told.isNull(message, "stop_reason");
                    Told.isNull(message, "stop_sequence");
                    Told.number(message.path("usage"), "input_tokens");
                    Told.number(message.path("usage"), "output_tokens");
                }
                case "content_block_start" -> open(event.path("content_block"), true);
                case "content_block_delta" -> delta(event.path("delta"));
                case "content_block_stop" -> close(true);
                case "message_delta" -> {
                    assertThat(end).as("message_delta once").isNull();
                    assertThat(block).as("no open block").isNull();
                    end = event;
                }
                case "message_stop" -> {
                    assertThat(end).as("message_delta before message_stop").isNotNull();
                    stopped = true;
                }
                default -> throw new AssertionError("unknown event: " + frame);
            }
        }
        assertThat(stopped).as("message_stop").isTrue();
        return told(message, end.path("delta"), end.path("usage"), Told.number(message.path("usage"), "input_tokens"));
    }

    Told plain(JsonNode answer) {
        for (JsonNode content : answer.path("content")) {
            open(content, false);
            close(false);
        }
        return told(answer, answer, answer.path("usage"), -1);
    }

    private void open(JsonNode content, boolean stream) {
        String type = Told.string(content, "type");
        block = type;
        text = new StringBuilder();
        id = "";
        name = "";
        sealed = "";
        switch (type) {
            case "text" -> text.append(Told.string(content, "text"));
            case "thinking" -> {
                text.append(Told.string(content, "thinking"));
                sealed = Told.string(content, "signature");
            }
            case "redacted_thinking" -> sealed = Told.string(content, "data");
            case "tool_use" -> {
                id = Told.string(content, "id");
                name = Told.string(content, "name");
                assertThat(content.has("input")).isTrue();
                text.append(stream ? "" : content.path("input").toString());
            }
            default -> throw new AssertionError("unknown block: " + content);
        }
        assertThat(stream && text.length() > 0).as("a block that begins empty").isFalse();
    }

    private void delta(JsonNode delta) {
        String type = Told.string(delta, "type");
        assertThat(sealed).as("nothing behind the signature").isEmpty();
        String expected = switch (type) {
            case "text_delta" -> {
                text.append(Told.string(delta, "text"));
                yield "text";
            }
            case "thinking_delta" -> {
                text.append(Told.string(delta, "thinking"));
                yield "thinking";
            }
            case "signature_delta" -> {
                sealed = Told.string(delta, "signature");
                yield "thinking";
            }
            case "input_json_delta" -> {
                text.append(Told.string(delta, "partial_json"));
                yield "tool_use";
            }
            default -> throw new AssertionError("unknown delta: " + delta);
        };
        assertThat(block).as("block of a %s", type).isEqualTo(expected);
    }

    private void close(boolean stream) {
        switch (block) {
            case "text" -> said.add(Said.text(text.toString()));
            case "tool_use" -> said.add(Said.call(id, name, stream && text.length() == 0 ? "{}" : text.toString()));
            default -> {
                assertThat(sealed).as("a signature").isNotEmpty();
                said.add(Said.thinking(text.toString(), sealed));
            }
        }
        block = null;
    }

    private Told told(JsonNode head, JsonNode end, JsonNode usage, long atStart) {
        assertThat(Told.string(head, "type")).isEqualTo("message");
        assertThat(Told.string(head, "role")).isEqualTo("assistant");
        assertThat(Told.string(head, "id")).startsWith(own ? "gen-" : "msg_");
        assertThat(end.has("stop_sequence")).isTrue();
        long read = Told.number(usage, "cache_read_input_tokens");
        long written = Told.number(usage, "cache_creation_input_tokens");
        return new Told(
                Told.string(head, "id"),
                Told.string(head, "model"),
                said,
                Finish.ofMessages(Told.string(end, "stop_reason")),
                new Counts(
                        Told.number(usage, "input_tokens") + read + written,
                        read,
                        written,
                        Told.number(usage, "output_tokens"),
                        usage.path("output_tokens_details")
                                .path("thinking_tokens")
                                .asLong(0)),
                Told.cost(usage, own),
                atStart);
    }
}
