package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.server.config.ProviderConfig;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Call;
import io.penstock.server.testkit.FreshLab;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Loops of three turns with two calls, through every client protocol, at providers that refuse a turn from which the thinking
 * of the one before is missing or changed (PITFALLS 12 and 13), and that would refuse another provider's (14). The chat client
 * is as forgetful as its SDK: it brings back text and calls, nothing else.
 */
class ThinkingLoopTest extends FreshLab {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String THOUGHT = "weigh \\\"both\\\" \\u00e0 la carte \uD83D\uDE00\\n\\ttwice";
    private static final String SIGNATURE = "EqQB+/sig\\u002f==";
    private static final String ENCRYPTED = "gAAAAAB+/enc\\/==";
    private static final String TOOL = "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}}}";

    @Override
    protected Lab started() {
        return Lab.also((builder, provider) -> builder.provider(ProviderConfig.builder("gemini")
                .openai(provider.url("/v1"))
                .apiKey(Lab.PROVIDER_KEY)
                .build()));
    }

    static Stream<Arguments> loops() {
        return Lab.FACES.stream()
                .flatMap(path -> Stream.of(
                                "wordy/think-test", "chatty/think-test", "terse/think-test", "google/gemini-2.5-pro")
                        .flatMap(
                                model -> Stream.of(Arguments.of(path, model, false), Arguments.of(path, model, true))));
    }

    @ParameterizedTest
    @MethodSource("loops")
    void pitfall12and13_thinkingComesBackToItsMakerByteForByte(String path, String model, boolean stream)
            throws IOException {
        lab.provider().always(this::think);
        Client client = Client.of(path, model, stream);
        for (int turn = 1; turn <= 2; turn++) {
            Reply reply = lab.ask(Lab.post(path, client.request()));
            assertThat(reply.status()).as(reply.text()).isEqualTo(200);
            String callId = client.take(reply);
            assertThat(callId).isNotEmpty();
            client.result(callId, "result " + turn);
        }
        Reply last = lab.ask(Lab.post(path, client.request()));
        assertThat(last.status()).as(last.text()).isEqualTo(200);
        assertThat(last.text()).contains("done");
    }

    @ParameterizedTest
    @ValueSource(strings = {"wordy/think-test", "chatty/think-test", "terse/think-test", "google/gemini-2.5-pro"})
    void thinkingThatComesBackInTheFragmentsItWasStreamedInIsWhole(String model) throws IOException {
        lab.provider().always(this::think);
        Chat client = new Chat(model, true, true);
        client.merges = false;
        for (int turn = 1; turn <= 2; turn++) {
            client.result(client.take(lab.ask(Lab.post(Lab.ROUTER_CHAT, client.request()))), "result " + turn);
        }
        Reply last = lab.ask(Lab.post(Lab.ROUTER_CHAT, client.request()));
        assertThat(last.status()).as(last.text()).isEqualTo(200);
        assertThat(last.text()).contains("done");
    }

    @ParameterizedTest
    @ValueSource(strings = {Lab.MESSAGES, Lab.RESPONSES, Lab.ROUTER_CHAT, Lab.ROUTER_MESSAGES, Lab.ROUTER_RESPONSES})
    void pitfall14_anotherProviderNeverSeesIt(String path) throws IOException {
        List<String> models = List.of("wordy/think-test", "lab/think-test", "chatty/think-test", "terse/think-test");
        for (String maker : models) {
            for (String other : models) {
                if (maker.equals(other)) {
                    continue;
                }
                lab.provider().always(this::think);
                Client client = Client.of(path, maker, false);
                Reply first = lab.ask(Lab.post(path, client.request()));
                assertThat(first.status()).as(first.text()).isEqualTo(200);
                client.result(client.take(first), "result 1");
                client.body.put("model", other);
                lab.provider().forget();
                lab.provider().always(call -> call.send(plain(call, "done", 3)));
                Reply second = lab.ask(Lab.post(path, client.request()));
                assertThat(second.status())
                        .as(maker + " to " + other + ": " + second.text())
                        .isEqualTo(200);
                String sent = lab.provider().take().text();
                assertThat(sent)
                        .as(maker + " to " + other)
                        .doesNotContain("EqQB", "gAAAAAB", "penstock:")
                        .contains("calling", "result 1");
            }
        }
    }

