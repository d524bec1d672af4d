package io.penstock.protocol.translate;

import static io.penstock.protocol.translate.Reading.cache;
import static io.penstock.protocol.translate.Reading.invalid;
import static io.penstock.protocol.translate.Reading.sliceOrNull;

import io.penstock.protocol.translate.ToolNames.Kind;
import io.penstock.protocol.translate.Turn.Role;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request of Anthropic messages (its API reference; CLIENTS sections 2 and 3 for what Claude Code sends). Throws
 * {@link io.penstock.error.GatewayException} for what has no meaning.
 */
final class MessagesReader extends RequestReader {
    /** Claude Code's line about itself, which changes with its version and would spoil prompt caches (CLIENTS section 3). */
    private static final String ATTRIBUTION = "x-anthropic-billing-header:";

    private int messages = JsonTape.NONE;

    MessagesReader(JsonTape tape) {
        super(tape);
    }

    @Override
    void field(String name, int value) {
        switch (name) {
            case "messages" -> messages = value;
            case "tools" -> ToolReader.tools(tape, value, prompt);
            case "tool_choice" -> {
                prompt.toolChoice = ToolReader.choice(tape, value, prompt);
                prompt.oneCallAtATime = tape.isTrue(tape.get(value, "disable_parallel_tool_use"));
            }
            case "max_tokens" -> prompt.maxTokens = tape.wholeNumber(value);
            case "stop_sequences" -> Reading.stops(prompt, tape, value);
            case "stream" -> prompt.stream = tape.isTrue(value);
            case "temperature" -> prompt.param(Param.TEMPERATURE, tape, value);
            case "top_p" -> prompt.param(Param.TOP_P, tape, value);
            case "top_k" -> prompt.param(Param.TOP_K, tape, value);
            case "metadata" -> prompt.user = sliceOrNull(tape, tape.get(value, "user_id"));
            case "service_tier" -> prompt.losses().add(Loss.SERVICE_TIER, "service_tier");
            case "context_management", "container", "mcp_servers", "speed", "inference_geo" ->
                prompt.losses().add(Loss.SERVER_FEATURE, name);
            case "cache_control" -> prompt.losses().add(Loss.CACHE_CONTROL, "cache_control");
            // read below, together; or acted on by the gateway itself
            case "thinking",
                    "output_config",
                    "output_format",
                    "system",
                    "model",
                    "models",
                    "fallbacks",
                    "route",
                    "provider",
                    "session_id",
                    "usage" -> {}
            default -> prompt.losses().add(Loss.UNKNOWN_FIELD, name);
        }
    }

    @Override
    void end() {
        thinkingAndForm();
        system(tape.get(JsonTape.ROOT, "system"));
        messages(messages, this::message);
    }

    private void thinkingAndForm() {
        int config = tape.get(JsonTape.ROOT, "output_config");
        int thinking = tape.get(JsonTape.ROOT, "thinking");
        Effort.Level level = Effort.Level.of(tape.text(tape.get(config, "effort")));
        String type = tape.text(tape.get(thinking, "type"));
        int budget = tape.wholeNumber(tape.get(thinking, "budget_tokens"));
        if (type.equals("disabled")) {
            prompt.effort = new Effort(Effort.Level.NONE, -1, false);
        } else if (type.equals("enabled") || type.equals("adaptive")) {
            prompt.effort = new Effort(level, budget, !tape.is(tape.get(thinking, "display"), "omitted"));
        } else if (level != null) {
            prompt.effort = new Effort(level, -1, false);
        }
        int format = tape.get(config, "format");
        format = tape.isObject(format) ? format : tape.get(JsonTape.ROOT, "output_format");
        int schema = tape.get(format, "schema");
        if (tape.isObject(schema)) {
            prompt.format = new Format(tape.raw(schema), null, null);
        }
    }

    private void system(int system) {
        if (tape.isString(system)) {
            prompt.newTurn(Role.SYSTEM).parts().add(new Part.Text(tape.slice(system), Part.Cache.NONE));
        } else if (tape.isArray(system) && tape.next(system) > tape.first(system)) {
            List<Part> parts = prompt.newTurn(Role.SYSTEM).parts();
            content(parts, system, "system");
            parts.removeIf(MessagesReader::attribution);
        }
    }

    private void message(int message, int index) {
        Role role = switch (tape.text(tape.get(message, "role"))) {
            case "user" -> Role.USER;
            case "assistant" -> Role.ASSISTANT;
            case "system" -> Role.SYSTEM;
            default -> throw invalid("messages[" + index + "].role", "user, assistant or system");
        };
        Turn turn = role == Role.SYSTEM ? prompt.newTurn(role) : prompt.turn(role);
        content(turn.parts(), tape.get(message, "content"), "messages[" + index + "].content");
    }

    private void content(List<Part> parts, int content, String field) {
        if (!content(parts, content, block -> block(tape, block, prompt))) {
            throw invalid(field, "text or a list of blocks");
        }
    }

    private static boolean attribution(Part part) {
        return part instanceof Part.Text text && text.text().startsWith(ATTRIBUTION);
    }

