package io.penstock.protocol.translate;

import static io.penstock.protocol.translate.Reading.cache;
import static io.penstock.protocol.translate.Reading.invalid;
import static io.penstock.protocol.translate.Reading.sliceOrNull;

import io.penstock.error.GatewayError.AudioUnsupported;
import io.penstock.error.GatewayException;
import io.penstock.protocol.translate.ToolNames.Kind;
import io.penstock.protocol.translate.Turn.Role;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request of chat completions (OpenAI API reference; OPENROUTER section 3 for what OpenRouter adds). Liberal with
 * tools, for Cursor mixes every shape there is. Throws {@link GatewayException} for what has no meaning.
 */
final class ChatReader extends RequestReader {
    private final ThinkingRecall recall;
    private final Kind older; // what a function of the older form is
    private final Map<String, Slice> olderCalls =
            new HashMap<>(); // ids of calls in the older form, by name, the last ones
    private int olderCount;
    private int messages = JsonTape.NONE;

    /** @param recall of thinking that the client did not bring along */
    ChatReader(JsonTape tape, ThinkingRecall recall) {
        super(tape);
        this.recall = recall;
        boolean newer = tape.isArray(tape.get(JsonTape.ROOT, "tools")); // who sends both understands both
        this.older = newer ? Kind.FUNCTION : Kind.OLDER_FUNCTION;
    }

    @Override
    void field(String name, int value) {
        switch (name) {
            case "messages" -> messages = value;
            case "tools" -> ToolReader.tools(tape, value, prompt);
            case "functions" -> functions(value);
            case "tool_choice" -> prompt.toolChoice = ToolReader.choice(tape, value, prompt);
            case "function_call" -> prompt.toolChoice = functionCall(value);
            case "parallel_tool_calls" -> prompt.oneCallAtATime = tape.isFalse(value);
            case "max_completion_tokens", "max_tokens" ->
                prompt.maxTokens = Math.max(prompt.maxTokens, tape.wholeNumber(value));
            case "response_format" -> prompt.format = format(value);
            case "reasoning_effort" -> prompt.effort = new Effort(Effort.Level.of(tape.text(value)), -1, true);
            case "reasoning" -> {
                Effort asked = Reading.effort(tape, value, true);
                prompt.effort = asked == null ? prompt.effort : asked;
            }
            case "n" -> {
                if (tape.wholeNumber(value) != 1) {
                    throw invalid("n", "1: this model's provider gives one answer at a time");
                }
            }
            case "logprobs" -> {
                if (tape.isTrue(value)) {
                    prompt.param(Param.LOGPROBS, tape, value);
                }
            }
            case "top_logprobs" -> prompt.param(Param.TOP_LOGPROBS, tape, value);
            case "verbosity" -> prompt.param(Param.VERBOSITY, tape, value);
            case "service_tier" -> prompt.param(Param.SERVICE_TIER, tape, value);
            case "prompt_cache_key" -> prompt.param(Param.PROMPT_CACHE_KEY, tape, value);
            case "safety_identifier" -> prompt.param(Param.SAFETY_IDENTIFIER, tape, value);
            case "metadata" -> prompt.losses().add(Loss.METADATA, "metadata");
            case "prediction", "modalities", "audio", "image_config" -> outputKind(name, value);
            case "repetition_penalty", "min_p", "top_a" -> prompt.losses().add(Loss.SAMPLING, name);
            case "cache_control" -> prompt.losses().add(Loss.CACHE_CONTROL, "cache_control");
            // what the gateway itself acts on, or that asks for nothing
            case "model",
                    "models",
                    "route",
                    "provider",
                    "stream_options",
                    "usage",
                    "include_reasoning",
                    "transforms",
                    "session_id",
                    "trace",
                    "debug",
                    "prompt_cache_retention",
                    "prompt_cache_options",
                    "store" -> {}
            default -> common(name, value);
        }
    }

    @Override
    void end() {
        messages(messages, this::message);
    }