    @Test
    void theMemoryCanBeSwitchedOff() throws IOException {
        try (Lab forgetful = Lab.also((builder, provider) -> builder.rememberThinking(false))) {
            forgetful.provider().always(this::think);
            Client client = Client.of(Lab.CHAT, "chatty/think-test", true);
            client.result(client.take(forgetful.ask(Lab.post(Lab.CHAT, client.request()))), "result 1");
            Reply second = forgetful.ask(Lab.post(Lab.CHAT, client.request()));
            assertThat(second.status()).isEqualTo(400);
            assertThat(second.text()).contains("thinking is missing");
        }
    }

    @Test
    void aClientThatTrimsTheIdsOfItsCallsIsKnownAllTheSame() throws IOException {
        lab.provider().always(this::think);
        Client client = Client.of(Lab.CHAT, "chatty/think-test", true);
        String callId = client.take(lab.ask(Lab.post(Lab.CHAT, client.request())));
        client.result(callId, "result 1");
        byte[] trimmed = new String(client.request(), StandardCharsets.UTF_8)
                .replace(callId, callId.replace("_", ""))
                .getBytes(StandardCharsets.UTF_8);
        Reply second = lab.ask(Lab.post(Lab.CHAT, trimmed));
        assertThat(second.status()).as(second.text()).isEqualTo(200);
    }

    @Test
    void threeThousandRememberedThoughtsGoBackToo() throws IOException {
        lab.provider().always(this::think);
        Client client = Client.of(Lab.CHAT, "google/gemini-2.5-pro", false);
        String callId = client.take(lab.ask(Lab.post(Lab.CHAT, client.request())));
        client.result(callId, "result 1");
        ArrayNode messages = (ArrayNode) client.body.get("messages");
        JsonNode call = messages.get(messages.size() - 2);
        JsonNode result = messages.get(messages.size() - 1);
        for (int i = 1; i < 3_000; i++) {
            messages.add(call).add(result);
        }
        lab.provider().forget();
        lab.provider().always(it -> it.send(plain(it, "done", 3)));
        Reply reply = lab.ask(Lab.post(Lab.CHAT, client.request()));
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(count(lab.provider().take().text(), "thought_signature")).isEqualTo(3_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"wordy", "terse"})
    void threeThousandThoughtsOfAnotherMakerAreTakenOut(String maker) {
        lab.provider().always(it -> it.send(plain(it, "done", 3)));
        String path = maker.equals("wordy") ? Lab.MESSAGES : Lab.RESPONSES;
        StringBuilder said = new StringBuilder("{\"role\":\"user\",\"content\":\"Hi\"}");
        for (int i = 0; i < 3_000; i++) {
            String text = "{\"type\":\"" + (path.equals(Lab.MESSAGES) ? "text" : "output_text") + "\",\"text\":\"said "
                    + i + ".\"}";
            String thought = path.equals(Lab.MESSAGES)
                    ? "{\"type\":\"thinking\",\"thinking\":\"t\",\"signature\":\"penstock:other:signature::x\"}"
                    : "{\"type\":\"reasoning\",\"summary\":[],\"encrypted_content\":\"penstock:other:encrypted::x\"}";
            said.append(
                    path.equals(Lab.MESSAGES)
                            ? ",{\"role\":\"assistant\",\"content\":[" + thought + "," + text + "]}"
                            : "," + thought + ",{\"role\":\"assistant\",\"content\":[" + text + "]}");
        }
        Reply reply = lab.ask(Lab.post(
                path,
                "{\"model\":\"" + maker + "/think-test\",\"max_tokens\":100,\""
                        + (path.equals(Lab.MESSAGES) ? "messages" : "input") + "\":[" + said + "]}"));
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        String sent = lab.provider().take().text();
        assertThat(count(sent, "\"said ")).isEqualTo(3_000);
        assertThat(sent).doesNotContain("penstock:");
    }

