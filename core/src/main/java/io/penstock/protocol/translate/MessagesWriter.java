package io.penstock.protocol.translate;

import io.penstock.protocol.translate.Turn.Role;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a request for a provider that speaks Anthropic messages (CLIENTS section 6): turns that alternate, results of tools
 * right behind their calls, no blank text, at most four marks for caching, thinking only with its own signature. What stays
 * the same from turn to turn stands first, so that the bytes of a conversation's beginning do not change as it grows.
 */
final class MessagesWriter extends RequestWriter {
    private static final int USER_BYTES_MAX = 256; // its API reference
    private static final int UNSTREAMED_TOKENS_MAX =
            16_384; // when the client sets no limit: longer answers need a stream

    private final List<Turn> turns;
    private final List<Part.Text> system;
    private final CacheMarks marks;
    private final JsonTape scratch = new JsonTape();

    MessagesWriter(Prompt prompt, WireProfile to, JsonOut out) {
        super(prompt, to, out);
        MessagesOrder order = MessagesOrder.of(prompt, to);
        this.turns = order.turns();
        this.system = order.system();
        this.marks = new CacheMarks(prompt, order, out);
    }

    @Override
    void fields() {
        int maxTokens = maxTokens();
        ToolChoice choice = choice();
        boolean thinks = thinks(maxTokens, choice);
        out.member("max_tokens").number(maxTokens);
        if (prompt.stream) {
            out.member("stream").ascii("true");
        }
        thinking(thinks, maxTokens);
        params(thinks);
        stops();
        config(thinks, maxTokens);
        user();
        tools(choice);
        if (!system.isEmpty()) {
            out.member("system").raw('[');
            for (Part.Text text : system) {
                text(text, false);
            }
            out.raw(']');
        }
        out.member("messages").raw('[');
        for (int i = 0; i < turns.size(); i++) {
            message(turns.get(i), i == turns.size() - 1);
        }
        out.raw(']');
    }

    private int maxTokens() {
        if (prompt.maxTokens > 0) {
            return Math.min(prompt.maxTokens, to.maxOutput());
        }
        return prompt.stream ? to.maxOutput() : Math.min(to.maxOutput(), UNSTREAMED_TOKENS_MAX);
    }

    /** Whether the model is asked to think: not with a forced call, nor in a loop of calls that it began without. */
    private boolean thinks(int maxTokens, @Nullable ToolChoice choice) {
        Effort effort = prompt.effort;
        if (effort == null || effort.off() || !effort.told()) {
            return false;
        }
        boolean can = to.reasoning() && (choice == null || !choice.forced());
        if (can && to.is(Quirk.THINKING_BUDGET)) {
            can = effort.budget(maxTokens) > 0 && !loopWithoutThinking();
        }
        if (!can) {
            losses.add(Loss.REASONING, "reasoning");
        }
        return can;
    }

    private boolean loopWithoutThinking() {
        int last = turns.size() - 1;
        if (last < 1 || !turns.get(last).has(Part.Result.class)) {
            return false;
        }
        List<Part> before = turns.get(last - 1).parts();
        return before.isEmpty() || !(before.get(0) instanceof Part.Thinking);
    }

    private void thinking(boolean thinks, int maxTokens) {
        Effort effort = prompt.effort;
        if (thinks && effort != null) {
            if (to.is(Quirk.THINKING_BUDGET)) {
                out.member("thinking").ascii("{\"type\":\"enabled\",\"budget_tokens\":");
                out.number(effort.budget(maxTokens)).raw('}');
            } else {
                out.member("thinking").ascii("{\"type\":\"adaptive\"}");
            }
        } else if (effort != null && effort.off() && to.reasoning() && !to.is(Quirk.THINKING_BUDGET)) {
            out.member("thinking").ascii("{\"type\":\"disabled\"}");
        }
    }

    private void params(boolean thinks) {
        Map<Param, Slice> params = prompt.params();
        for (Map.Entry<Param, Slice> entry : params.entrySet()) {
            Param param = entry.getKey();
            String name = param.messages();
            Loss loss = param.loss();
            boolean second = param == Param.TOP_P
                    && params.containsKey(Param.TEMPERATURE)
                    && to.is(Quirk.ONE_SAMPLING_PARAMETER);
            if (name != null && !thinks && !second && to.takes(name)) {
                out.member(name);
                if (param == Param.TEMPERATURE && aboveOne(entry.getValue())) {
                    out.raw('1');
                    losses.add(Loss.SAMPLING, name);
                } else {
                    out.raw(entry.getValue());
                }
            } else if (loss != null) {
                losses.add(loss, name == null ? loss.label() : name);
            }
        }
    }

