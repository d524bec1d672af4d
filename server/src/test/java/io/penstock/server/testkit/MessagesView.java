package io.penstock.server.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads answers as strict clients of Anthropic messages do. */
final class MessagesView {
    private final boolean own;
    private final List<TranscriptPart> said = new ArrayList<>();

    // the open block
    private @Nullable String block;
    private StringBuilder text = new StringBuilder();
    private String id = "";
    private String name = "";
    private String sealed = "";

    /** @param own whether it is OpenRouter's dialect */
    MessagesView(boolean own) {
        this.own = own;
    }

    ClientView stream(List<ClientView.Frame> all) {
        List<ClientView.Frame> frames =
                all.stream().filter(frame -> !"ping".equals(frame.name())).toList();
        assertThat(frames).as("events").hasSizeGreaterThan(2);
        JsonNode message = null;
        JsonNode end = null;
        boolean stopped = false;
        int index = -1;
        for (ClientView.Frame frame : frames) {
            JsonNode event = frame.json();
            String type = ClientView.string(event, "type");
            assertThat(frame.name()).as("name of %s", frame).isEqualTo(type);
            assertThat(stopped).as("nothing behind message_stop").isFalse();
            assertThat(message == null).as("message_start first, and once").isEqualTo(type.equals("message_start"));
            if (type.startsWith("content_block")) {
                assertThat(end).as("no block behind message_delta").isNull();
                assertThat(block == null).as("blocks do not overlap").isEqualTo(type.equals("content_block_start"));
                index += type.equals("content_block_start") ? 1 : 0;
                assertThat(ClientView.number(event, "index"))
                        .as("index of %s", event)
                        .isEqualTo(index);
            }
            switch (type) {
                case "message_start" -> {
                    message = event.path("message");
                    assertThat(message.path("content").isArray()).isTrue();
                    assertThat(message.path("content")).isEmpty();
                    ClientView.isNull(message, "stop_reason");
                    ClientView.isNull(message, "stop_sequence");
                    ClientView.number(message.path("usage"), "input_tokens");
                    ClientView.number(message.path("usage"), "output_tokens");
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
        return told(
                message,
                end.path("delta"),
                end.path("usage"),
                ClientView.number(message.path("usage"), "input_tokens"));
    }

    ClientView plain(JsonNode answer) {
        for (JsonNode content : answer.path("content")) {
            open(content, false);
            close(false);
        }
        return told(answer, answer, answer.path("usage"), -1);
    }

    private void open(JsonNode content, boolean stream) {
        String type = ClientView.string(content, "type");
        block = type;
        text = new StringBuilder();
        id = "";
        name = "";
        sealed = "";
        switch (type) {
            case "text" -> text.append(ClientView.string(content, "text"));
            case "thinking" -> {
                text.append(ClientView.string(content, "thinking"));
                sealed = ClientView.string(content, "signature");
            }
            case "redacted_thinking" -> sealed = ClientView.string(content, "data");
            case "tool_use" -> {
                id = ClientView.string(content, "id");
                name = ClientView.string(content, "name");
                assertThat(content.has("input")).isTrue();
                text.append(stream ? "" : content.path("input").toString());
            }
            default -> throw new AssertionError("unknown block: " + content);
        }
        assertThat(stream && text.length() > 0).as("a block that begins empty").isFalse();
    }

    private void delta(JsonNode delta) {
        String type = ClientView.string(delta, "type");
        assertThat(sealed).as("nothing behind the signature").isEmpty();
        String expected = switch (type) {
            case "text_delta" -> {
                text.append(ClientView.string(delta, "text"));
                yield "text";
            }
            case "thinking_delta" -> {
                text.append(ClientView.string(delta, "thinking"));
                yield "thinking";
            }
            case "signature_delta" -> {
                sealed = ClientView.string(delta, "signature");
                yield "thinking";
            }
            case "input_json_delta" -> {
                text.append(ClientView.string(delta, "partial_json"));
                yield "tool_use";
            }
            default -> throw new AssertionError("unknown delta: " + delta);
        };
        assertThat(block).as("block of a %s", type).isEqualTo(expected);
    }

    private void close(boolean stream) {
        switch (block) {
            case "text" -> said.add(TranscriptPart.text(text.toString()));
            case "tool_use" ->
                said.add(TranscriptPart.call(id, name, stream && text.length() == 0 ? "{}" : text.toString()));
            default -> {
                assertThat(sealed).as("a signature").isNotEmpty();
                said.add(TranscriptPart.thinking(text.toString(), sealed));
            }
        }
        block = null;
    }

    private ClientView told(JsonNode head, JsonNode end, JsonNode usage, long atStart) {
        assertThat(ClientView.string(head, "type")).isEqualTo("message");
        assertThat(ClientView.string(head, "role")).isEqualTo("assistant");
        assertThat(ClientView.string(head, "id")).startsWith(own ? "gen-" : "msg_");
        assertThat(end.has("stop_sequence")).isTrue();
        long read = ClientView.number(usage, "cache_read_input_tokens");
        long written = ClientView.number(usage, "cache_creation_input_tokens");
        return new ClientView(
                ClientView.string(head, "id"),
                ClientView.string(head, "model"),
                said,
                Finish.ofMessages(ClientView.string(end, "stop_reason")),
                new Counts(
                        ClientView.number(usage, "input_tokens") + read + written,
                        read,
                        written,
                        ClientView.number(usage, "output_tokens"),
                        usage.path("output_tokens_details")
                                .path("thinking_tokens")
                                .asLong(0)),
                ClientView.cost(usage, own),
                atStart);
    }
}
