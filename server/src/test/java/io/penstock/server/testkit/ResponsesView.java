package io.penstock.server.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads answers as strict clients of the Responses API do. */
final class ResponsesView {
    private final boolean own;
    private final List<JsonNode> done = new ArrayList<>(); // items by output_index; null while they go on
    private final List<JsonNode> added = new ArrayList<>();
    private final Map<String, StringBuilder> fragments = new HashMap<>(); // by item id

    /** @param own whether it is OpenRouter's dialect */
    ResponsesView(boolean own) {
        this.own = own;
    }

    ClientView stream(List<ClientView.Frame> frames) {
        assertThat(frames).as("events").hasSizeGreaterThan(3);
        OpenResponses.consistent(frames);
        String id = null;
        for (int i = 0; i < frames.size(); i++) {
            JsonNode event = frames.get(i).json();
            OpenResponses.event(event);
            String type = ClientView.string(event, "type");
            assertThat(frames.get(i).name()).as("name of %s", event).isEqualTo(type);
            assertThat(ClientView.number(event, "sequence_number"))
                    .as("number of %s", event)
                    .isEqualTo(i);
            boolean last = i == frames.size() - 1;
            assertThat(type.matches("response\\.(completed|incomplete)"))
                    .as("the end: %s", type)
                    .isEqualTo(last);
            assertThat(type.equals("response.created"))
                    .as("the beginning: %s", type)
                    .isEqualTo(i == 0);
            assertThat(type.equals("response.in_progress")).isEqualTo(i == 1);
            if (i < 2 || last) {
                JsonNode response = event.path("response");
                id = id == null ? ClientView.string(response, "id") : id;
                assertThat(ClientView.string(response, "id")).isEqualTo(id);
                if (!last) {
                    assertThat(ClientView.string(response, "status")).isEqualTo("in_progress");
                    assertThat(response.path("output").isArray()).isTrue();
                    assertThat(response.path("output")).isEmpty();
                }
            } else {
                item(type, event);
            }
        }
        JsonNode end = frames.get(frames.size() - 1).json();
        JsonNode response = end.path("response");
        assertThat("response." + ClientView.string(response, "status")).isEqualTo(ClientView.string(end, "type"));
        assertThat(done).as("items that are done").doesNotContainNull();
        assertThat(response.path("output")).as("output").containsExactlyElementsOf(done);
        return plain(response);
    }

    private void item(String type, JsonNode event) {
        int index = (int) ClientView.number(event, "output_index");
        if (type.equals("response.output_item.added")) {
            assertThat(index).as("index of %s", event).isEqualTo(added.size());
            added.add(event.path("item"));
            done.add(null);
            fragments.put(ClientView.string(event.path("item"), "id"), new StringBuilder());
            return;
        }
        assertThat(index).as("index of %s", event).isLessThan(added.size());
        assertThat(done.get(index))
                .as("nothing of an item behind its end: %s", event)
                .isNull();
        JsonNode begun = added.get(index);
        String id = ClientView.string(begun, "id");
        StringBuilder all = fragments.get(id);
        if (type.equals("response.output_item.done")) {
            JsonNode item = event.path("item");
            assertThat(ClientView.string(item, "id")).isEqualTo(id);
            assertThat(item.path("type")).isEqualTo(begun.path("type"));
            assertThat(said(item).text()).as("the fragments of %s", item).isEqualTo(all.toString());
            done.set(index, item);
            return;
        }
        assertThat(ClientView.string(event, "item_id")).isEqualTo(id);
        switch (type) {
            case "response.output_text.delta" -> {
                assertThat(ClientView.string(begun, "type")).isEqualTo("message");
                all.append(ClientView.string(event, "delta"));
            }
            case "response.reasoning_summary_text.delta" -> {
                assertThat(ClientView.string(begun, "type")).isEqualTo("reasoning");
                all.append(ClientView.string(event, "delta"));
            }
            case "response.function_call_arguments.delta" -> {
                assertThat(ClientView.string(begun, "type")).isEqualTo("function_call");
                all.append(ClientView.string(event, "delta"));
            }
            case "response.output_text.done", "response.reasoning_summary_text.done" ->
                assertThat(ClientView.string(event, "text")).isEqualTo(all.toString());
            case "response.function_call_arguments.done" ->
                assertThat(ClientView.string(event, "arguments")).isEqualTo(all.toString());
            case "response.content_part.added", "response.reasoning_summary_part.added" ->
                assertThat(ClientView.string(event.path("part"), "text")).isEmpty();
            case "response.content_part.done", "response.reasoning_summary_part.done" ->
                assertThat(ClientView.string(event.path("part"), "text")).isEqualTo(all.toString());
            default -> throw new AssertionError("unknown event: " + event);
        }
    }