    private static boolean aboveOne(Slice number) {
        try {
            return new BigDecimal(number.toString()).compareTo(BigDecimal.ONE) > 0;
        } catch (NumberFormatException notANumber) {
            return false; // the provider will say so
        }
    }

    private void stops() {
        boolean any = false;
        for (Slice stop : prompt.stops()) {
            if (stop.isBlank()) {
                losses.add(Loss.STOP, "stop");
                continue;
            }
            if (!any) {
                out.member("stop_sequences").raw('[');
                any = true;
            }
            out.comma().quoted(stop);
        }
        if (any) {
            out.raw(']');
        }
    }

    /** Effort and form, which stand in one object. */
    private void config(boolean thinks, int maxTokens) {
        Effort effort = prompt.effort;
        boolean level = thinks
                && effort != null
                && !to.is(Quirk.THINKING_BUDGET)
                && (effort.level() != null || effort.budgetTokens() > 0);
        Format format = prompt.format;
        Slice schema = format == null || !to.structuredOutput() ? null : format.schema();
        if (!level && schema == null) {
            return;
        }
        out.member("output_config").raw('{');
        if (level && effort != null) {
            Effort.Level wanted = effort.nearest(maxTokens);
            out.member("effort")
                    .quoted(
                            switch (wanted) {
                                case NONE, MINIMAL, LOW -> "low";
                                case MEDIUM -> "medium";
                                case HIGH -> "high";
                                case XHIGH, MAX -> to.is(Quirk.EFFORT_MAX) ? "max" : "high";
                            });
        }
        if (schema != null) {
            out.member("format")
                    .ascii("{\"type\":\"json_schema\",\"schema\":")
                    .raw(schema)
                    .raw('}');
        }
        out.raw('}');
    }

    private void user() {
        Slice user = prompt.user;
        Slice newer = prompt.params().get(Param.SAFETY_IDENTIFIER); // OpenAI's newer name for it, in quotes
        if (user == null && newer != null && newer.startsWith("\"")) {
            user = newer.part(newer.from() + 1, newer.to() - 1);
        }
        if (user != null && user.length() <= USER_BYTES_MAX) {
            out.member("metadata").ascii("{\"user_id\":").quoted(user).raw('}');
        } else if (user != null) {
            losses.add(Loss.METADATA, "user");
        }
    }

    // ---- Tools

    private @Nullable Slice answerSchema() {
        Format format = prompt.format;
        return format == null || to.structuredOutput() ? null : format.schema();
    }

    /** The client's choice, or what makes an older model answer in the form that was asked for. */
    private @Nullable ToolChoice choice() {
        ToolChoice wanted = prompt.choice();
        if (answerSchema() == null) {
            return wanted;
        }
        String name = prompt.names().sent(ToolNames.Kind.ANSWER, ToolNames.ANSWER, null);
        if (wanted != null && wanted.kind() == ToolChoice.Kind.NAMED) {
            return wanted;
        }
        boolean others = !prompt.tools().isEmpty() && (wanted == null || wanted.kind() != ToolChoice.Kind.NONE);
        return others ? ToolChoice.ANY : new ToolChoice(ToolChoice.Kind.NAMED, name);
    }

    private void tools(@Nullable ToolChoice choice) {
        Slice answer = answerSchema();
        if (prompt.tools().isEmpty() && answer == null) {
            return; // and no tool_choice either, which would be refused
        }
        out.member("tools").raw('[');
        for (Tool tool : prompt.tools()) {
            out.comma().ascii("{\"name\":");
            definition(tool, "input_schema");
            strict(to.structuredOutput() ? tool.strict() : null);
            marks.write(tool.cache());
            out.raw('}');
        }
        if (answer != null) {
            out.comma().ascii("{\"name\":").quoted(ToolNames.ANSWER);
            out.member("description").ascii("\"Gives the final answer.\"");
            out.member("input_schema").raw(answer);
            out.raw('}');
        }
        out.raw(']');
        if (choice != null || prompt.oneCallAtATime) {
            choice(choice == null ? ToolChoice.AUTO : choice);
        }
    }

    private void choice(ToolChoice choice) {
        out.member("tool_choice").ascii("{\"type\":");
        switch (choice.kind()) {
            case AUTO -> out.ascii("\"auto\"");
            case NONE -> out.ascii("\"none\"");
            case ANY -> out.ascii("\"any\"");
            case NAMED -> {
                String name = choice.name();
                out.ascii("\"tool\"").member("name").quoted(name == null ? "" : name);
            }
        }
        if (prompt.oneCallAtATime && choice.kind() != ToolChoice.Kind.NONE) {
            out.member("disable_parallel_tool_use").ascii("true");
        }
        out.raw('}');
    }

    // ---- Messages

