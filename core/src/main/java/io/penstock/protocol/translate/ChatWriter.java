package io.penstock.protocol.translate;

import io.penstock.protocol.translate.Turn.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a request for a provider that speaks chat completions (CLIENTS section 6). What stays the same from turn to turn
 * stands first, so that the bytes of a conversation's beginning do not change as it grows.
 */
final class ChatWriter extends RequestWriter {
    private static final int STOPS_MAX = 4; // OpenAI's limit

    ChatWriter(Prompt prompt, WireProfile to, JsonOut out) {
        super(prompt, to, out);
    }

    @Override
    void fields() {
        if (prompt.stream) {
            out.member("stream").ascii("true");
            if (!to.is(Quirk.KNOWN_FIELDS_ONLY)) {
                out.member("stream_options").ascii("{\"include_usage\":true}");
            }
        }
        if (prompt.maxTokens >= 0) {
            out.member(to.maxCompletionTokens() ? "max_completion_tokens" : "max_tokens")
                    .number(Math.min(prompt.maxTokens, to.maxOutput()));
        }
        params();
        stops();
        reasoning();
        format();
        user(!to.is(Quirk.KNOWN_FIELDS_ONLY));
        tools();
        messages();
    }

    private void params() {
        for (Map.Entry<Param, Slice> entry : prompt.params().entrySet()) {
            Param param = entry.getKey();
            String name = param.chat();
            Loss loss = param.loss();
            boolean openRouters = param == Param.TOP_K; // no field of OpenAI's own, but many servers take it
            if (name != null && (openRouters ? to.parameters().contains(name) : loss == null || to.takes(name))) {
                if (loss != null || !to.is(Quirk.KNOWN_FIELDS_ONLY)) {
                    out.member(name).raw(entry.getValue());
                }
            } else if (loss != null) {
                losses.add(loss, name == null ? loss.label() : name);
            }
        }
    }

    private void stops() {
        if (prompt.stops().isEmpty()) {
            return;
        }
        if (!to.takes("stop")) {
            losses.add(Loss.STOP, "stop");
            return;
        }
        out.member("stop").raw('[');
        int count = 0;
        for (Slice stop : prompt.stops()) {
            if (count++ < STOPS_MAX) {
                out.comma().quoted(stop);
            } else {
                losses.add(Loss.STOP, "stop_sequences");
            }
        }
        out.raw(']');
    }

    private void reasoning() {
        Effort effort = prompt.effort;
        if (effort == null) {
            return;
        }
        if (!to.reasoning()) {
            if (!effort.off()) {
                losses.add(Loss.REASONING, "reasoning");
            }
        } else if (to.is(Quirk.OPENROUTER_FIELDS)) {
            out.member("reasoning").raw('{');
            if (effort.budgetTokens() > 0 && effort.level() == null) {
                out.member("max_tokens").number(effort.budgetTokens());
            } else {
                out.member("effort").quoted(effort.nearest(outputTokens()).label());
            }
            out.raw('}');
        } else if (to.is(Quirk.THINKING_TOGGLE)) {
            out.member("thinking").ascii(effort.off() ? "{\"type\":\"disabled\"}" : "{\"type\":\"enabled\"}");
            if (to.is(Quirk.EFFORT_BESIDE_TOGGLE) && !effort.off() && effort.told()) {
                out.member("reasoning_effort").quoted(effort.lowHighOrMax(outputTokens()));
            }
        } else if (to.is(Quirk.NO_EFFORT)) {
            losses.add(Loss.REASONING, "reasoning_effort"); // it thinks as much as it likes
        } else if (effort.level() != null || effort.budgetTokens() >= 0) {
            out.member("reasoning_effort").quoted(effort.forOpenAi(outputTokens(), to));
        }
        if (to.is(Quirk.REASONING_FORMAT) && to.reasoning()) {
            out.member("reasoning_format").ascii("\"parsed\"");
        }
    }

    private void format() {
        Format format = prompt.format;
        if (format == null) {
            return;
        }
        out.member("response_format");
        Slice schema = format.schema();
        if (schema == null || !to.structuredOutput()) {
            out.ascii("{\"type\":\"json_object\"}");
            return;
        }
        out.ascii("{\"type\":\"json_schema\",\"json_schema\":{");
        schema(format, schema);
        out.ascii("}}");
    }

    // ---- Tools

    private void tools() {
        if (prompt.tools().isEmpty()) {
            return; // and no tool_choice either, which would be refused
        }
        out.member("tools").raw('[');
        for (Tool tool : prompt.tools()) {
            out.comma().ascii("{\"type\":\"function\",\"function\":{\"name\":");
            definition(tool, "parameters");
            strict(to.structuredOutput() ? tool.strict() : null);
            out.raw('}');
            mark(tool.cache());
            out.raw('}');
        }
        out.raw(']');
        ToolChoice choice = prompt.choice();
        if (choice != null) {
            out.member("tool_choice");
            switch (choice.kind()) {
                case AUTO -> out.ascii("\"auto\"");
                case NONE -> out.ascii("\"none\"");
                case ANY -> out.ascii(to.is(Quirk.KNOWN_FIELDS_ONLY) ? "\"any\"" : "\"required\"");
                case NAMED ->
                    out.ascii("{\"type\":\"function\",\"function\":{\"name\":")
                            .quoted(name(choice))
                            .ascii("}}");
            }
        }
        oneCallAtATime();
    }