    @Test
    void oneKeyIsNotToldWhatAnotherHadThought() throws IOException {
        lab.provider().always(this::think);
        Client client = Client.of(Lab.CHAT, "chatty/think-test", true);
        client.result(client.take(lab.ask(Lab.post(Lab.CHAT, client.request()))), "result 1");
        byte[] asAnother = new String(Lab.post(Lab.CHAT, client.request()), StandardCharsets.UTF_8)
                .replace(Lab.KEY, Lab.DATA_KEY)
                .getBytes(StandardCharsets.UTF_8);
        assertThat(lab.ask(asAnother).text()).contains("thinking is missing");
    }

    // ---- the provider

    private void think(Call call) throws IOException {
        JsonNode request = JSON.readTree(call.request().body());
        String line = call.request().line();
        int results = count(call.request().text(), "result ");
        String missing = line.contains("/chat/")
                ? chatMissing(request)
                : line.contains("/messages") ? messagesMissing(request) : responsesMissing(request);
        if (missing != null) {
            call.send(Answer.json(
                    400, "{\"error\":{\"message\":\"" + missing + "\",\"type\":\"invalid_request_error\"}}"));
            return;
        }
        boolean stream = request.path("stream").asBoolean();
        call.send(stream ? stream(call, results + 1) : plain(call, results == 2 ? "done" : "calling", results + 1));
    }

    private static int count(String text, String word) {
        return text.split(word, -1).length - 1;
    }

    /** Every assistant message with calls must bring its thinking. */
    private static String chatMissing(JsonNode request) throws IOException {
        boolean gemini = request.path("model").asText().startsWith("gemini");
        int turn = 0;
        for (JsonNode message : request.path("messages")) {
            if (message.has("tool_calls")) {
                turn++;
                String brought = gemini
                        ? message.path("tool_calls")
                                .path(0)
                                .path("extra_content")
                                .path("google")
                                .path("thought_signature")
                                .asText()
                        : message.path("reasoning_content").asText();
                if (!brought.equals(decoded((gemini ? SIGNATURE : THOUGHT) + turn))) {
                    return "thinking is missing or changed";
                }
            }
        }
        return null;
    }

    private static String messagesMissing(JsonNode request) throws IOException {
        int turn = 0;
        for (JsonNode message : request.path("messages")) {
            if (message.path("role").asText().equals("assistant")) {
                turn++;
                JsonNode first = message.path("content").path(0);
                JsonNode second = message.path("content").path(1);
                if (!first.path("thinking").asText().equals(decoded(THOUGHT + turn))
                        || !first.path("signature").asText().equals(decoded(SIGNATURE + turn))
                        || !second.path("data").asText().equals(decoded(ENCRYPTED + turn))) {
                    return "thinking is missing or changed";
                }
            }
        }
        return null;
    }

    private static String responsesMissing(JsonNode request) throws IOException {
        int turn = 0;
        boolean reasoned = false;
        for (JsonNode item : request.path("input")) {
            if (item.path("type").asText().equals("reasoning")) {
                turn++;
                reasoned = item.path("encrypted_content").asText().equals(decoded(ENCRYPTED + turn))
                        && item.path("id").asText().equals("rs_" + turn)
                        && item.path("summary").path(0).path("text").asText().equals(decoded(THOUGHT + turn));
            } else if (item.path("type").asText().equals("function_call")) {
                if (!reasoned) {
                    return "thinking is missing or changed";
                }
                reasoned = false;
            }
        }
        return null;
    }

    private static String decoded(String content) throws IOException {
        return JSON.readTree('"' + content + '"').asText();
    }