    private void outputKind(String name, int value) {
        boolean text = name.equals("modalities")
                && tape.isArray(value)
                && tape.next(value) == tape.first(value) + 1
                && tape.is(tape.first(value), "text");
        if (!text) {
            prompt.losses().add(Loss.OUTPUT_KIND, name);
        }
    }

    // ---- Messages

    private void message(int message, int index) {
        String role = tape.text(tape.get(message, "role"));
        int content = tape.get(message, "content");
        switch (role) {
            case "system", "developer" -> content(prompt.newTurn(Role.SYSTEM).parts(), content, index);
            case "user" -> content(prompt.turn(Role.USER).parts(), content, index);
            case "assistant" -> assistant(message, content, index);
            case "tool", "function" -> result(message, content, index);
            default -> throw invalid("messages[" + index + "].role", "system, developer, user, assistant or tool");
        }
    }

    private void content(List<Part> parts, int content, int index) {
        if (!content(parts, content, this::part) && tape.isValue(content)) {
            throw invalid("messages[" + index + "].content", "text or a list of parts");
        }
    }

    /** A part of any spelling: chat's own, that of Responses (Cursor), and Anthropic's where it is plain. */
    private @Nullable Part part(int part) {
        if (tape.isString(part)) {
            return new Part.Text(tape.slice(part), Part.Cache.NONE);
        }
        switch (tape.text(tape.get(part, "type"))) {
            case "text", "input_text", "output_text" -> {
                return Reading.text(tape, part, "text");
            }
            case "refusal" -> {
                return Reading.text(tape, part, "refusal");
            }
            case "image_url", "input_image" -> {
                int image = tape.get(part, "image_url");
                int url = tape.isObject(image) ? tape.get(image, "url") : image;
                int detail = tape.get(tape.isObject(image) ? image : part, "detail");
                return tape.isString(url)
                        ? Reading.image(tape.slice(url), sliceOrNull(tape, detail), cache(tape, part))
                        : lost();
            }
            case "file", "input_file" -> {
                int file = tape.get(part, "file");
                int holder = tape.isObject(file) ? file : part;
                int data = tape.get(holder, "file_data");
                if (!tape.isString(data)) {
                    data = tape.get(holder, "file_url");
                }
                return tape.isString(data)
                        ? Reading.document(
                                tape.slice(data), sliceOrNull(tape, tape.get(holder, "filename")), cache(tape, part))
                        : lost();
            }
            case "input_audio" ->
                throw new GatewayException(new AudioUnsupported(tape.text(tape.get(JsonTape.ROOT, "model"))));
            default -> {
                return MessagesReader.block(tape, part, prompt);
            }
        }
    }

    private @Nullable Part lost() {
        prompt.losses().add(Loss.PART);
        return null;
    }

    private void assistant(int message, int content, int index) {
        List<Part> parts = prompt.turn(Role.ASSISTANT).parts();
        int before = parts.size();
        ChatThinking.read(tape, message, parts);
        int unsealed = parts.size() - before; // thoughts at the front that their maker may not know again
        for (int i = before; i < parts.size(); i++) {
            if (parts.get(i) instanceof Part.Thinking thought && thought.opaque() != null) {
                unsealed = -1; // what was brought along is all there is to know
            }
        }
        content(parts, content, index);
        int refusal = tape.get(message, "refusal");
        if (tape.isString(refusal) && !tape.isEmptyString(refusal)) {
            parts.add(new Part.Text(tape.slice(refusal), Part.Cache.NONE));
        }
        int calls = tape.get(message, "tool_calls");
        if (tape.isArray(calls)) {
            for (int at = tape.first(calls), end = tape.next(calls); at < end; at = tape.next(at)) {
                if (unsealed >= 0 && remembered(parts, before, unsealed, tape.text(tape.get(at, "id")))) {
                    unsealed = 0;
                }
                call(parts, at, index);
            }
        }
        int function = tape.get(message, "function_call");
        if (tape.isObject(function) && !tape.isArray(calls)) {
            olderCall(parts, function);
        }
    }