    ClientView plain(JsonNode response) {
        OpenResponses.response(response);
        assertThat(ClientView.string(response, "object")).isEqualTo("response");
        assertThat(ClientView.string(response, "id")).startsWith(own ? "gen-" : "resp_");
        assertThat(ClientView.number(response, "created_at")).isPositive();
        ClientView.isNull(response, "error");
        List<TranscriptPart> said = new ArrayList<>();
        response.path("output").forEach(item -> said.add(said(item)));
        boolean calls = said.stream().anyMatch(one -> one.kind() == TranscriptPart.Kind.CALL);
        Finish finish = calls ? Finish.CALLS : Finish.STOP;
        if (ClientView.string(response, "status").equals("incomplete")) {
            String why = ClientView.string(response.path("incomplete_details"), "reason");
            finish = why.equals("max_output_tokens") ? Finish.LENGTH : Finish.FILTER;
        } else {
            assertThat(ClientView.string(response, "status")).isEqualTo("completed");
            ClientView.isNull(response, "incomplete_details");
        }
        JsonNode usage = response.path("usage");
        long input = ClientView.number(usage, "input_tokens");
        long output = ClientView.number(usage, "output_tokens");
        assertThat(ClientView.number(usage, "total_tokens")).isEqualTo(input + output);
        return new ClientView(
                ClientView.string(response, "id"),
                ClientView.string(response, "model"),
                said,
                finish,
                new Counts(
                        input,
                        ClientView.number(usage.path("input_tokens_details"), "cached_tokens"),
                        usage.path("input_tokens_details")
                                .path("cache_write_tokens")
                                .asLong(0),
                        output,
                        ClientView.number(usage.path("output_tokens_details"), "reasoning_tokens")),
                ClientView.cost(usage, own),
                -1);
    }

    /** A whole item. */
    private static TranscriptPart said(JsonNode item) {
        switch (ClientView.string(item, "type")) {
            case "message" -> {
                assertThat(ClientView.string(item, "role")).isEqualTo("assistant");
                assertThat(ClientView.string(item, "status")).isEqualTo("completed");
                StringBuilder text = new StringBuilder();
                for (JsonNode part : item.path("content")) {
                    assertThat(ClientView.string(part, "type")).isEqualTo("output_text");
                    assertThat(part.path("annotations").isArray()).isTrue();
                    text.append(ClientView.string(part, "text"));
                }
                return TranscriptPart.text(text.toString());
            }
            case "reasoning" -> {
                StringBuilder text = new StringBuilder();
                for (JsonNode part : item.path("summary")) {
                    assertThat(ClientView.string(part, "type")).isEqualTo("summary_text");
                    text.append(ClientView.string(part, "text"));
                }
                return TranscriptPart.thinking(text.toString(), ClientView.string(item, "encrypted_content"));
            }
            case "function_call" -> {
                assertThat(ClientView.string(item, "status")).isEqualTo("completed");
                return TranscriptPart.call(
                        ClientView.string(item, "call_id"),
                        ClientView.string(item, "name"),
                        ClientView.string(item, "arguments"));
            }
            default -> throw new AssertionError("unknown item: " + item);
        }
    }
}
