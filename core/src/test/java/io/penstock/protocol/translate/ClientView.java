package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.Protocol;
import io.penstock.protocol.translate.Json.Tree;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a client hears of an answer, as strict about its protocol as the strictest SDK: lines as in {@link Transcript#lines}, the
 * reason in the client's word, the usage, and the assistant's part of the client's next request.
 *
 * @param history elements of {@code messages}, or of {@code input}
 */
record ClientView(List<String> lines, String reason, Tree usage, List<String> history) {

    static ClientView whole(Protocol client, String json) {
        Tree root = Json.parse(json);
        return switch (client) {
            case OPENAI -> chat(root);
            case ANTHROPIC -> messages(root);
            case RESPONSES -> {
                OpenResponses.response(root);
                yield responses(root);
            }
        };
    }

    static ClientView stream(Protocol client, String sse) {
        assertThat(sse).endsWith("\n\n");
        List<String> events = List.of(sse.substring(0, sse.length() - 2).split("\n\n"));
        return switch (client) {
            case OPENAI -> chat(chatStream(events));
            case ANTHROPIC -> messages(messagesStream(named(events)));
            case RESPONSES -> responses(responsesStream(named(events)));
        };
    }

    /** The data of events that have a name, which is their type. */
    private static List<Tree> named(List<String> events) {
        List<Tree> all = new ArrayList<>();
        for (String event : events) {
            String[] lines = event.split("\n", -1);
            assertThat(lines).as(event).hasSize(2);
            assertThat(lines[0]).startsWith("event: ");
            assertThat(lines[1]).startsWith("data: ");
            Tree data = Json.parse(lines[1].substring("data: ".length()));
            assertThat(lines[0]).isEqualTo("event: " + data.get("type").text());
            all.add(data);
        }
        return all;
    }

    // ---- Chat

    private static ClientView chat(Tree root) {
        assertThat(root.get("object").text()).isEqualTo("chat.completion");
        assertThat(root.get("id").text()).startsWith("chatcmpl-");
        assertThat(root.get("choices").list()).hasSize(1);
        Tree choice = root.get("choices").list().get(0);
        assertThat(choice.get("index").number()).isZero();
        Tree message = choice.get("message");
        assertThat(message.get("role").text()).isEqualTo("assistant");
        List<String> lines = new ArrayList<>();
        lines.add("text " + message.get("content").text());
        boolean details = message.has("reasoning") || message.has("reasoning_details");
        lines.add("thinking "
                + message.get(details ? "reasoning" : "reasoning_content").text());
        for (Tree detail : message.get("reasoning_details").list()) {
            boolean encrypted = detail.get("type").text().equals("reasoning.encrypted");
            Tree seal = detail.get(encrypted ? "data" : "signature");
            lines.add("detail " + detail.get("text").text() + " | " + (seal.isNull() ? "null" : seal.text()));
        }
        for (Tree call : message.get("tool_calls").list()) {
            assertThat(call.get("type").text()).isEqualTo("function");
            Tree function = call.get("function");
            assertThat(function.get("arguments").text()).isNotEmpty();
            lines.add(
                    "call " + call.get("id").text() + " " + function.get("name").text() + " "
                            + Transcript.arguments(function.get("arguments").text()));
        }
        return new ClientView(
                lines, choice.get("finish_reason").text(), root.get("usage"), List.of(message.toString()));
    }

    private static Tree chatStream(List<String> events) {
        assertThat(events.get(events.size() - 1)).isEqualTo("data: [DONE]");
        StringBuilder content = new StringBuilder();
        StringBuilder thought = new StringBuilder();
        Map<Integer, Map<String, Object>> details = new TreeMap<>();
        List<Map<String, Object>> calls = new ArrayList<>();
        String reason = "";
        boolean reasoning = false;
        Object usage = null;
        for (int i = 0; i < events.size() - 1; i++) {
            Tree chunk = Json.parse(events.get(i).substring("data: ".length()));
            assertThat(chunk.get("id").text()).isEqualTo("chatcmpl-0a1b");
            assertThat(chunk.get("object").text()).isEqualTo("chat.completion.chunk");
            assertThat(chunk.get("created").number()).isEqualTo(1_700_000_000);
            assertThat(chunk.get("model").text()).isEqualTo("lab/model");
            if (i == events.size() - 2) {
                assertThat(chunk.get("choices").list()).isEmpty();
                assertThat(reason).as("a reason before the usage").isNotEmpty();
                usage = chunk.get("usage").value();
                continue;
            }
            assertThat(chunk.has("usage")).isFalse(); // null would be an error to some
            assertThat(chunk.get("choices").list()).hasSize(1);
            Tree choice = chunk.get("choices").list().get(0);
            Tree delta = choice.get("delta");
            assertThat(delta.has("role")).as("the role comes first and once").isEqualTo(i == 0);
            assertThat(reason).as("nothing but usage follows the reason").isEmpty();
            reason = choice.get("finish_reason").text();
            content.append(delta.get("content").text());
            reasoning |= delta.has("reasoning") || delta.has("reasoning_details");
            thought.append(delta.get("reasoning").text())
                    .append(delta.get("reasoning_content").text());
            for (Tree detail : delta.get("reasoning_details").list()) {
                Map<String, Object> merged =
                        details.computeIfAbsent(detail.get("index").number(), k -> new LinkedHashMap<>());
                merged.put("type", detail.get("type").text());
                merged.merge("text", detail.get("text").text(), (a, b) -> "" + a + b);
                for (String name : List.of("signature", "data")) {
                    if (detail.get(name).isString()) {
                        assertThat(merged.put(name, detail.get(name).text())).isNull();
                    }
                }
            }
            for (Tree call : delta.get("tool_calls").list()) {
                int index = call.get("index").number();
                Tree function = call.get("function");
                if (index == calls.size()) {
                    Map<String, Object> begun = new LinkedHashMap<>();
                    begun.put("id", call.get("id").text());
                    begun.put("type", call.get("type").text());
                    begun.put("name", function.get("name").text());
                    begun.put("arguments", function.get("arguments").text());
                    assertThat(begun.get("name")).isNotEqualTo("");
                    calls.add(begun);
                } else {
                    assertThat(call.has("id") || call.has("type") || function.has("name"))
                            .isFalse();
                    calls.get(index)
                            .merge("arguments", function.get("arguments").text(), (a, b) -> "" + a + b);
                }
            }
        }
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("role", "assistant");
        message.put("content", content.toString());
        if (!thought.isEmpty() || reasoning) {
            message.put(reasoning ? "reasoning" : "reasoning_content", thought.toString());
        }
        if (!details.isEmpty()) {
            message.put("reasoning_details", new ArrayList<>(details.values()));
        }
        List<Object> toolCalls = new ArrayList<>();
        for (Map<String, Object> call : calls) {
            toolCalls.add(Map.of(
                    "id",
                    get(call, "id"),
                    "type",
                    get(call, "type"),
                    "function",
                    Map.of("name", get(call, "name"), "arguments", get(call, "arguments"))));
        }
        if (!calls.isEmpty()) {
            message.put("tool_calls", toolCalls);
        }
        assertThat(usage).isNotNull();
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("id", "chatcmpl-0a1b");
        root.put("object", "chat.completion");
        root.put(
                "choices",
                List.of(Map.of("index", new java.math.BigDecimal(0), "message", message, "finish_reason", reason)));
        root.put("usage", usage);
        return new Tree(root);
    }

    private static Object get(Map<String, Object> map, String name) {
        Object value = map.get(name);
        assertThat(value).as(name).isNotNull();
        return value == null ? "" : value;
    }

    // ---- Messages

    private static ClientView messages(Tree root) {
        assertThat(root.get("type").text()).isEqualTo("message");
        assertThat(root.get("role").text()).isEqualTo("assistant");
        assertThat(root.get("id").text()).startsWith("msg_");
        List<String> lines = new ArrayList<>();
        for (Tree block : root.get("content").list()) {
            lines.add(
                    switch (block.get("type").text()) {
                        case "text" -> "text " + block.get("text").text();
                        case "thinking" ->
                            "thinking " + block.get("thinking").text() + " | "
                                    + block.get("signature").text();
                        case "redacted_thinking" ->
                            "thinking  | " + block.get("data").text();
                        case "tool_use" -> {
                            Tree input = block.get("input");
                            yield "call " + block.get("id").text() + " "
                                    + block.get("name").text() + " "
                                    + Transcript.arguments(input.isString() ? input.text() : input.toString());
                        }
                        default -> throw new AssertionError("a block " + block);
                    });
        }
        String history = "{\"role\":\"assistant\",\"content\":" + root.get("content") + "}";
        return new ClientView(
                lines,
                root.get("stop_reason").text(),
                root.get("usage"),
                root.get("content").list().isEmpty() ? List.of() : List.of(history));
    }

    /** message_start, blocks that never overlap, message_delta, message_stop; pings are nobody's business. */
    private static Tree messagesStream(List<Tree> events) {
        assertThat(events.get(0).get("type").text()).isEqualTo("message_start");
        assertThat(events.get(events.size() - 2).get("type").text()).isEqualTo("message_delta");
        assertThat(events.get(events.size() - 1).toString()).isEqualTo("{\"type\":\"message_stop\"}");
        Tree start = events.get(0).get("message");
        assertThat(start.get("content").list()).isEmpty();
        assertThat(start.has("stop_reason") && start.get("stop_reason").isNull())
                .isTrue();
        assertThat(start.get("usage").get("output_tokens").number()).isZero(); // LangChain adds it up
        List<Object> content = new ArrayList<>();
        Map<String, Object> open = null;
        for (Tree event : events.subList(1, events.size() - 2)) {
            switch (event.get("type").text()) {
                case "content_block_start" -> {
                    assertThat(open).as("blocks do not overlap: " + event).isNull();
                    assertThat(event.get("index").number()).isEqualTo(content.size());
                    open = new LinkedHashMap<>();
                    if (event.get("content_block").value() instanceof Map<?, ?> block) {
                        for (Map.Entry<?, ?> member : block.entrySet()) {
                            open.put("" + member.getKey(), "" + member.getValue());
                        }
                    }
                    if ("tool_use".equals(open.get("type"))) {
                        assertThat(event.get("content_block").get("input").toString())
                                .isEqualTo("{}");
                        open.put("input", "");
                    }
                    content.add(open);
                }
                case "content_block_delta" -> {
                    assertThat(open).as("a delta of an open block: " + event).isNotNull();
                    assertThat(event.get("index").number()).isEqualTo(content.size() - 1);
                    Tree delta = event.get("delta");
                    String kind = delta.get("type").text();
                    String[] wants = switch (kind) {
                        case "text_delta" -> new String[] {"text", "text", "text"};
                        case "thinking_delta" -> new String[] {"thinking", "thinking", "thinking"};
                        case "signature_delta" -> new String[] {"thinking", "signature", "signature"};
                        case "input_json_delta" -> new String[] {"tool_use", "partial_json", "input"};
                        default -> throw new AssertionError("a delta " + delta);
                    };
                    if (open != null) {
                        assertThat(open.get("type")).isEqualTo(wants[0]);
                        assertThat(delta.get(wants[1]).isString()).isTrue();
                        if (kind.equals("thinking_delta")) {
                            assertThat(open.get("signature"))
                                    .as("the signature comes last")
                                    .isEqualTo("");
                        }
                        open.merge(wants[2], delta.get(wants[1]).text(), (a, b) -> "" + a + b);
                    }
                }
                case "content_block_stop" -> {
                    assertThat(event.get("index").number()).isEqualTo(content.size() - 1);
                    assertThat(open).isNotNull();
                    if (open != null && "tool_use".equals(open.get("type"))) {
                        String input = "" + open.get("input");
                        Object parsed = input;
                        try {
                            parsed = input.isEmpty()
                                    ? Map.of()
                                    : Json.parse(input).value();
                        } catch (RuntimeException asTheModelWroteIt) {
                            assertThat(input).isNotEmpty();
                        }
                        open.put("input", parsed == null ? "" : parsed);
                    }
                    open = null;
                }
                default -> throw new AssertionError("an event " + event);
            }
        }
        assertThat(open).isNull();
        Tree end = events.get(events.size() - 2);
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("type", "message");
        root.put("role", start.get("role").text());
        root.put("id", start.get("id").text());
        root.put("content", content);
        root.put("stop_reason", end.get("delta").get("stop_reason").text());
        Object usage = end.get("usage").value();
        root.put("usage", usage == null ? "" : usage);
        return new Tree(root);
    }

    // ---- Responses

    private static ClientView responses(Tree root) {
        assertThat(root.get("object").text()).isEqualTo("response");
        assertThat(root.get("id").text()).startsWith("resp_");
        List<String> lines = new ArrayList<>();
        List<String> history = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (Tree item : root.get("output").list()) {
            history.add(item.toString());
            assertThat(ids.add(item.get("id").text()))
                    .as("an id of its own: " + item)
                    .isTrue();
            switch (item.get("type").text()) {
                case "message" -> {
                    assertThat(item.get("status").text()).isEqualTo("completed");
                    assertThat(item.get("content").list()).hasSize(1);
                    lines.add("text "
                            + item.get("content").list().get(0).get("text").text());
                }
                case "reasoning" -> {
                    List<Tree> summary = item.get("summary").list();
                    assertThat(summary.size()).isLessThan(2);
                    lines.add("thinking "
                            + (summary.isEmpty()
                                    ? ""
                                    : summary.get(0).get("text").text()) + " | "
                            + item.get("encrypted_content").text());
                }
                case "function_call" -> {
                    assertThat(item.get("status").text()).isEqualTo("completed");
                    assertThat(item.get("arguments").text()).isNotEmpty();
                    lines.add("call " + item.get("call_id").text() + " "
                            + item.get("name").text() + " "
                            + Transcript.arguments(item.get("arguments").text()));
                }
                default -> throw new AssertionError("an item " + item);
            }
        }
        Tree reason = root.get("incomplete_details").get("reason");
        assertThat(root.get("status").text()).isEqualTo(reason.isNull() ? "completed" : "incomplete");
        return new ClientView(lines, reason.isNull() ? "completed" : reason.text(), root.get("usage"), history);
    }

    /** Numbers rise by one; each item is added, told and done; the last event repeats them all. */
    private static Tree responsesStream(List<Tree> events) {
        List<String> done = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        Map<String, StringBuilder> texts = new LinkedHashMap<>();
        for (int i = 0; i < events.size(); i++) {
            Tree event = events.get(i);
            OpenResponses.event(event);
            assertThat(event.get("sequence_number").number()).isEqualTo(i);
            if (event.get("response").isObject()) {
                for (String same : List.of("id", "created_at", "model")) {
                    assertThat(event.get("response").get(same))
                            .isEqualTo(events.get(0).get("response").get(same));
                }
            }
            String type = event.get("type").text();
            int index = event.get("output_index").number();
            if (i < 2) {
                assertThat(type).isEqualTo(i == 0 ? "response.created" : "response.in_progress");
                assertThat(event.get("response").get("status").text()).isEqualTo("in_progress");
                assertThat(event.get("response").get("output").list()).isEmpty();
            } else if (i == events.size() - 1) {
                assertThat(type)
                        .isEqualTo("response."
                                + event.get("response").get("status").text());
            } else if (type.equals("response.output_item.added")) {
                assertThat(index).isEqualTo(ids.size());
                ids.add(event.get("item").get("id").text());
                done.add("");
            } else if (type.equals("response.output_item.done")) {
                Tree item = event.get("item");
                assertThat(item.get("id").text()).isEqualTo(ids.get(index));
                assertThat(done.set(index, item.toString())).as("done once").isEmpty();
                String told =
                        texts.getOrDefault(ids.get(index), new StringBuilder()).toString();
                switch (item.get("type").text()) {
                    case "message" ->
                        assertThat(item.get("content").list().get(0).get("text").text())
                                .isEqualTo(told);
                    case "function_call" ->
                        assertThat(item.get("arguments").text()).isEqualTo(told);
                    default -> {
                        List<Tree> summary = item.get("summary").list();
                        assertThat(
                                        summary.isEmpty()
                                                ? ""
                                                : summary.get(0).get("text").text())
                                .isEqualTo(told);
                    }
                }
            } else {
                assertThat(event.get("item_id").text()).isEqualTo(ids.get(index));
                assertThat(done.get(index)).as("told before it is done").isEmpty();
                if (type.endsWith(".delta")) {
                    texts.computeIfAbsent(ids.get(index), id -> new StringBuilder())
                            .append(event.get("delta").text());
                } else if (type.equals("response.output_text.done")
                        || type.equals("response.reasoning_summary_text.done")) {
                    assertThat(event.get("text").text()).isEqualTo("" + texts.get(ids.get(index)));
                } else if (type.equals("response.function_call_arguments.done")) {
                    assertThat(event.get("arguments").text()).isEqualTo("" + texts.get(ids.get(index)));
                }
            }
        }
        Tree response = events.get(events.size() - 1).get("response");
        assertThat(response.get("output").list().stream().map(Tree::toString).toList())
                .isEqualTo(done);
        return response;
    }
}