    /** A call without an id: it gets one that is the same in every turn, by which its result is known. */
    private void olderCall(List<Part> parts, int function) {
        String name = tape.text(tape.get(function, "name"));
        Slice id = Slice.of("call_function_" + ++olderCount);
        olderCalls.put(name, id);
        parts.add(new Part.Call(
                id,
                prompt.names().sent(older, name, null),
                arguments(tape.get(function, "arguments")),
                Part.Cache.NONE));
    }

    private void call(List<Part> parts, int call, int index) {
        int id = tape.get(call, "id");
        int custom = tape.get(call, "custom");
        int function = tape.isObject(custom) ? custom : tape.get(call, "function");
        String name = tape.text(tape.get(function, "name"));
        if (!tape.isString(id) || name.isEmpty()) {
            throw invalid("messages[" + index + "].tool_calls", "calls with an id and a name");
        }
        ChatThinking.signature(tape, call, parts);
        int input = tape.get(custom, "input");
        Slice arguments = tape.isObject(custom)
                ? FreeText.arguments(tape.isString(input) ? tape.slice(input) : Slice.EMPTY)
                : arguments(tape.get(function, "arguments"));
        parts.add(new Part.Call(
                tape.slice(id),
                prompt.names().sent(tape.isObject(custom) ? Kind.CUSTOM : Kind.FUNCTION, name, null),
                arguments,
                cache(tape, call)));
    }

    /**
     * Adds what was thought before a call: behind the words of the turn where other calls went before, else in front of them;
     * and in the place of those thoughts at {@code from} that were brought along without what seals them (LangChain4j). True
     * if anything is known.
     */
    private boolean remembered(List<Part> parts, int from, int unsealed, String callId) {
        List<Part> thought = RememberedThinking.parts(recall.before(callId));
        if (thought.isEmpty()) {
            return false;
        }
        parts.subList(from, from + unsealed).clear();
        int at = parts.size();
        while (at > 0 && parts.get(at - 1) instanceof Part.Text) {
            at--;
        }
        parts.addAll(at, thought);
        return true;
    }

    private Slice arguments(int node) {
        if (tape.isString(node)) {
            return tape.slice(node);
        }
        return tape.isObject(node) ? FreeText.escaped(tape.raw(node)) : Slice.EMPTY;
    }

    private void result(int message, int content, int index) {
        int id = tape.get(message, "tool_call_id");
        String name = tape.text(tape.get(message, "name"));
        Slice call = tape.isString(id) ? tape.slice(id) : olderCalls.getOrDefault(name, Slice.of("call_" + name));
        List<Part> parts = new ArrayList<>(1);
        content(parts, content, index);
        if (parts.removeIf(part -> !Reading.isContent(part))) {
            prompt.losses().add(Loss.PART);
        }
        Part.Cache mark = cache(tape, message);
        for (Part part : parts) {
            mark = part.cache() == Part.Cache.NONE ? mark : part.cache();
        }
        prompt.turn(Role.USER).parts().add(new Part.Result(call, parts, false, mark));
    }

    // ---- Tools and form

    private void functions(int functions) {
        prompt.oneCallAtATime |= older == Kind.OLDER_FUNCTION; // there is room for one
        for (int at = tape.first(functions), end = tape.next(functions);
                tape.isArray(functions) && at < end;
                at = tape.next(at)) {
            ToolReader.function(tape, at, at, older, null, prompt);
        }
    }

    private @Nullable ToolChoice functionCall(int choice) {
        if (tape.isObject(choice)) {
            String name = tape.text(tape.get(choice, "name"));
            return new ToolChoice(ToolChoice.Kind.NAMED, prompt.names().sent(older, name, null));
        }
        return ToolReader.choice(tape, choice, prompt);
    }

    private @Nullable Format format(int format) {
        switch (tape.text(tape.get(format, "type"))) {
            case "json_object" -> {
                return new Format(null, null, null);
            }
            case "json_schema" -> {
                return Reading.schema(tape, tape.get(format, "json_schema"));
            }
            default -> {
                return null;
            }
        }
    }
}
