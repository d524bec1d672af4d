package io.penstock.protocol.translate;

import static io.penstock.protocol.translate.Reading.cache;
import static io.penstock.protocol.translate.Reading.invalid;
import static io.penstock.protocol.translate.Reading.sliceOrNull;

import io.penstock.error.GatewayError.AudioUnsupported;
import io.penstock.error.GatewayException;
import io.penstock.protocol.translate.ToolNames.Kind;
import io.penstock.protocol.translate.Turn.Role;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request of the Responses API (its reference; CLIENTS section 7, and section 2.6 for what Codex sends): a list of
 * items, of which adjacent ones of the assistant's side make one turn. Throws {@link GatewayException} for what has no meaning.
 */
final class ResponsesReader extends RequestReader {
    private int input = JsonTape.NONE;

    ResponsesReader(JsonTape tape) {
        super(tape);
    }

    @Override
    void field(String name, int value) {
        switch (name) {
            case "input" -> input = value;
            case "tools" -> ToolReader.tools(tape, value, prompt);
            case "tool_choice" -> prompt.toolChoice = ToolReader.choice(tape, value, prompt);
            case "parallel_tool_calls" -> prompt.oneCallAtATime = tape.isFalse(value);
            case "max_output_tokens" -> prompt.maxTokens = tape.wholeNumber(value);
            case "stream" -> prompt.stream = tape.isTrue(value);
            case "text" -> text(value);
            case "reasoning" -> prompt.effort = Reading.effort(tape, value, false);
            case "user" -> prompt.user = sliceOrNull(tape, value);
            case "temperature" -> prompt.param(Param.TEMPERATURE, tape, value);
            case "top_p" -> prompt.param(Param.TOP_P, tape, value);
            case "top_logprobs" -> prompt.param(Param.TOP_LOGPROBS, tape, value);
            case "service_tier" -> prompt.param(Param.SERVICE_TIER, tape, value);
            case "prompt_cache_key" -> prompt.param(Param.PROMPT_CACHE_KEY, tape, value);
            case "safety_identifier" -> prompt.param(Param.SAFETY_IDENTIFIER, tape, value);
            case "metadata" -> {
                if (tape.isObject(value) && tape.next(value) > tape.first(value)) {
                    prompt.losses().add(Loss.METADATA, "metadata");
                }
            }
            case "previous_response_id" ->
                throw invalid(
                        "previous_response_id",
                        "absent: nothing is stored between requests; send the earlier items in input");
            case "conversation", "prompt" ->
                throw invalid(name, "absent: nothing is stored between requests; send all in input");
            case "background" -> {
                if (tape.isTrue(value)) {
                    throw invalid("background", "false: answers are not stored");
                }
            }
            case "context_management", "max_tool_calls", "moderation" ->
                prompt.losses().add(Loss.SERVER_FEATURE, name);
            // read below; or acted on by the gateway itself; or asking for nothing that is not so anyway
            case "instructions",
                    "model",
                    "models",
                    "route",
                    "provider",
                    "session_id",
                    "store",
                    "include",
                    "client_metadata",
                    "truncation",
                    "stream_options",
                    "prompt_cache_retention",
                    "usage" -> {}
            case "plugins" -> prompt.losses().add(Loss.SERVER_TOOL, "plugins");
            default -> prompt.losses().add(Loss.UNKNOWN_FIELD, name);
        }
    }

    @Override
    void end() {
        int instructions = tape.get(JsonTape.ROOT, "instructions");
        if (tape.isString(instructions)) {
            prompt.newTurn(Role.SYSTEM).parts().add(new Part.Text(tape.slice(instructions), Part.Cache.NONE));
        }
        if (tape.isString(input)) {
            prompt.newTurn(Role.USER).parts().add(new Part.Text(tape.slice(input), Part.Cache.NONE));
        } else if (tape.isArray(input)) {
            int index = 0;
            for (int at = tape.first(input), end = tape.next(input); at < end; at = tape.next(at)) {
                item(at, index++);
            }
        } else {
            throw invalid("input", "text or a list of items");
        }
    }

    private void text(int text) {
        prompt.param(Param.VERBOSITY, tape, tape.get(text, "verbosity"));
        int format = tape.get(text, "format");
        switch (tape.text(tape.get(format, "type"))) {
            case "json_object" -> prompt.format = new Format(null, null, null);
            case "json_schema" -> prompt.format = Reading.schema(tape, format);
            default -> {}
        }
    }

    // ---- Items

