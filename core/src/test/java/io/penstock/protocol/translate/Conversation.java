package io.penstock.protocol.translate;

import io.penstock.protocol.Protocol;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A conversation that all three protocols can have, told apart from how it is written. Its {@link #lines} are what every
 * writing of it must mean; {@link #lines(Protocol, Json.Tree)} reads them from a request, without help from the package.
 */
record Conversation(List<String> system, List<Turn> turns, List<String> tools, Map<String, String> settings) {
    /** {@code results} and {@code calls} are id and text, or id, name and arguments. */
    record Turn(boolean user, List<String[]> results, List<String[]> parts, List<String[]> calls) {}

    private static final String IMAGE = "image";
    private static final String TEXT = "text";

    static Conversation random(Chance chance) {
        List<String> system = new ArrayList<>();
        for (int i = chance.below(3); i > 0; i--) {
            system.add(chance.text());
        }
        List<Turn> turns = new ArrayList<>();
        List<String[]> open = List.of();
        for (int i = 1 + chance.below(3); i > 0; i--) {
            List<String[]> results = new ArrayList<>();
            for (String[] call : open) {
                results.add(new String[] {call[0], chance.text()});
            }
            List<String[]> parts = new ArrayList<>();
            for (int k = chance.below(3) + (results.isEmpty() ? 1 : 0); k > 0; k--) {
                parts.add(
                        chance.one(4)
                                ? new String[] {
                                    IMAGE,
                                    chance.one(2) ? "https://pic.example/" + k : "data:image/png;base64,iVB/+" + k
                                }
                                : new String[] {TEXT, chance.text()});
            }
            turns.add(new Turn(true, results, parts, List.of()));
            if (i > 1 || chance.one(4)) {
                List<String[]> calls = new ArrayList<>();
                for (int k = i > 1 ? chance.below(9) : 0; k > 0; k--) {
                    calls.add(new String[] {chance.letters("call_"), "tool_" + chance.below(3), chance.object(0)});
                }
                List<String[]> said = new ArrayList<>();
                if (calls.isEmpty() || chance.one(2)) {
                    said.add(new String[] {TEXT, chance.text()});
                }
                turns.add(new Turn(false, List.of(), said, calls));
                open = calls;
            }
        }
        List<String> tools = new ArrayList<>();
        for (int i = chance.below(4); i > 0; i--) {
            tools.add("tool_" + i);
        }
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("max", "" + (100 + chance.below(1_000)));
        if (chance.one(2)) {
            settings.put("temperature", "0." + chance.below(10) + "0");
        }
        if (chance.one(2)) {
            settings.put("stream", "true");
        }
        if (!tools.isEmpty() && chance.one(2)) {
            settings.put("choice", List.of("auto", "none", "required", "tool_1").get(chance.below(4)));
        }
        return new Conversation(system, turns, tools, settings);
    }

    /** The first of its turns, as it was that long ago. */
    Conversation before(int turnsLess) {
        return new Conversation(system, turns.subList(0, turns.size() - turnsLess), tools, settings);
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        settings.forEach((name, value) -> lines.add(name + " " + value));
        for (String tool : tools) {
            lines.add("tool " + tool + " Does \"" + tool + "\". " + schema(tool));
        }
        lines.add("system " + String.join("\n\n", system));
        for (Turn turn : turns) {
            turn.results().forEach(result -> lines.add("result " + result[0] + " " + result[1]));
            turn.parts().forEach(part -> lines.add((turn.user() ? "user " : "assistant ") + part[0] + " " + part[1]));
            turn.calls()
                    .forEach(
                            call -> lines.add("call " + call[0] + " " + call[1] + " " + Transcript.arguments(call[2])));
        }
        return lines;
    }

    private static String schema(String tool) {
        return "{\"type\":\"object\",\"properties\":{\"" + tool + "\":{\"maximum\":1.50}}}";
    }

    // ---- Writing

    String json(Protocol protocol, Chance chance) {
        StringBuilder json = new StringBuilder("{\"model\":\"m\"");
        String max = protocol == Protocol.RESPONSES
                ? "max_output_tokens"
                : protocol == Protocol.OPENAI && chance.one(2) ? "max_completion_tokens" : "max_tokens";
        json.append(",\"").append(max).append("\":").append(settings.get("max"));
        for (String name : List.of("temperature", "stream")) {
            if (settings.containsKey(name)) {
                json.append(",\"" + name + "\":" + settings.get(name));
            }
        }
        tools(protocol, chance, json);
        List<String> messages = new ArrayList<>();
        if (!system.isEmpty()) {
            switch (protocol) {
                case OPENAI -> system.forEach(text -> messages.add(message("system", chance.string(text))));
                case ANTHROPIC -> {
                    List<String> blocks = new ArrayList<>();
                    system.forEach(text -> blocks.add("{\"type\":\"text\",\"text\":" + chance.string(text) + "}"));
                    json.append(",\"system\":[" + String.join(",", blocks) + "]");
                }
                case RESPONSES -> {
                    json.append(",\"instructions\":" + chance.string(system.get(0)));
                    system.stream().skip(1).forEach(text -> messages.add(message("developer", chance.string(text))));
                }
            }
        }
        for (Turn turn : turns) {
            switch (protocol) {
                case OPENAI -> chat(turn, chance, messages);
                case ANTHROPIC -> messages(turn, chance, messages);
                case RESPONSES -> responses(turn, chance, messages);
            }
        }
        json.append(protocol == Protocol.RESPONSES ? ",\"input\":[" : ",\"messages\":[");
        return json.append(String.join(",", messages)).append("]}").toString();
    }

    private void tools(Protocol protocol, Chance chance, StringBuilder json) {
        if (tools.isEmpty()) {
            return;
        }
        List<String> all = new ArrayList<>();
        for (String tool : tools) {
            String named = "\"name\":\"" + tool + "\",\"description\":" + chance.string("Does \"" + tool + "\".")
                    + ",\"" + (protocol == Protocol.ANTHROPIC ? "input_schema" : "parameters") + "\":" + schema(tool);
            all.add(
                    switch (protocol) {
                        case OPENAI -> "{\"type\":\"function\",\"function\":{" + named + "}}";
                        case ANTHROPIC -> "{" + named + "}";
                        case RESPONSES -> "{\"type\":\"function\"," + named + "}";
                    });
        }
        json.append(",\"tools\":[" + String.join(",", all) + "]");
        String choice = settings.get("choice");
        if (choice != null) {
            boolean named = choice.equals("tool_1");
            json.append(",\"tool_choice\":")
                    .append(
                            switch (protocol) {
                                case OPENAI ->
                                    named
                                            ? "{\"type\":\"function\",\"function\":{\"name\":\"tool_1\"}}"
                                            : "\"" + choice + "\"";
                                case ANTHROPIC ->
                                    named
                                            ? "{\"type\":\"tool\",\"name\":\"tool_1\"}"
                                            : "{\"type\":\"" + (choice.equals("required") ? "any" : choice) + "\"}";
                                case RESPONSES ->
                                    named ? "{\"type\":\"function\",\"name\":\"tool_1\"}" : "\"" + choice + "\"";
                            });
        }
    }

    private static String message(String role, String content) {
        return "{\"role\":\"" + role + "\",\"content\":" + content + "}";
    }

    private static void chat(Turn turn, Chance chance, List<String> messages) {
        for (String[] result : turn.results()) {
            messages.add("{\"role\":\"tool\",\"tool_call_id\":\"" + result[0] + "\",\"content\":"
                    + chance.string(result[1]) + "}");
        }
        List<String> parts = new ArrayList<>();
        for (String[] part : turn.parts()) {
            parts.add(
                    part[0].equals(TEXT)
                            ? "{\"type\":\"text\",\"text\":" + chance.string(part[1]) + "}"
                            : "{\"type\":\"image_url\",\"image_url\":{\"url\":" + chance.string(part[1]) + "}}");
        }
        if (turn.user()) {
            if (!parts.isEmpty()) {
                messages.add(message("user", "[" + String.join(",", parts) + "]"));
            }
            return;
        }
        List<String> calls = new ArrayList<>();
        for (String[] call : turn.calls()) {
            calls.add("{\"id\":\"" + call[0] + "\",\"type\":\"function\",\"function\":{\"name\":\"" + call[1]
                    + "\",\"arguments\":" + chance.string(call[2]) + "}}");
        }
        messages.add("{\"role\":\"assistant\",\"content\":"
                + (turn.parts().isEmpty() ? "null" : chance.string(turn.parts().get(0)[1]))
                + (calls.isEmpty() ? "" : ",\"tool_calls\":[" + String.join(",", calls) + "]") + "}");
    }

    private static void messages(Turn turn, Chance chance, List<String> messages) {
        List<String> blocks = new ArrayList<>();
        for (String[] result : turn.results()) {
            String text = chance.string(result[1]);
            blocks.add("{\"type\":\"tool_result\",\"tool_use_id\":\"" + result[0] + "\",\"content\":"
                    + (chance.one(2) ? text : "[{\"type\":\"text\",\"text\":" + text + "}]") + "}");
        }
        for (String[] part : turn.parts()) {
            blocks.add(
                    part[0].equals(TEXT)
                            ? "{\"type\":\"text\",\"text\":" + chance.string(part[1]) + "}"
                            : "{\"type\":\"image\",\"source\":"
                                    + (part[1].startsWith("data:")
                                            ? "{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\""
                                                    + part[1].substring("data:image/png;base64,".length()) + "\"}"
                                            : "{\"type\":\"url\",\"url\":\"" + part[1] + "\"}")
                                    + "}");
        }
        for (String[] call : turn.calls()) {
            blocks.add("{\"type\":\"tool_use\",\"id\":\"" + call[0] + "\",\"name\":\"" + call[1] + "\",\"input\":"
                    + call[2] + "}");
        }
        messages.add(message(turn.user() ? "user" : "assistant", "[" + String.join(",", blocks) + "]"));
    }

    private static void responses(Turn turn, Chance chance, List<String> items) {
        for (String[] result : turn.results()) {
            items.add("{\"type\":\"function_call_output\",\"call_id\":\"" + result[0] + "\",\"output\":"
                    + chance.string(result[1]) + "}");
        }
        List<String> parts = new ArrayList<>();
        for (String[] part : turn.parts()) {
            parts.add(
                    part[0].equals(TEXT)
                            ? "{\"type\":\"" + (turn.user() ? "input" : "output") + "_text\",\"text\":"
                                    + chance.string(part[1]) + "}"
                            : "{\"type\":\"input_image\",\"image_url\":" + chance.string(part[1]) + "}");
        }
        if (!parts.isEmpty()) {
            items.add("{\"type\":\"message\",\"role\":\"" + (turn.user() ? "user" : "assistant") + "\",\"content\":["
                    + String.join(",", parts) + "]}");
        }
        for (String[] call : turn.calls()) {
            items.add("{\"type\":\"function_call\",\"call_id\":\"" + call[0] + "\",\"name\":\"" + call[1]
                    + "\",\"arguments\":" + chance.string(call[2]) + "}");
        }
    }

    // ---- Reading

    static List<String> lines(Protocol protocol, Json.Tree root) {
        List<String> lines = new ArrayList<>();
        for (String name : List.of("max_tokens", "max_completion_tokens", "max_output_tokens")) {
            if (root.has(name)) {
                lines.add("max " + root.get(name));
            }
        }
        for (String name : List.of("temperature", "stream")) {
            if (root.has(name)) {
                lines.add(name + " " + root.get(name));
            }
        }
        Json.Tree choice = root.get("tool_choice");
        if (!choice.isNull()) {
            String name = choice.get("function").get("name").text()
                    + choice.get("name").text();
            String word = choice.isString()
                    ? choice.text()
                    : name.isEmpty() ? choice.get("type").text() : name;
            lines.add("choice " + (word.equals("any") ? "required" : word));
        }
        for (Json.Tree tool : root.get("tools").list()) {
            Json.Tree function = tool.has("function") ? tool.get("function") : tool;
            lines.add("tool " + function.get("name").text() + " "
                    + function.get("description").text() + " "
                    + function.get(protocol == Protocol.ANTHROPIC ? "input_schema" : "parameters"));
        }
        List<String> system = new ArrayList<>();
        List<String> said = new ArrayList<>();
        if (root.has("instructions")) {
            system.add(root.get("instructions").text());
        }
        texts(root.get("system"), system);
        for (Json.Tree message :
                root.get(protocol == Protocol.RESPONSES ? "input" : "messages").list()) {
            String role = message.get("role").text();
            String type = message.get("type").text();
            if (role.equals("system") || role.equals("developer")) {
                texts(message.get("content"), system);
            } else if (role.equals("tool")) {
                said.add("result " + message.get("tool_call_id").text() + " " + joined(message.get("content")));
            } else if (type.equals("function_call_output")) {
                said.add("result " + message.get("call_id").text() + " " + joined(message.get("output")));
            } else if (type.equals("function_call")) {
                said.add("call " + message.get("call_id").text() + " "
                        + message.get("name").text() + " "
                        + Transcript.arguments(message.get("arguments").text()));
            } else {
                content(role, message.get("content"), said);
                for (Json.Tree call : message.get("tool_calls").list()) {
                    said.add("call " + call.get("id").text() + " "
                            + call.get("function").get("name").text() + " "
                            + Transcript.arguments(
                                    call.get("function").get("arguments").text()));
                }
            }
        }
        lines.add("system " + String.join("\n\n", system));
        lines.addAll(said);
        return lines;
    }

    private static void content(String role, Json.Tree content, List<String> said) {
        if (content.isString()) {
            said.add(role + " text " + content.text());
        }
        for (Json.Tree part : content.list()) {
            switch (part.get("type").text()) {
                case "text", "input_text", "output_text" ->
                    said.add(role + " text " + part.get("text").text());
                case "image_url" ->
                    said.add(role + " image " + part.get("image_url").get("url").text());
                case "input_image" ->
                    said.add(role + " image " + part.get("image_url").text());
                case "image" -> {
                    Json.Tree source = part.get("source");
                    said.add(role + " image "
                            + (source.has("url")
                                    ? source.get("url").text()
                                    : "data:" + source.get("media_type").text() + ";base64,"
                                            + source.get("data").text()));
                }
                case "tool_use" ->
                    said.add("call " + part.get("id").text() + " "
                            + part.get("name").text() + " " + part.get("input"));
                case "tool_result" ->
                    said.add("result " + part.get("tool_use_id").text() + " " + joined(part.get("content")));
                default -> throw new AssertionError("a part " + part);
            }
        }
    }

    private static void texts(Json.Tree content, List<String> texts) {
        if (content.isString()) {
            texts.add(content.text());
        }
        content.list().forEach(part -> texts.add(part.get("text").text()));
    }

    private static String joined(Json.Tree content) {
        List<String> texts = new ArrayList<>();
        texts(content, texts);
        return String.join("\n", texts);
    }
}