    private static byte[] plain(Call call, String text, int turn) {
        String line = call.request().line();
        boolean last = text.equals("done");
        if (line.contains("/chat/")) {
            boolean gemini = call.request().text().contains("\"gemini");
            String calls = last
                    ? ""
                    : ",\"tool_calls\":[{\"id\":\"call_" + turn
                            + "\",\"type\":\"function\",\"function\":{\"name\":\"step\","
                            + "\"arguments\":\"{\\\"n\\\":" + turn + "}\"}"
                            + (gemini
                                    ? ",\"extra_content\":{\"google\":{\"thought_signature\":\"" + SIGNATURE + turn
                                            + "\"}}"
                                    : "")
                            + "}]";
            return Answer.json(
                    200,
                    "{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
                            + "\"message\":{\"role\":\"assistant\",\"content\":\"" + text + "\""
                            + (gemini ? "" : ",\"reasoning_content\":\"" + THOUGHT + turn + "\"") + calls
                            + "},\"finish_reason\":\"" + (last ? "stop" : "tool_calls")
                            + "\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3,\"total_tokens\":12}}");
        }
        if (line.contains("/messages")) {
            String more = last
                    ? ""
                    : ",{\"type\":\"tool_use\",\"id\":\"toolu_" + turn + "\",\"name\":\"step\",\"input\":{\"n\":" + turn
                            + "}}";
            return Answer.json(
                    200,
                    "{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":["
                            + "{\"type\":\"thinking\",\"thinking\":\"" + THOUGHT + turn + "\",\"signature\":\""
                            + SIGNATURE
                            + turn + "\"},{\"type\":\"redacted_thinking\",\"data\":\"" + ENCRYPTED + turn
                            + "\"},{\"type\":\"text\",\"text\":\"" + text + "\"}" + more + "],\"stop_reason\":\""
                            + (last ? "end_turn" : "tool_use")
                            + "\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":9,\"output_tokens\":3}}");
        }
        String more = last
                ? ""
                : ",{\"id\":\"fc_" + turn + "\",\"type\":\"function_call\",\"status\":\"completed\",\"call_id\":\"call_"
                        + turn + "\",\"name\":\"step\",\"arguments\":\"{\\\"n\\\":" + turn + "}\"}";
        return Answer.json(
                200,
                "{\"id\":\"r\",\"object\":\"response\",\"created_at\":1,\"status\":\"completed\",\"model\":\"m\",\"output\":["
                        + reasoning(turn) + ",{\"id\":\"msg_" + turn
                        + "\",\"type\":\"message\",\"status\":\"completed\",\"role\":\"assistant\",\"content\":["
                        + "{\"type\":\"output_text\",\"text\":\"" + text + "\",\"annotations\":[]}]}" + more
                        + "],\"usage\":{\"input_tokens\":9,\"input_tokens_details\":{\"cached_tokens\":0},\"output_tokens\":3,"
                        + "\"output_tokens_details\":{\"reasoning_tokens\":1},\"total_tokens\":12}}");
    }

    private static String reasoning(int turn) {
        return "{\"id\":\"rs_" + turn + "\",\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":\""
                + THOUGHT + turn + "\"}],\"encrypted_content\":\"" + ENCRYPTED + turn + "\"}";
    }

    private static byte[] stream(Call call, int turn) {
        boolean last = turn == 3;
        String line = call.request().line();
        StringBuilder out = new StringBuilder();
        if (line.contains("/chat/")) {
            boolean gemini = call.request().text().contains("\"gemini");
            if (!gemini) {
                chunk(out, "{\"role\":\"assistant\",\"reasoning_content\":\"" + THOUGHT + "\"}", null);
                chunk(out, "{\"reasoning_content\":\"" + turn + "\"}", null);
            }
            chunk(out, "{\"content\":\"" + (last ? "done" : "calling") + "\"}", null);
            if (!last) {
                chunk(
                        out,
                        "{\"tool_calls\":[{\"index\":0,\"id\":\"call_" + turn
                                + "\",\"type\":\"function\",\"function\":{\"name\":\"step\",\"arguments\":\"\"}"
                                + (gemini
                                        ? ",\"extra_content\":{\"google\":{\"thought_signature\":\"" + SIGNATURE + turn
                                                + "\"}}"
                                        : "")
                                + "}]}",
                        null);
                chunk(
                        out,
                        "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"n\\\":" + turn + "}\"}}]}",
                        null);
            }
            chunk(out, "{}", last ? "stop" : "tool_calls");
            out.append(
                    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],"
                            + "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3,\"total_tokens\":12}}\n\ndata: [DONE]\n\n");
        } else if (line.contains("/messages")) {
            event(
                    out,
                    "message_start",
                    "\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\","
                            + "\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}");
            block(
                    out,
                    0,
                    "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}",
                    "{\"type\":\"thinking_delta\",\"thinking\":\"" + THOUGHT + "\"}",
                    "{\"type\":\"thinking_delta\",\"thinking\":\"" + turn + "\"}",
                    "{\"type\":\"signature_delta\",\"signature\":\"" + SIGNATURE + turn + "\"}");
            block(out, 1, "{\"type\":\"redacted_thinking\",\"data\":\"" + ENCRYPTED + turn + "\"}");
            block(
                    out,
                    2,
                    "{\"type\":\"text\",\"text\":\"\"}",
                    "{\"type\":\"text_delta\",\"text\":\"" + (last ? "done" : "calling") + "\"}");
            if (!last) {
                block(
                        out,
                        3,
                        "{\"type\":\"tool_use\",\"id\":\"toolu_" + turn + "\",\"name\":\"step\",\"input\":{}}",
                        "{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"n\\\":" + turn + "}\"}");
            }
            event(
                    out,
                    "message_delta",
                    "\"delta\":{\"stop_reason\":\"" + (last ? "end_turn" : "tool_use")
                            + "\"},\"usage\":{\"output_tokens\":3}");
            out.append("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
        } else {
            String head =
                    "\"response\":{\"id\":\"r\",\"object\":\"response\",\"status\":\"in_progress\",\"output\":[]}";
            event(out, "response.created", head);
            event(
                    out,
                    "response.output_item.added",
                    "\"output_index\":0,\"item\":{\"id\":\"rs_" + turn + "\",\"type\":\"reasoning\",\"summary\":[]}");
            event(
                    out,
                    "response.reasoning_summary_text.delta",
                    "\"output_index\":0,\"summary_index\":0,\"item_id\":\"rs_" + turn + "\",\"delta\":\"" + THOUGHT
                            + turn + "\"");
            event(out, "response.output_item.done", "\"output_index\":0,\"item\":" + reasoning(turn));
            event(
                    out,
                    "response.output_item.added",
                    "\"output_index\":1,\"item\":{\"id\":\"msg_" + turn
                            + "\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[]}");
            event(
                    out,
                    "response.output_text.delta",
                    "\"output_index\":1,\"content_index\":0,\"item_id\":\"msg_" + turn + "\",\"delta\":\""
                            + (last ? "done" : "calling") + "\"");
            String message = "{\"id\":\"msg_" + turn + "\",\"type\":\"message\",\"role\":\"assistant\",\"content\":["
                    + "{\"type\":\"output_text\",\"text\":\"" + (last ? "done" : "calling") + "\"}]}";
            event(out, "response.output_item.done", "\"output_index\":1,\"item\":" + message);
            String call1 = "{\"id\":\"fc_" + turn + "\",\"type\":\"function_call\",\"call_id\":\"call_" + turn
                    + "\",\"name\":\"step\",\"arguments\":\"ARGS\"}";
            String args = "{\\\"n\\\":" + turn + "}";
            if (!last) {
                event(out, "response.output_item.added", "\"output_index\":2,\"item\":" + call1.replace("ARGS", ""));
                event(
                        out,
                        "response.function_call_arguments.delta",
                        "\"output_index\":2,\"item_id\":\"fc_" + turn + "\",\"delta\":\"" + args + "\"");
                event(out, "response.output_item.done", "\"output_index\":2,\"item\":" + call1.replace("ARGS", args));
            }
            event(
                    out,
                    "response.completed",
                    "\"response\":{\"id\":\"r\",\"object\":\"response\",\"status\":\"completed\","
                            + "\"output\":[" + reasoning(turn) + "," + message
                            + (last ? "" : "," + call1.replace("ARGS", args))
                            + "],\"usage\":{\"input_tokens\":9,\"input_tokens_details\":{\"cached_tokens\":0},\"output_tokens\":3,"
                            + "\"output_tokens_details\":{\"reasoning_tokens\":1},\"total_tokens\":12}}");
        }
        return Answer.stream(out.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static void chunk(StringBuilder out, String delta, String reason) {
        out.append(
                        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[")
                .append("{\"index\":0,\"delta\":")
                .append(delta)
                .append(",\"finish_reason\":")
                .append(reason == null ? "null" : '"' + reason + '"')
                .append("}]}\n\n");
    }

    private static void event(StringBuilder out, String type, String members) {
        out.append("event: ")
                .append(type)
                .append("\ndata: {\"type\":\"")
                .append(type)
                .append("\",")
                .append(members);
        out.append("}\n\n");
    }

    private static void block(StringBuilder out, int index, String start, String... deltas) {
        event(out, "content_block_start", "\"index\":" + index + ",\"content_block\":" + start);
        for (String delta : deltas) {
            event(out, "content_block_delta", "\"index\":" + index + ",\"delta\":" + delta);
        }
        event(out, "content_block_stop", "\"index\":" + index);
    }

    // ---- the client

    /** A client that brings back of an answer what its protocol has a place for. */
    private abstract static class Client {
        final ObjectNode body = JSON.createObjectNode();
        final ArrayNode turns;
        final boolean stream;

        private Client(String model, boolean stream, String list) throws IOException {
            this.stream = stream;
            body.put("model", model);
            body.put("stream", stream);
            turns = body.putArray(list);
        }

        static Client of(String path, String model, boolean stream) throws IOException {
            return path.endsWith("/chat/completions")
                    ? new Chat(model, stream, path.startsWith("/api"))
                    : path.endsWith("/messages") ? new Messages(model, stream) : new Responses(model, stream);
        }

        final byte[] request() throws IOException {
            return JSON.writeValueAsBytes(body);
        }

        /** Takes an answer into the conversation; returns the id of its call. */
        abstract String take(Reply reply) throws IOException;

        abstract void result(String callId, String text);

        static List<JsonNode> events(Reply reply) {
            return reply.text()
                    .lines()
                    .filter(line -> line.startsWith("data: {"))
                    .map(line -> {
                        try {
                            return JSON.readTree(line.substring("data: ".length()));
                        } catch (IOException e) {
                            throw new AssertionError(line, e);
                        }
                    })
                    .toList();
        }
    }

    private static final class Chat extends Client {
        private final boolean details;
        private boolean merges = true;

        private Chat(String model, boolean stream, boolean details) throws IOException {
            super(model, stream, "messages");
            this.details = details;
            turns.addObject().put("role", "user").put("content", "go");
            body.putArray("tools")
                    .addObject()
                    .put("type", "function")
                    .putObject("function")
                    .put("name", "step")
                    .set("parameters", JSON.readTree(TOOL));
        }

        @Override
        String take(Reply reply) throws IOException {
            ObjectNode kept = JSON.createObjectNode().put("role", "assistant");
            ObjectNode call = JSON.createObjectNode().put("type", "function");
            ArrayNode thought = JSON.createArrayNode();
            if (stream) {
                StringBuilder text = new StringBuilder();
                StringBuilder arguments = new StringBuilder();
                String name = "";
                for (JsonNode event : events(reply)) {
                    JsonNode delta = event.path("choices").path(0).path("delta");
                    text.append(delta.path("content").asText(""));
                    JsonNode part = delta.path("tool_calls").path(0);
                    if (part.has("id")) {
                        call.set("id", part.get("id"));
                    }
                    name += part.path("function").path("name").asText("");
                    arguments.append(part.path("function").path("arguments").asText(""));
                    delta.path("reasoning_details").forEach(detail -> merge(thought, detail));
                }
                kept.put("content", text.toString());
                call.putObject("function").put("name", name).put("arguments", arguments.toString());
            } else {
                JsonNode message =
                        JSON.readTree(reply.body()).path("choices").path(0).path("message");
                kept.set("content", message.path("content"));
                call.set("id", message.path("tool_calls").path(0).path("id"));
                call.set("function", message.path("tool_calls").path(0).path("function"));
                message.path("reasoning_details").forEach(thought::add);
            }
            kept.putArray("tool_calls").add(call);
            if (details && !thought.isEmpty()) {
                kept.set("reasoning_details", thought);
            }
            turns.add(kept);
            return call.path("id").asText();
        }

        /** As OpenRouter's SDK does: fragments of one index are one entry. */
        private void merge(ArrayNode all, JsonNode detail) {
            for (JsonNode each : all) {
                if (merges
                        && each.path("index").asInt() == detail.path("index").asInt()
                        && each.path("type").asText().equals(detail.path("type").asText())) {
                    ObjectNode same = (ObjectNode) each;
                    same.put(
                            "text",
                            same.path("text").asText("") + detail.path("text").asText(""));
                    if (detail.hasNonNull("signature")) {
                        same.set("signature", detail.get("signature"));
                    }
                    return;
                }
            }
            all.add(detail.deepCopy());
        }

        @Override
        void result(String callId, String text) {
            turns.addObject().put("role", "tool").put("tool_call_id", callId).put("content", text);
        }
    }

    private static final class Messages extends Client {
        private Messages(String model, boolean stream) throws IOException {
            super(model, stream, "messages");
            body.put("max_tokens", 4096);
            turns.addObject().put("role", "user").put("content", "go");
            body.putArray("tools").addObject().put("name", "step").set("input_schema", JSON.readTree(TOOL));
        }

        @Override
        String take(Reply reply) throws IOException {
            ArrayNode content = JSON.createArrayNode();
            if (stream) {
                StringBuilder json = new StringBuilder();
                for (JsonNode event : events(reply)) {
                    switch (event.path("type").asText()) {
                        case "content_block_start" -> {
                            content.add(event.path("content_block").deepCopy());
                            json.setLength(0);
                        }
                        case "content_block_delta" -> {
                            ObjectNode block = (ObjectNode) content.get(content.size() - 1);
                            JsonNode delta = event.path("delta");
                            for (String field : List.of("text", "thinking", "signature")) {
                                if (delta.has(field)) {
                                    block.put(
                                            field,
                                            block.path(field).asText()
                                                    + delta.path(field).asText());
                                }
                            }
                            json.append(delta.path("partial_json").asText(""));
                        }
                        case "content_block_stop" -> {
                            ObjectNode block = (ObjectNode) content.get(content.size() - 1);
                            if (block.path("type").asText().equals("tool_use")) {
                                block.set("input", JSON.readTree(json.toString()));
                            }
                        }
                        default -> {}
                    }
                }
            } else {
                JSON.readTree(reply.body()).path("content").forEach(content::add);
            }
            turns.addObject().put("role", "assistant").set("content", content);
            for (JsonNode block : content) {
                if (block.path("type").asText().equals("tool_use")) {
                    return block.path("id").asText();
                }
            }
            return "";
        }

        @Override
        void result(String callId, String text) {
            turns.addObject()
                    .put("role", "user")
                    .putArray("content")
                    .addObject()
                    .put("type", "tool_result")
                    .put("tool_use_id", callId)
                    .put("content", text);
        }
    }

    private static final class Responses extends Client {
        private Responses(String model, boolean stream) throws IOException {
            super(model, stream, "input");
            body.put("store", false);
            body.putArray("include").add("reasoning.encrypted_content");
            turns.addObject().put("role", "user").put("content", "go");
            body.putArray("tools")
                    .addObject()
                    .put("type", "function")
                    .put("name", "step")
                    .set("parameters", JSON.readTree(TOOL));
        }

        @Override
        String take(Reply reply) throws IOException {
            JsonNode output = null;
            if (stream) {
                for (JsonNode event : events(reply)) {
                    if (event.path("type").asText().equals("response.completed")) {
                        output = event.path("response").path("output");
                    }
                }
            } else {
                output = JSON.readTree(reply.body()).path("output");
            }
            assertThat(output).as(reply.text()).isNotNull();
            String callId = "";
            for (JsonNode item : output) {
                turns.add(item);
                callId = item.path("type").asText().equals("function_call")
                        ? item.path("call_id").asText()
                        : callId;
            }
            return callId;
        }

        @Override
        void result(String callId, String text) {
            turns.addObject()
                    .put("type", "function_call_output")
                    .put("call_id", callId)
                    .put("output", text);
        }
    }
}
