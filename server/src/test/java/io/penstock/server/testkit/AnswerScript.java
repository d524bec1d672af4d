package io.penstock.server.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.Usage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One answer of a provider, which it can give in any of the three protocols: in many small events, calls side by side where
 * the protocol has that, or whole.
 */
public record AnswerScript(List<TranscriptPart> said, Finish finish, Usage usage) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int FRAGMENT = 3; // characters, so that everything comes in pieces

    /** All that the protocols have in common: a thought, words in three scripts, two calls side by side, one without arguments. */
    public static AnswerScript rich() {
        return new AnswerScript(
                List.of(
                        TranscriptPart.thinking("Zürich? Let me \"think\" …", "EqQBCgIYAhIM+/=="),
                        TranscriptPart.text("Hello, \"world\"!\n你好 👋 \\o/"),
                        TranscriptPart.call("call_a", "get_weather", "{\"city\":\"Zürich\",\"days\":[1,2]}"),
                        TranscriptPart.call("call_b", "get_time", "{\"zone\":\"CET 🕰\"}"),
                        TranscriptPart.call("call_c", "ping", "{}")),
                Finish.CALLS,
                new Usage(21, 11, 0, 0, 15, 6, false));
    }

    public static AnswerScript text(String words) {
        return new AnswerScript(List.of(TranscriptPart.text(words)), Finish.STOP, new Usage(19, 0, 0, 0, 10, 0, false));
    }

    public AnswerScript with(Usage other) {
        return new AnswerScript(said, finish, other);
    }

    public AnswerScript with(Finish other) {
        return new AnswerScript(said, other, usage);
    }

    /** The events of a whole stream, each with the blank line behind it. */
    public List<String> events(Protocol protocol) {
        List<String> events = new ArrayList<>();
        switch (protocol) {
            case OPENAI -> chat(events);
            case ANTHROPIC -> messages(events);
            case RESPONSES -> responses(events);
        }
        return events;
    }

    public byte[] stream(Protocol protocol) {
        return String.join("", events(protocol)).getBytes(StandardCharsets.UTF_8);
    }

    /** The body of a whole answer. */
    public String plain(Protocol protocol) {
        return switch (protocol) {
            case OPENAI -> plainChat();
            case ANTHROPIC -> plainMessages();
            case RESPONSES -> response("completed", items(), responsesUsage(usage));
        };
    }

    public static String quoted(String text) {
        try {
            return JSON.writeValueAsString(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> fragments(String text) {
        List<String> fragments = new ArrayList<>();
        int[] points = text.codePoints().toArray();
        for (int i = 0; i < points.length; i += FRAGMENT) {
            fragments.add(new String(points, i, Math.min(FRAGMENT, points.length - i)));
        }
        return fragments;
    }

    // ---- chat

    private static String chunk(String choices, String more) {
        return "data: {\"id\":\"chatcmpl-theirs\",\"object\":\"chat.completion.chunk\",\"created\":1741570283,\"model\":"
                + "\"gpt-test-1\",\"choices\":[" + choices + "]" + more + "}\n\n";
    }

    /** A chunk with that delta, the object's members. */
    public static String chatDelta(String members) {
        return chunk("{\"index\":0,\"delta\":{" + members + "},\"logprobs\":null,\"finish_reason\":null}", "");
    }

    /** The chunk that ends the answer, with {@code more} behind its choices. */
    public static String chatFinish(Finish why, String more) {
        return chunk("{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"" + why.chat() + "\"}", more);
    }

    /** The chunk without choices. */
    public static String chatUsage(String usage) {
        return chunk("", ",\"usage\":" + usage);
    }

    public static String chatUsage(Usage usage) {
        return "{\"prompt_tokens\":" + usage.totalInput() + ",\"completion_tokens\":" + usage.output()
                + ",\"total_tokens\":" + usage.total() + ",\"prompt_tokens_details\":{\"cached_tokens\":"
                + usage.cacheRead() + ",\"cache_write_tokens\":" + (usage.cacheWrite() + usage.cacheWrite1h())
                + "},\"completion_tokens_details\":{\"reasoning_tokens\":" + usage.reasoning() + "}}";
    }

    private void chat(List<String> events) {
        events.add(chatDelta("\"role\":\"assistant\",\"content\":\"\""));
        List<TranscriptPart> calls = new ArrayList<>();
        for (TranscriptPart one : said) {
            String field = one.kind() == TranscriptPart.Kind.THINKING ? "reasoning_content" : "content";
            if (one.kind() == TranscriptPart.Kind.CALL) {
                calls.add(one);
            } else {
                fragments(one.text()).forEach(part -> events.add(chatDelta("\"" + field + "\":" + quoted(part))));
            }
        }
        for (int i = 0; i < calls.size(); i++) {
            events.add(chatDelta("\"tool_calls\":[{\"index\":" + i + ",\"id\":"
                    + quoted(calls.get(i).id())
                    + ",\"type\":\"function\",\"function\":{\"name\":"
                    + quoted(calls.get(i).name()) + ",\"arguments\":\"\"}}]"));
        }
        boolean more = !calls.isEmpty();
        for (int at = 0; more; at++) {
            more = false;
            for (int i = 0; i < calls.size(); i++) {
                List<String> parts = fragments(calls.get(i).text());
                if (at < parts.size()) {
                    more = true;
                    events.add(chatDelta("\"tool_calls\":[{\"index\":" + i + ",\"function\":{\"arguments\":"
                            + quoted(parts.get(at)) + "}}]"));
                }
            }
        }
        events.add(chatFinish(finish, ""));
        events.add(chatUsage(chatUsage(usage)));
        events.add("data: [DONE]\n\n");
    }

    private String plainChat() {
        StringBuilder text = new StringBuilder();
        StringBuilder thinking = new StringBuilder();
        List<String> calls = new ArrayList<>();
        for (TranscriptPart one : said) {
            switch (one.kind()) {
                case TEXT -> text.append(one.text());
                case THINKING -> thinking.append(one.text());
                case CALL ->
                    calls.add("{\"id\":" + quoted(one.id()) + ",\"type\":\"function\",\"function\":{\"name\":"
                            + quoted(one.name()) + ",\"arguments\":" + quoted(one.text()) + "}}");
            }
        }
        return "{\"id\":\"chatcmpl-theirs\",\"object\":\"chat.completion\",\"created\":1741570283,\"model\":\"gpt-test-1\","
                + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
                + (text.length() == 0 ? "null" : quoted(text.toString()))
                + (thinking.length() == 0 ? "" : ",\"reasoning_content\":" + quoted(thinking.toString()))
                + (calls.isEmpty() ? "" : ",\"tool_calls\":[" + String.join(",", calls) + "]")
                + "},\"finish_reason\":\"" + finish.chat() + "\"}],\"usage\":" + chatUsage(usage) + "}";
    }

    // ---- messages

    /** An event of messages; {@code members} stand behind its type. */
    public static String event(String type, String members) {
        return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + (members.isEmpty() ? "" : "," + members)
                + "}\n\n";
    }

    public static String messageStart(String usage) {
        return event(
                "message_start",
                "\"message\":{\"id\":\"msg_theirs\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[],\"model\":"
                        + "\"claude-test-1\",\"stop_reason\":null,\"stop_sequence\":null,\"usage\":" + usage + "}");
    }

    public static String messageDelta(Finish why, String usage) {
        return event(
                "message_delta",
                "\"delta\":{\"stop_reason\":\"" + why.messages() + "\",\"stop_sequence\":null},\"usage\":" + usage);
    }

    public static String messagesUsage(Usage usage, long output) {
        return "{\"input_tokens\":" + usage.input() + ",\"cache_creation_input_tokens\":"
                + (usage.cacheWrite() + usage.cacheWrite1h()) + ",\"cache_read_input_tokens\":" + usage.cacheRead()
                + ",\"cache_creation\":{\"ephemeral_5m_input_tokens\":" + usage.cacheWrite()
                + ",\"ephemeral_1h_input_tokens\":" + usage.cacheWrite1h() + "},\"output_tokens\":" + output
                + (usage.reasoning() == 0
                        ? ""
                        : ",\"output_tokens_details\":{\"thinking_tokens\":" + usage.reasoning() + "}")
                + "}";
    }

    private void messages(List<String> events) {
        Usage first =
                new Usage(usage.input(), usage.cacheRead(), usage.cacheWrite(), usage.cacheWrite1h(), 0, 0, false);
        events.add(messageStart(messagesUsage(first, Math.min(1, usage.output()))));
        int index = 0;
        for (TranscriptPart one : said) {
            String at = "\"index\":" + index++;
            switch (one.kind()) {
                case TEXT -> {
                    events.add(
                            event("content_block_start", at + ",\"content_block\":{\"type\":\"text\",\"text\":\"\"}"));
                    fragments(one.text())
                            .forEach(part -> events.add(event(
                                    "content_block_delta",
                                    at + ",\"delta\":{\"type\":\"text_delta\",\"text\":" + quoted(part) + "}")));
                }
                case THINKING -> {
                    events.add(event(
                            "content_block_start",
                            at + ",\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}"));
                    fragments(one.text())
                            .forEach(part -> events.add(event(
                                    "content_block_delta",
                                    at + ",\"delta\":{\"type\":\"thinking_delta\",\"thinking\":" + quoted(part)
                                            + "}")));
                    events.add(event(
                            "content_block_delta",
                            at + ",\"delta\":{\"type\":\"signature_delta\",\"signature\":" + quoted(one.sealed())
                                    + "}"));
                }
                case CALL -> {
                    events.add(event(
                            "content_block_start",
                            at + ",\"content_block\":{\"type\":\"tool_use\",\"id\":" + quoted(one.id()) + ",\"name\":"
                                    + quoted(one.name()) + ",\"input\":{}}"));
                    String told = one.text().equals("{}") ? "" : one.text(); // as it says that there are none
                    fragments(told)
                            .forEach(part -> events.add(event(
                                    "content_block_delta",
                                    at + ",\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":" + quoted(part)
                                            + "}")));
                }
            }
            events.add(event("content_block_stop", at));
        }
        events.add(messageDelta(finish, messagesUsage(usage, usage.output())));
        events.add(event("message_stop", ""));
    }

    private String plainMessages() {
        List<String> blocks = new ArrayList<>();
        for (TranscriptPart one : said) {
            blocks.add(
                    switch (one.kind()) {
                        case TEXT -> "{\"type\":\"text\",\"text\":" + quoted(one.text()) + "}";
                        case THINKING ->
                            "{\"type\":\"thinking\",\"thinking\":" + quoted(one.text()) + ",\"signature\":"
                                    + quoted(one.sealed()) + "}";
                        case CALL ->
                            "{\"type\":\"tool_use\",\"id\":" + quoted(one.id()) + ",\"name\":" + quoted(one.name())
                                    + ",\"input\":" + one.text() + "}";
                    });
        }
        return "{\"id\":\"msg_theirs\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-test-1\",\"content\":["
                + String.join(",", blocks) + "],\"stop_reason\":\"" + finish.messages()
                + "\",\"stop_sequence\":null,\"usage\":" + messagesUsage(usage, usage.output()) + "}";
    }

    // ---- Responses

    public static String responsesUsage(Usage usage) {
        return "{\"input_tokens\":" + usage.totalInput() + ",\"input_tokens_details\":{\"cached_tokens\":"
                + usage.cacheRead() + ",\"cache_write_tokens\":" + (usage.cacheWrite() + usage.cacheWrite1h())
                + "},\"output_tokens\":" + usage.output() + ",\"output_tokens_details\":{\"reasoning_tokens\":"
                + usage.reasoning() + "},\"total_tokens\":" + usage.total() + "}";
    }

    private String response(String status, List<String> items, String usageJson) {
        String why = finish == Finish.LENGTH ? "max_output_tokens" : "content_filter";
        boolean whole = !status.equals("in_progress");
        boolean cut = whole && (finish == Finish.LENGTH || finish == Finish.FILTER);
        return "{\"id\":\"resp_theirs\",\"object\":\"response\",\"created_at\":1789000001,\"status\":\""
                + (cut ? "incomplete" : status) + "\",\"error\":null,\"incomplete_details\":"
                + (cut ? "{\"reason\":\"" + why + "\"}" : "null") + ",\"model\":\"gpt-test-1\",\"output\":["
                + String.join(",", items) + "],\"parallel_tool_calls\":true,\"store\":false,\"usage\":" + usageJson
                + "}";
    }

    private List<String> items() {
        List<String> items = new ArrayList<>();
        for (int i = 0; i < said.size(); i++) {
            items.add(item(said.get(i), i, true));
        }
        return items;
    }

    private static String item(TranscriptPart one, int index, boolean done) {
        String status = ",\"status\":\"" + (done ? "completed" : "in_progress") + "\"";
        return switch (one.kind()) {
            case TEXT ->
                "{\"id\":\"msg_" + index + "\",\"type\":\"message\"" + status + ",\"role\":\"assistant\",\"content\":["
                        + (done ? part(one.text()) : "") + "]}";
            case THINKING ->
                "{\"id\":\"rs_" + index + "\",\"type\":\"reasoning\",\"summary\":["
                        + (done ? "{\"type\":\"summary_text\",\"text\":" + quoted(one.text()) + "}" : "") + "]"
                        + (done ? ",\"encrypted_content\":" + quoted(one.sealed()) : "") + "}";
            case CALL ->
                "{\"id\":\"fc_" + index + "\",\"type\":\"function_call\"" + status + ",\"call_id\":" + quoted(one.id())
                        + ",\"name\":" + quoted(one.name()) + ",\"arguments\":" + (done ? quoted(one.text()) : "\"\"")
                        + "}";
        };
    }

    private static String part(String text) {
        return "{\"type\":\"output_text\",\"annotations\":[],\"text\":" + quoted(text) + "}";
    }

    private void responses(List<String> events) {
        Numbered out = new Numbered(events);
        out.add("response.created", "\"response\":" + response("in_progress", List.of(), "null"));
        out.add("response.in_progress", "\"response\":" + response("in_progress", List.of(), "null"));
        for (int i = 0; i < said.size(); i++) {
            TranscriptPart one = said.get(i);
            out.add("response.output_item.added", "\"output_index\":" + i + ",\"item\":" + item(one, i, false));
            switch (one.kind()) {
                case TEXT -> {
                    String at = "\"item_id\":\"msg_" + i + "\",\"output_index\":" + i + ",\"content_index\":0";
                    out.add("response.content_part.added", at + ",\"part\":" + part(""));
                    fragments(one.text())
                            .forEach(it -> out.add(
                                    "response.output_text.delta",
                                    at + ",\"delta\":" + quoted(it) + ",\"logprobs\":[]"));
                    out.add("response.output_text.done", at + ",\"text\":" + quoted(one.text()));
                    out.add("response.content_part.done", at + ",\"part\":" + part(one.text()));
                }
                case THINKING -> {
                    String at = "\"item_id\":\"rs_" + i + "\",\"output_index\":" + i + ",\"summary_index\":0";
                    out.add(
                            "response.reasoning_summary_part.added",
                            at + ",\"part\":{\"type\":\"summary_text\",\"text\":\"\"}");
                    fragments(one.text())
                            .forEach(it ->
                                    out.add("response.reasoning_summary_text.delta", at + ",\"delta\":" + quoted(it)));
                    out.add("response.reasoning_summary_text.done", at + ",\"text\":" + quoted(one.text()));
                    out.add(
                            "response.reasoning_summary_part.done",
                            at + ",\"part\":{\"type\":\"summary_text\",\"text\":" + quoted(one.text()) + "}");
                }
                case CALL -> {
                    String at = "\"item_id\":\"fc_" + i + "\",\"output_index\":" + i;
                    fragments(one.text())
                            .forEach(it ->
                                    out.add("response.function_call_arguments.delta", at + ",\"delta\":" + quoted(it)));
                    out.add("response.function_call_arguments.done", at + ",\"arguments\":" + quoted(one.text()));
                }
            }
            out.add("response.output_item.done", "\"output_index\":" + i + ",\"item\":" + item(one, i, true));
        }
        boolean cut = finish == Finish.LENGTH || finish == Finish.FILTER;
        out.add(
                cut ? "response.incomplete" : "response.completed",
                "\"response\":" + response("completed", items(), responsesUsage(usage)));
    }

    /** Events that are numbered. */
    private static final class Numbered {
        private final List<String> events;

        private Numbered(List<String> events) {
            this.events = events;
        }

        private void add(String type, String members) {
            events.add(event(type, "\"sequence_number\":" + events.size() + "," + members));
        }
    }
}
