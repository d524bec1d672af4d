package io.penstock.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.Usage;
import io.penstock.server.testkit.AnswerScript;
import io.penstock.server.testkit.Finish;
import io.penstock.server.testkit.HttpProvider;
import io.penstock.server.testkit.Received;
import io.penstock.server.testkit.TranscriptPart;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import mockwebserver3.MockResponse;

/**
 * A provider in a loop of tools: it thinks and calls two tools side by side, then answers. A second turn that lost anything
 * (a call or its id, arguments, a result, the order, the thought or what seals it) is refused with a 400 that says what.
 */
final class TwoTurns implements HttpProvider.Answers {
    static final String THOUGHT = "Zürich: two tools \"at once\" …";
    static final String SEALED = "EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxB+/==";
    static final String WORDS = "I will look 👋";
    static final String ANSWER = "21 °C at noon";
    static final List<TranscriptPart> CALLS = List.of(
            TranscriptPart.call("call_a1", "get_weather", "{\"city\":\"Zürich\"}"),
            TranscriptPart.call("call_b2", "get_time", "{\"zone\":\"CET\"}"));
    static final List<String> RESULTS = List.of("21 °C", "12:00");

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Usage USAGE = new Usage(21, 11, 0, 0, 15, 6, false);

    private final Protocol protocol;
    private final boolean thoughtBack;
    private final AnswerScript first;
    private final AnswerScript second = new AnswerScript(List.of(TranscriptPart.text(ANSWER)), Finish.STOP, USAGE);

    /**
     * @param protocol what it speaks
     * @param thoughtBack whether its thought must come back
     */
    TwoTurns(Protocol protocol, boolean thoughtBack) {
        this.protocol = protocol;
        this.thoughtBack = thoughtBack;
        List<TranscriptPart> said = new ArrayList<>();
        said.add(TranscriptPart.thinking(THOUGHT, SEALED));
        said.add(TranscriptPart.text(WORDS));
        said.addAll(CALLS);
        this.first = new AnswerScript(said, Finish.CALLS, USAGE);
    }

    static String result(String tool) {
        return RESULTS.get(tool.equals("get_weather") ? 0 : 1);
    }

    @Override
    public MockResponse to(Received request) throws Exception {
        JsonNode body = JSON.readTree(request.text());
        AnswerScript speech = first;
        if (request.text().contains(RESULTS.get(0))) {
            try {
                switch (protocol) {
                    case OPENAI -> chat(body);
                    case ANTHROPIC -> messages(body);
                    case RESPONSES -> responses(body);
                }
            } catch (Lost lost) {
                ObjectNode error = JSON.createObjectNode();
                error.putObject("error")
                        .put("type", "invalid_request_error")
                        .put("message", lost.getMessage() + " in " + body);
                return HttpProvider.json(400, error.toString());
            }
            speech = second;
        } else {
            same(body.path("tools").size(), 2, "tools");
        }
        return BeforeTheJar.said(speech, protocol, body.path("stream").asBoolean());
    }

    private void chat(JsonNode body) throws Exception {
        List<JsonNode> messages = list(body.path("messages"));
        int assistant = 0;
        while (!messages.get(assistant).path("role").asText().equals("assistant")) {
            assistant++;
        }
        JsonNode said = messages.get(assistant);
        same(said.path("content").asText(), WORDS, "content");
        if (thoughtBack) {
            same(said.path("reasoning_content").asText(), THOUGHT, "reasoning_content");
        }
        same(said.path("tool_calls").size(), 2, "number of tool_calls");
        same(messages.size(), assistant + 3, "number of messages");
        for (int i = 0; i < 2; i++) {
            JsonNode made = said.path("tool_calls").get(i);
            same(made.path("id").asText(), CALLS.get(i).id(), "id of a call");
            same(made.path("function").path("name").asText(), CALLS.get(i).name(), "name of a call");
            same(
                    JSON.readTree(made.path("function").path("arguments").asText()),
                    JSON.readTree(CALLS.get(i).text()),
                    "arguments");
            JsonNode result = messages.get(assistant + 1 + i);
            same(result.path("role").asText(), "tool", "role of a result");
            same(result.path("tool_call_id").asText(), CALLS.get(i).id(), "tool_call_id");
            same(text(result.path("content")), RESULTS.get(i), "result");
        }
    }