    /** A block of content; null, and its loss noted, if no other protocol has a word for it. */
    static @Nullable Part block(JsonTape tape, int block, Prompt prompt) {
        String type = tape.text(tape.get(block, "type"));
        switch (type) {
            case "text" -> {
                return Reading.text(tape, block, "text");
            }
            case "image" -> {
                return image(tape, block, prompt);
            }
            case "document" -> {
                return document(tape, block, prompt);
            }
            case "thinking" -> {
                int text = tape.get(block, "thinking");
                return thinking(
                        tape.isString(text) ? tape.slice(text) : Slice.EMPTY, tape, tape.get(block, "signature"));
            }
            case "redacted_thinking" -> {
                return thinking(Slice.EMPTY, tape, tape.get(block, "data"));
            }
            case "tool_use" -> {
                return call(tape, block, prompt);
            }
            case "tool_result" -> {
                return result(tape, block, prompt);
            }
            case "server_tool_use",
                    "web_search_tool_result",
                    "web_fetch_tool_result",
                    "code_execution_tool_result",
                    "bash_code_execution_tool_result",
                    "text_editor_code_execution_tool_result",
                    "tool_search_tool_result",
                    "mcp_tool_use",
                    "mcp_tool_result",
                    "container_upload" -> {
                prompt.losses().add(Loss.SERVER_TOOL, type);
                return null;
            }
            default -> {
                prompt.losses().add(Loss.PART, type.isEmpty() ? "content" : type);
                return null;
            }
        }
    }

    private static @Nullable Part image(JsonTape tape, int block, Prompt prompt) {
        int source = tape.get(block, "source");
        int url = tape.get(source, "url");
        if (tape.isString(url)) {
            return new Part.Image(null, null, tape.slice(url), null, cache(tape, block));
        }
        int data = tape.get(source, "data");
        int type = tape.get(source, "media_type");
        if (!tape.isString(data) || !tape.isString(type)) {
            prompt.losses().add(Loss.PART, "image");
            return null;
        }
        return new Part.Image(tape.slice(type), tape.slice(data), null, null, cache(tape, block));
    }

    /** A document; one that is text is text, under its title. */
    private static @Nullable Part document(JsonTape tape, int block, Prompt prompt) {
        int source = tape.get(block, "source");
        int title = tape.get(block, "title");
        int url = tape.get(source, "url");
        int data = tape.get(source, "data");
        switch (tape.text(tape.get(source, "type"))) {
            case "url" -> {
                if (tape.isString(url)) {
                    return new Part.Document(null, null, tape.slice(url), sliceOrNull(tape, title), cache(tape, block));
                }
            }
            case "base64" -> {
                int type = tape.get(source, "media_type");
                if (tape.isString(data) && tape.isString(type)) {
                    return new Part.Document(
                            tape.slice(type), tape.slice(data), null, sliceOrNull(tape, title), cache(tape, block));
                }
            }
            case "text" -> {
                if (tape.isString(data)) {
                    JsonOut text = new JsonOut();
                    if (tape.isString(title)) {
                        text.raw(tape.slice(title)).ascii("\\n\\n");
                    }
                    return new Part.Text(Slice.of(text.raw(tape.slice(data))), cache(tape, block));
                }
            }
            default -> {}
        }
        prompt.losses().add(Loss.PART, "document");
        return null;
    }

    /** Thinking whose maker is known only if we sealed what it signed. */
    private static Part thinking(Slice text, JsonTape tape, int sealed) {
        return new Part.Thinking(text, tape.isString(sealed) ? Opaque.open(tape.slice(sealed)) : null);
    }

    private static Part call(JsonTape tape, int block, Prompt prompt) {
        int id = tape.get(block, "id");
        String name = tape.text(tape.get(block, "name"));
        int input = tape.get(block, "input");
        if (!tape.isString(id) || name.isEmpty()) {
            throw invalid("messages", "tool_use blocks with an id and a name");
        }
        Slice arguments = tape.isString(input) // invalid JSON that we passed on as the model wrote it
                ? tape.slice(input)
                : tape.isObject(input) ? FreeText.escaped(tape.raw(input)) : Slice.EMPTY;
        return new Part.Call(
                tape.slice(id), prompt.names().sent(Kind.FUNCTION, name, null), arguments, cache(tape, block));
    }

    private static Part result(JsonTape tape, int block, Prompt prompt) {
        int id = tape.get(block, "tool_use_id");
        if (!tape.isString(id)) {
            throw invalid("messages", "tool_result blocks with a tool_use_id");
        }
        int content = tape.get(block, "content");
        List<Part> parts = new ArrayList<>(1);
        if (tape.isString(content)) {
            parts.add(new Part.Text(tape.slice(content), Part.Cache.NONE));
        } else if (tape.isArray(content)) {
            for (int at = tape.first(content), end = tape.next(content); at < end; at = tape.next(at)) {
                Part part = block(tape, at, prompt);
                if (part != null && Reading.isContent(part)) {
                    parts.add(part);
                }
            }
        }
        return new Part.Result(tape.slice(id), parts, tape.isTrue(tape.get(block, "is_error")), cache(tape, block));
    }
}
