package io.penstock.protocol.translate;

import static io.penstock.protocol.translate.Reading.booleanOrNull;
import static io.penstock.protocol.translate.Reading.sliceOrNull;

import io.penstock.protocol.translate.ToolNames.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Reads tools in every shape that clients are known to send, whatever protocol they speak: nested, flat, custom, namespace and
 * Anthropic's own. Static.
 */
final class ToolReader {
    private ToolReader() {}

    /** Adds the tools of a list. */
    static void tools(JsonTape tape, int tools, Prompt prompt) {
        if (!tape.isArray(tools)) {
            throw Reading.invalid("tools", "an array");
        }
        for (int at = tape.first(tools), end = tape.next(tools); at < end; at = tape.next(at)) {
            tool(tape, at, null, prompt);
        }
    }

    /** Adds a tool, or those in a namespace; notes the loss of one that only its own provider can run. */
    static void tool(JsonTape tape, int tool, @Nullable String space, Prompt prompt) {
        int function = tape.get(tool, "function");
        String type = tape.text(tape.get(tool, "type"));
        if (tape.isObject(function)) {
            function(tape, function, tool, Kind.FUNCTION, space, prompt);
        } else if (type.equals("namespace")) {
            int tools = tape.get(tool, "tools");
            String name = tape.text(tape.get(tool, "name"));
            for (int at = tape.first(tools), end = tape.isArray(tools) ? tape.next(tools) : at;
                    at < end;
                    at = tape.next(at)) {
                tool(tape, at, name, prompt);
            }
        } else if (type.equals("custom") && !tape.isObject(tape.get(tool, "input_schema"))) {
            int nested = tape.get(tool, "custom");
            custom(tape, tape.isObject(nested) ? nested : tool, space, prompt);
        } else if (type.equals("local_shell")) {
            prompt.tools()
                    .add(new Tool(
                            prompt.names().sent(Kind.LOCAL_SHELL, "local_shell", space),
                            LOCAL_SHELL_DESCRIPTION,
                            LOCAL_SHELL_SCHEMA,
                            null,
                            Part.Cache.NONE));
        } else if (type.isEmpty() || type.equals("function") || type.equals("custom")) {
            function(tape, tool, tool, Kind.FUNCTION, space, prompt);
        } else {
            prompt.losses().add(Loss.SERVER_TOOL, type);
        }
    }

    /** A function by its definition; {@code holder} is what may carry a mark for caching. */
    static void function(JsonTape tape, int function, int holder, Kind kind, @Nullable String space, Prompt prompt) {
        String name = tape.text(tape.get(function, "name"));
        if (name.isEmpty()) {
            throw Reading.invalid("tools", "tools with a name");
        }
        int schema = tape.get(function, "parameters");
        schema = tape.isObject(schema) ? schema : tape.get(function, "input_schema");
        prompt.tools()
                .add(new Tool(
                        prompt.names().sent(kind, name, space),
                        sliceOrNull(tape, tape.get(function, "description")),
                        tape.isObject(schema) ? tape.raw(schema) : null,
                        booleanOrNull(tape, tape.get(function, "strict")),
                        Reading.cache(tape, holder)));
    }

    private static final Slice LOCAL_SHELL_DESCRIPTION = Slice.of("Runs a command on the user's machine.");
    private static final Slice LOCAL_SHELL_SCHEMA = json(
            "{\"type\":\"object\",\"properties\":{\"command\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
                    + "\"working_directory\":{\"type\":\"string\"},\"timeout_ms\":{\"type\":\"integer\"}},"
                    + "\"required\":[\"command\"]}");

    private static Slice json(String text) {
        return Slice.of(new JsonOut().ascii(text));
    }

    /** A tool that takes free text: a function of one string, told the grammar that the text should follow. */
    private static void custom(JsonTape tape, int custom, @Nullable String space, Prompt prompt) {
        String name = tape.text(tape.get(custom, "name"));
        if (name.isEmpty()) {
            throw Reading.invalid("tools", "tools with a name");
        }
        int description = tape.get(custom, "description");
        int format = tape.get(custom, "format");
        int nested = tape.get(format, "grammar");
        int grammar = tape.get(tape.isObject(nested) ? nested : format, "definition");
        JsonOut text = new JsonOut();
        if (tape.isString(description)) {
            text.raw(tape.slice(description));
        }
        if (tape.isString(grammar)) {
            text.ascii(text.length() == 0 ? "" : "\\n\\n");
            text.ascii("The input must follow this grammar:\\n").raw(tape.slice(grammar));
        }
        prompt.tools()
                .add(new Tool(
                        prompt.names().sent(Kind.CUSTOM, name, space),
                        text.length() == 0 ? null : Slice.of(text),
                        CUSTOM_SCHEMA,
                        null,
                        Reading.cache(tape, custom)));
    }

    private static final Slice CUSTOM_SCHEMA =
            json("{\"type\":\"object\",\"properties\":{\"input\":{\"type\":\"string\"}},\"required\":[\"input\"],"
                    + "\"additionalProperties\":false}");

    /** {@code auto}, {@code none}, {@code required}, one by its name, or some of them; null for what means nothing. */
    static @Nullable ToolChoice choice(JsonTape tape, int choice, Prompt prompt) {
        if (tape.isString(choice)) {
            return word(tape.text(choice));
        }
        String type = tape.text(tape.get(choice, "type"));
        int named = tape.get(choice, "function");
        named = tape.isObject(named) ? named : tape.get(choice, "custom");
        int name = tape.get(tape.isObject(named) ? named : choice, "name");
        if (tape.isString(name)) {
            String space = tape.text(tape.get(choice, "namespace"));
            Kind kind = type.equals("custom") ? Kind.CUSTOM : Kind.FUNCTION;
            return new ToolChoice(
                    ToolChoice.Kind.NAMED, prompt.names().sent(kind, tape.text(name), space.isEmpty() ? null : space));
        }
        int mode = tape.get(
                type.equals("allowed_tools") && tape.isObject(tape.get(choice, "allowed_tools"))
                        ? tape.get(choice, "allowed_tools")
                        : choice,
                "mode");
        return word(tape.isString(mode) ? tape.text(mode) : type);
    }

    private static @Nullable ToolChoice word(String word) {
        return switch (word) {
            case "auto" -> ToolChoice.AUTO;
            case "none" -> ToolChoice.NONE;
            case "required", "any" -> ToolChoice.ANY;
            default -> null;
        };
    }
}