    private void message(Turn turn, boolean last) {
        boolean assistant = turn.role() == Role.ASSISTANT;
        out.comma().ascii(assistant ? "{\"role\":\"assistant\"" : "{\"role\":\"user\"");
        out.member("content").raw('[');
        List<Part> parts = turn.parts();
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            if (part instanceof Part.Text text) {
                text(text, assistant && last && i == parts.size() - 1);
            } else if (part instanceof Part.Image image) {
                image(image);
            } else if (part instanceof Part.Document document) {
                document(document);
            } else if (part instanceof Part.Thinking thinking) {
                thought(thinking);
            } else if (part instanceof Part.Call call) {
                call(call);
            } else if (part instanceof Part.Result result) {
                result(result);
            }
        }
        out.ascii("]}");
    }

    /** A text block; words that the model shall go on from may not end in blanks. */
    private void text(Part.Text text, boolean goesOn) {
        out.comma()
                .ascii("{\"type\":\"text\",\"text\":")
                .quoted(goesOn ? text.text().trimmed() : text.text());
        marks.write(text.cache());
        out.raw('}');
    }

    private void image(Part.Image image) {
        out.comma().ascii("{\"type\":\"image\"");
        source(image.mediaType(), image.data(), image.url());
        if (image.detail() != null) {
            losses.add(Loss.IMAGE_DETAIL);
        }
        marks.write(image.cache());
        out.raw('}');
    }

    private void document(Part.Document document) {
        out.comma().ascii("{\"type\":\"document\"");
        source(document.mediaType(), document.data(), document.url());
        Slice name = document.name();
        if (name != null) {
            out.member("title").quoted(name);
        }
        marks.write(document.cache());
        out.raw('}');
    }

    private void source(@Nullable Slice mediaType, @Nullable Slice data, @Nullable Slice url) {
        out.member("source");
        if (mediaType != null && data != null) {
            out.ascii("{\"type\":\"base64\",\"media_type\":").quoted(mediaType);
            out.member("data").quoted(data).raw('}');
        } else if (url != null) {
            out.ascii("{\"type\":\"url\",\"url\":").quoted(url).raw('}');
        }
    }

    private void thought(Part.Thinking thinking) {
        Opaque opaque = thinking.opaque();
        if (opaque == null) {
            return;
        }
        if (opaque.kind() == Opaque.Kind.REDACTED) {
            out.comma().ascii("{\"type\":\"redacted_thinking\",\"data\":").quoted(opaque.payload());
        } else {
            out.comma().ascii("{\"type\":\"thinking\",\"thinking\":").quoted(thinking.text());
            out.member("signature").quoted(opaque.payload());
        }
        out.raw('}');
    }

    private void call(Part.Call call) {
        out.comma().ascii("{\"type\":\"tool_use\",\"id\":\"");
        id(call.id());
        out.raw('"').member("name").quoted(call.name()).member("input");
        JsonOut json = FreeText.unescaped(call.arguments());
        if (Reading.isObject(json, scratch)) {
            out.raw(json);
        } else {
            out.ascii("{}");
            if (json.length() > 0) {
                losses.add(Loss.INVALID_ARGUMENTS);
            }
        }
        marks.write(call.cache());
        out.raw('}');
    }

    /** Ids hold letters, digits, {@code _} and {@code -} here; Kimi's hold dots and colons. */
    private void id(Slice id) {
        for (int i = id.from(); i < id.to(); i++) {
            byte b = id.bytes()[i];
            boolean fits = b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b == '_' || b == '-';
            out.raw(fits ? b : '_');
        }
    }

    private void result(Part.Result result) {
        out.comma().ascii("{\"type\":\"tool_result\",\"tool_use_id\":\"");
        id(result.id());
        out.raw('"');
        List<Part> content = result.content();
        boolean any = false;
        for (Part part : content) {
            boolean blank = part instanceof Part.Text text && text.text().isBlank();
            if (!blank) {
                if (!any) {
                    out.member("content").raw('[');
                    any = true;
                }
                if (part instanceof Part.Text text) {
                    out.comma()
                            .ascii("{\"type\":\"text\",\"text\":")
                            .quoted(text.text())
                            .raw('}');
                } else if (part instanceof Part.Image image) {
                    image(new Part.Image(image.mediaType(), image.data(), image.url(), null, Part.Cache.NONE));
                } else if (part instanceof Part.Document document) {
                    document(new Part.Document(
                            document.mediaType(), document.data(), document.url(), document.name(), Part.Cache.NONE));
                }
            }
        }
        if (any) {
            out.raw(']');
        }
        if (result.failed()) {
            out.member("is_error").ascii("true");
        }
        marks.write(result.cache());
        out.raw('}');
    }
}