    private static String name(ToolChoice choice) {
        String name = choice.name();
        return name == null ? "" : name;
    }

    private void mark(Part.Cache cache) {
        if (cache == Part.Cache.NONE) {
            return;
        }
        if (to.is(Quirk.OPENROUTER_FIELDS)) {
            cache.write(out);
        } else {
            losses.add(Loss.CACHE_CONTROL, "cache_control");
        }
    }

    // ---- Messages

    private void messages() {
        out.member("messages").raw('[');
        int first = 0;
        List<Turn> turns = prompt.turns();
        while (first < turns.size() && turns.get(first).role() == Role.SYSTEM) {
            first++;
        }
        if (first > 0) {
            system(turns.subList(0, first));
        }
        for (int i = first; i < turns.size(); i++) {
            Turn turn = turns.get(i);
            switch (turn.role()) {
                case SYSTEM -> system(List.of(turn));
                case USER -> user(turn);
                case ASSISTANT -> assistant(turn);
            }
        }
        out.raw(']');
    }

    /** What the system says in a row: one message, its texts joined by a blank line (in parts where marks are kept). */
    private void system(List<Turn> turns) {
        List<Part> parts = new ArrayList<>();
        boolean marked = false;
        for (Turn turn : turns) {
            for (Part part : turn.parts()) {
                if (part instanceof Part.Text text && !text.text().isEmpty()) {
                    parts.add(part);
                    marked |= part.cache() != Part.Cache.NONE;
                }
            }
        }
        if (parts.isEmpty()) {
            return;
        }
        boolean developer = to.is(Quirk.DEVELOPER_ROLE) && to.reasoning();
        out.comma().ascii(developer ? "{\"role\":\"developer\"" : "{\"role\":\"system\"");
        out.member("content");
        if (marked && to.is(Quirk.OPENROUTER_FIELDS)) {
            parts(parts);
        } else {
            out.raw('"');
            joined(parts, "\\n\\n");
            out.raw('"');
            if (marked) {
                losses.add(Loss.CACHE_CONTROL, "cache_control");
            }
        }
        out.raw('}');
    }

    private void joined(List<Part> parts, String between) {
        boolean any = false;
        for (Part part : parts) {
            if (part instanceof Part.Text text) {
                out.ascii(any ? between : "").raw(text.text());
                any = true;
            }
        }
    }

    private void user(Turn turn) {
        List<Part> rest = new ArrayList<>();
        for (Part part : turn.parts()) {
            if (part instanceof Part.Result result) {
                result(result, rest);
            }
        }
        for (Part part : turn.parts()) {
            if (!(part instanceof Part.Result)) {
                rest.add(part);
            }
        }
        if (rest.isEmpty()) {
            return;
        }
        Part last = rest.get(rest.size() - 1);
        rest.removeIf(part -> part instanceof Part.Text text && text.text().isEmpty());
        if (rest.isEmpty()) {
            rest.add(last); // the protocol wants a content, be it empty
        }
        out.comma().ascii("{\"role\":\"user\"").member("content");
        if (rest.size() == 1
                && rest.get(0) instanceof Part.Text text
                && (text.cache() == Part.Cache.NONE || !to.is(Quirk.OPENROUTER_FIELDS))) {
            out.quoted(text.text());
            if (text.cache() != Part.Cache.NONE) {
                losses.add(Loss.CACHE_CONTROL, "cache_control");
            }
        } else {
            parts(rest);
        }
        out.raw('}');
    }

    /** A tool's message; images and documents in it go into the user's message that follows. */
    private void result(Part.Result result, List<Part> rest) {
        out.comma().ascii("{\"role\":\"tool\",\"tool_call_id\":").raw('"');
        id(result.id());
        out.raw('"').member("content");
        List<Part> texts = new ArrayList<>();
        for (Part part : result.content()) {
            (part instanceof Part.Text ? texts : rest).add(part);
        }
        boolean marked = result.cache() != Part.Cache.NONE && to.is(Quirk.OPENROUTER_FIELDS);
        out.ascii(marked ? "[{\"type\":\"text\",\"text\":\"" : "\"");
        out.raw(result.failed() ? ERROR : Slice.EMPTY);
        joined(texts, "\\n");
        out.raw('"');
        mark(result.cache());
        out.ascii(marked ? "}]}" : "}");
    }

    /** An id of a call, in the form that the provider takes. */
    private void id(Slice id) {
        if (to.is(Quirk.NINE_LETTER_IDS)) {
            MistralIds.write(id, out);
        } else {
            out.raw(id);
        }
    }