    private void messages(JsonNode body) throws Exception {
        List<JsonNode> messages = list(body.path("messages"));
        JsonNode results = messages.get(messages.size() - 1);
        JsonNode said = messages.get(messages.size() - 2);
        same(said.path("role").asText(), "assistant", "role of the last but one");
        Iterator<JsonNode> blocks = said.path("content").iterator();
        if (thoughtBack) {
            JsonNode thought = next(blocks, "thinking");
            same(thought.path("thinking").asText(), THOUGHT, "thinking");
            same(thought.path("signature").asText(), SEALED, "signature");
        }
        same(next(blocks, "text").path("text").asText(), WORDS, "text");
        for (int i = 0; i < 2; i++) {
            JsonNode made = next(blocks, "tool_use");
            same(made.path("id").asText(), CALLS.get(i).id(), "id of a call");
            same(made.path("name").asText(), CALLS.get(i).name(), "name of a call");
            same(made.path("input"), JSON.readTree(CALLS.get(i).text()), "input");
            JsonNode result = results.path("content").path(i);
            same(result.path("type").asText(), "tool_result", "type of a result");
            same(result.path("tool_use_id").asText(), CALLS.get(i).id(), "tool_use_id");
            same(text(result.path("content")), RESULTS.get(i), "result");
        }
        same(blocks.hasNext(), false, "more blocks");
    }

    private void responses(JsonNode body) throws Exception {
        List<JsonNode> items = list(body.path("input"));
        Iterator<JsonNode> left = items.iterator();
        JsonNode item = left.next();
        while (!item.path("type").asText().equals("reasoning") && left.hasNext()) {
            if (item.path("role").asText().equals("assistant") || item.has("call_id")) {
                throw new Lost("the reasoning item");
            }
            item = left.next();
        }
        same(item.path("id").asText(), "rs_0", "id of the reasoning");
        same(item.path("encrypted_content").asText(), SEALED, "encrypted_content");
        same(text(item.path("summary")), THOUGHT, "summary");
        item = left.next();
        same(item.path("role").asText(), "assistant", "role of the words");
        same(text(item.path("content")), WORDS, "words");
        for (int i = 0; i < 2; i++) {
            JsonNode made = next(left, "function_call");
            same(made.path("call_id").asText(), CALLS.get(i).id(), "call_id");
            same(made.path("name").asText(), CALLS.get(i).name(), "name of a call");
            same(
                    JSON.readTree(made.path("arguments").asText()),
                    JSON.readTree(CALLS.get(i).text()),
                    "arguments");
        }
        for (int i = 0; i < 2; i++) {
            JsonNode result = next(left, "function_call_output");
            same(result.path("call_id").asText(), CALLS.get(i).id(), "call_id of a result");
            same(text(result.path("output")), RESULTS.get(i), "result");
        }
        same(left.hasNext(), false, "more items");
    }

    // ---- small readers

    private static List<JsonNode> list(JsonNode array) {
        List<JsonNode> all = new ArrayList<>();
        array.forEach(all::add);
        return all;
    }

    private static JsonNode next(Iterator<JsonNode> from, String type) throws Lost {
        JsonNode node = from.hasNext() ? from.next() : JSON.createObjectNode();
        same(node.path("type").asText(), type, "type");
        return node;
    }

    /** A string, or the texts of its parts. */
    private static String text(JsonNode content) {
        return content.isTextual()
                ? content.textValue()
                : String.join(
                        "",
                        list(content).stream()
                                .map(part -> part.path("text").asText())
                                .toList());
    }

    private static void same(Object found, Object expected, String what) throws Lost {
        if (!found.equals(expected)) {
            throw new Lost(what + ": " + found + " (expected: " + expected + ")");
        }
    }

    /** What did not come back. */
    private static final class Lost extends Exception {
        private static final long serialVersionUID = 1;

        private Lost(String what) {
            super("lost: " + what);
        }
    }
}