    private void item(int item, int index) {
        String type = tape.text(tape.get(item, "type"));
        switch (type) {
            case "", "message" -> message(item, index);
            case "function_call" -> {
                Slice arguments = slice(item, "arguments", index);
                call(item, Kind.FUNCTION, tape.text(tape.get(item, "name")), arguments, index);
            }
            case "custom_tool_call" -> {
                Slice arguments = FreeText.arguments(slice(item, "input", index));
                call(item, Kind.CUSTOM, tape.text(tape.get(item, "name")), arguments, index);
            }
            case "local_shell_call" -> {
                int action = tape.get(item, "action");
                Slice arguments = tape.isObject(action) ? FreeText.escaped(tape.raw(action)) : Slice.EMPTY;
                call(item, Kind.LOCAL_SHELL, "local_shell", arguments, index);
            }
            case "function_call_output", "custom_tool_call_output", "local_shell_call_output" -> output(item, index);
            case "reasoning" -> reasoning(item);
            case "item_reference" ->
                throw invalid("input[" + index + "]", "the item itself: nothing is stored between requests");
            default -> prompt.losses().add(Loss.SERVER_TOOL, type);
        }
    }

    private void message(int item, int index) {
        String role = tape.text(tape.get(item, "role"));
        int content = tape.get(item, "content");
        switch (role) {
            case "system", "developer" -> content(prompt.newTurn(Role.SYSTEM).parts(), content, index);
            case "user" -> content(prompt.turn(Role.USER).parts(), content, index);
            case "assistant" -> content(prompt.turn(Role.ASSISTANT).parts(), content, index);
            default -> throw invalid("input[" + index + "].role", "system, developer, user or assistant");
        }
    }

    private void content(List<Part> parts, int content, int index) {
        if (!content(parts, content, this::part)) {
            throw invalid("input[" + index + "].content", "text or a list of parts");
        }
    }

    private @Nullable Part part(int part) {
        String type = tape.text(tape.get(part, "type"));
        switch (type) {
            case "input_text", "output_text", "text", "summary_text", "reasoning_text" -> {
                return Reading.text(tape, part, "text");
            }
            case "refusal" -> {
                return Reading.text(tape, part, "refusal");
            }
            case "input_image", "image_url" -> {
                int image = tape.get(part, "image_url");
                int url = tape.isObject(image) ? tape.get(image, "url") : image;
                if (tape.isString(url)) {
                    return Reading.image(
                            tape.slice(url), sliceOrNull(tape, tape.get(part, "detail")), cache(tape, part));
                }
            }
            case "input_file" -> {
                int data = tape.get(part, "file_data");
                data = tape.isString(data) ? data : tape.get(part, "file_url");
                if (tape.isString(data)) {
                    return Reading.document(
                            tape.slice(data), sliceOrNull(tape, tape.get(part, "filename")), cache(tape, part));
                }
            }
            case "input_audio" ->
                throw new GatewayException(new AudioUnsupported(tape.text(tape.get(JsonTape.ROOT, "model"))));
            default -> {}
        }
        prompt.losses().add(Loss.PART, type.isEmpty() ? "content" : type);
        return null;
    }

    private Slice slice(int item, String name, int index) {
        int value = tape.get(item, name);
        if (tape.isString(value)) {
            return tape.slice(value);
        }
        throw invalid("input[" + index + "]." + name, "a string");
    }

    private void call(int item, Kind kind, String name, Slice arguments, int index) {
        int id = tape.get(item, "call_id");
        if (!tape.isString(id) || name.isEmpty()) {
            throw invalid("input[" + index + "]", "a call with a call_id and a name");
        }
        String space = tape.text(tape.get(item, "namespace"));
        prompt.turn(Role.ASSISTANT)
                .parts()
                .add(new Part.Call(
                        tape.slice(id),
                        prompt.names().sent(kind, name, space.isEmpty() ? null : space),
                        arguments,
                        cache(tape, item)));
    }

    private void output(int item, int index) {
        int id = tape.get(item, "call_id");
        if (!tape.isString(id)) {
            throw invalid("input[" + index + "].call_id", "the id of a call");
        }
        int output = tape.get(item, "output");
        List<Part> parts = new ArrayList<>(1);
        if (tape.isObject(output)) { // an older form: {content, success}
            content(parts, tape.get(output, "content"), index);
        } else {
            content(parts, output, index);
        }
        prompt.turn(Role.USER).parts().add(new Part.Result(tape.slice(id), parts, false, cache(tape, item)));
    }

    /** A reasoning item: its summary is the text, what is encrypted its maker's. */
    private void reasoning(int item) {
        JsonOut text = new JsonOut();
        texts(tape.get(item, "summary"), text);
        if (text.length() == 0) {
            texts(tape.get(item, "content"), text);
        }
        int sealed = tape.get(item, "encrypted_content");
        Opaque opaque = tape.isString(sealed) ? Opaque.open(tape.slice(sealed)) : null;
        if (text.length() > 0 || opaque != null) {
            prompt.turn(Role.ASSISTANT).parts().add(new Part.Thinking(Slice.of(text), opaque));
        }
    }

    private void texts(int parts, JsonOut out) {
        if (tape.isArray(parts)) {
            for (int at = tape.first(parts), end = tape.next(parts); at < end; at = tape.next(at)) {
                int text = tape.get(at, "text");
                if (tape.isString(text)) {
                    out.ascii(out.length() == 0 ? "" : "\\n\\n").raw(tape.slice(text));
                }
            }
        }
    }
}