    private void parts(List<Part> parts) {
        out.raw('[');
        for (Part part : parts) {
            if (part instanceof Part.Text text) {
                if (!text.text().isEmpty()) {
                    out.comma().ascii("{\"type\":\"text\",\"text\":").quoted(text.text());
                    mark(text.cache());
                    out.raw('}');
                }
            } else if (part instanceof Part.Image image) {
                image(image);
            } else if (part instanceof Part.Document document) {
                document(document);
            }
        }
        out.raw(']');
    }

    private void image(Part.Image image) {
        out.comma().ascii("{\"type\":\"image_url\",\"image_url\":{\"url\":");
        imageUrl(image);
        out.raw('}');
        mark(image.cache());
        out.raw('}');
    }

    private void document(Part.Document document) {
        out.comma().ascii("{\"type\":\"file\",\"file\":{\"filename\":");
        Slice name = document.name();
        if (name == null) {
            out.ascii("\"document.pdf\"");
        } else {
            out.quoted(name);
        }
        out.member("file_data").raw('"');
        dataUrl(document.mediaType(), document.data(), document.url());
        out.ascii("\"}");
        mark(document.cache());
        out.raw('}');
    }

    private void assistant(Turn turn) {
        boolean calls = turn.has(Part.Call.class);
        boolean texts = false;
        for (Part part : turn.parts()) {
            texts |= part instanceof Part.Text text && !text.text().isEmpty();
        }
        if (!calls && !texts) {
            return; // nothing but thinking: no message of this protocol
        }
        Slice thought = thought(turn);
        out.comma().ascii("{\"role\":\"assistant\"").member("content");
        if (!thought.isEmpty() && to.is(Quirk.THINKING_PARTS_BACK)) {
            out.ascii("[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":")
                    .quoted(thought)
                    .ascii("}]}");
            if (texts) {
                out.ascii(",{\"type\":\"text\",\"text\":\"");
                joined(turn.parts(), "");
                out.ascii("\"}");
            }
            out.raw(']');
        } else if (texts || !thought.isEmpty() && to.is(Quirk.THINK_TAGS_BACK)) {
            out.raw('"');
            if (to.is(Quirk.THINK_TAGS_BACK)) {
                ThinkTags.write(thought, out);
            }
            joined(turn.parts(), "");
            out.raw('"');
        } else {
            out.ascii("null");
        }
        if (!thought.isEmpty() && to.is(Quirk.REASONING_CONTENT_BACK)) {
            out.member("reasoning_content").quoted(thought);
        } else if (to.is(Quirk.OPENROUTER_FIELDS)) {
            ChatThinking.write(turn, to.provider(), out);
        }
        if (calls) {
            calls(turn);
        }
        out.raw('}');
    }

    private void calls(Turn turn) {
        Slice signature = null;
        out.member("tool_calls").raw('[');
        for (Part part : turn.parts()) {
            if (part instanceof Part.Thinking thinking
                    && thinking.opaque() != null
                    && thinking.opaque().kind() == Opaque.Kind.THOUGHT
                    && thinking.opaque().madeBy(to.provider())) {
                signature = thinking.opaque().payload();
            } else if (part instanceof Part.Call call) {
                out.comma().ascii("{\"id\":\"");
                id(call.id());
                out.ascii("\",\"type\":\"function\",\"function\":{\"name\":");
                arguments(call);
                out.raw('}');
                if (to.is(Quirk.THOUGHT_SIGNATURE)) {
                    signature(signature);
                }
                signature = null;
                mark(call.cache());
                out.raw('}');
            }
        }
        out.raw(']');
    }

    private void signature(@Nullable Slice signature) {
        if (signature != null) {
            out.member("extra_content")
                    .ascii("{\"google\":{\"thought_signature\":")
                    .quoted(signature)
                    .ascii("}}");
        }
    }

    /** The text of what was thought, for those who want it back; empty for others, and what they lose with it is noted. */
    private Slice thought(Turn turn) {
        boolean anybodys =
                to.is(Quirk.REASONING_CONTENT_BACK) || to.is(Quirk.THINK_TAGS_BACK) || to.is(Quirk.THINKING_PARTS_BACK);
        JsonOut text = new JsonOut();
        for (Part part : turn.parts()) {
            if (part instanceof Part.Thinking thinking) {
                Opaque opaque = thinking.opaque();
                boolean own = opaque != null && opaque.madeBy(to.provider());
                boolean lost = !thinking.text().isEmpty() && !anybodys && !(own && to.is(Quirk.OPENROUTER_FIELDS));
                if (lost || opaque != null && opaque.kind() != Opaque.Kind.PLAIN && !own) {
                    losses.add(Loss.FOREIGN_THINKING);
                }
                if (anybodys && !thinking.text().isEmpty()) {
                    text.ascii(text.length() == 0 ? "" : "\\n\\n").raw(thinking.text());
                }
            }
        }
        return Slice.of(text);
    }
}
