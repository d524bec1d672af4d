package io.penstock.protocol.translate;

import io.penstock.protocol.translate.Turn.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a request for a provider that speaks the Responses API (CLIENTS section 7): nothing stored there, reasoning asked for
 * in encrypted form so that it can come back. What stays the same from turn to turn stands first.
 */
final class ResponsesWriter extends RequestWriter {
    ResponsesWriter(Prompt prompt, WireProfile to, JsonOut out) {
        super(prompt, to, out);
    }

    @Override
    void fields() {
        if (prompt.stream) {
            out.member("stream").ascii("true");
        }
        out.member("store").ascii("false");
        if (prompt.maxTokens > 0) {
            out.member("max_output_tokens").number(Math.min(prompt.maxTokens, to.maxOutput()));
        }
        reasoning();
        params();
        if (!prompt.stops().isEmpty()) {
            losses.add(Loss.STOP, "stop");
        }
        text();
        user(true);
        tools();
        input();
    }

    private void reasoning() {
        if (!to.reasoning()) {
            if (prompt.effort != null && !prompt.effort.off()) {
                losses.add(Loss.REASONING, "reasoning");
            }
            return;
        }
        out.member("include").ascii("[\"reasoning.encrypted_content\"]");
        Effort effort = prompt.effort;
        if (effort == null) {
            return;
        }
        boolean summary = effort.shown() && !effort.off();
        boolean told = effort.told() && !to.is(Quirk.NO_EFFORT);
        if (effort.told() && !told) {
            losses.add(Loss.REASONING, "reasoning_effort"); // it thinks as much as it likes
            if (!summary) {
                return;
            }
        }
        out.member("reasoning").raw('{');
        if (told) {
            out.member("effort").quoted(effort.forOpenAi(outputTokens(), to));
        }
        if (summary) {
            out.member("summary").ascii("\"auto\"");
        }
        out.raw('}');
    }

    private void params() {
        for (Map.Entry<Param, Slice> entry : prompt.params().entrySet()) {
            Param param = entry.getKey();
            String name = param.responses();
            Loss loss = param.loss();
            if (param == Param.VERBOSITY) {
                continue; // stands in text
            }
            if (name != null && (loss == null || to.takes(name))) {
                out.member(name).raw(entry.getValue());
            } else if (loss != null) {
                losses.add(loss, param.chat() == null ? loss.label() : param.chat());
            }
        }
    }

    private void text() {
        Slice verbosity = prompt.params().get(Param.VERBOSITY);
        Format format = prompt.format;
        if (verbosity == null && format == null) {
            return;
        }
        out.member("text").raw('{');
        if (verbosity != null) {
            out.member("verbosity").raw(verbosity);
        }
        if (format != null) {
            Slice schema = to.structuredOutput() ? format.schema() : null;
            out.member("format");
            if (schema == null) {
                out.ascii("{\"type\":\"json_object\"}");
            } else {
                out.ascii("{\"type\":\"json_schema\",");
                schema(format, schema);
                out.raw('}');
            }
        }
        out.raw('}');
    }

    private void tools() {
        if (prompt.tools().isEmpty()) {
            return;
        }
        out.member("tools").raw('[');
        for (Tool tool : prompt.tools()) {
            out.comma().ascii("{\"type\":\"function\",\"name\":");
            definition(tool, "parameters");
            strict(Boolean.TRUE.equals(tool.strict())); // true when left out
            if (tool.cache() != Part.Cache.NONE) {
                losses.add(Loss.CACHE_CONTROL, "cache_control");
            }
            out.raw('}');
        }
        out.raw(']');
        ToolChoice choice = prompt.choice();
        if (choice != null) {
            out.member("tool_choice");
            String name = choice.name();
            switch (choice.kind()) {
                case AUTO -> out.ascii("\"auto\"");
                case NONE -> out.ascii("\"none\"");
                case ANY -> out.ascii("\"required\"");
                case NAMED ->
                    out.ascii("{\"type\":\"function\",\"name\":")
                            .quoted(name == null ? "" : name)
                            .raw('}');
            }
        }
        oneCallAtATime();
    }

    // ---- Items

    private void input() {
        out.member("input").raw('[');
        for (Turn turn : prompt.turns()) {
            List<Part> said = new ArrayList<>();
            for (Part part : turn.parts()) {
                if (part.cache() != Part.Cache.NONE) {
                    losses.add(Loss.CACHE_CONTROL, "cache_control");
                }
                if (part instanceof Part.Call call) {
                    message(turn.role(), said);
                    call(call);
                } else if (part instanceof Part.Result result) {
                    message(turn.role(), said);
                    result(result);
                } else if (part instanceof Part.Thinking thinking) {
                    message(turn.role(), said);
                    thought(thinking);
                } else {
                    said.add(part);
                }
            }
            message(turn.role(), said);
        }
        out.raw(']');
    }

    private void message(Role role, List<Part> said) {
        boolean any = false;
        for (Part part : said) {
            if (!(part instanceof Part.Text text) || !text.text().isEmpty()) {
                if (!any) {
                    any = true;
                    out.comma()
                            .ascii("{\"type\":\"message\",\"role\":\"")
                            .ascii(
                                    switch (role) {
                                        case SYSTEM -> to.is(Quirk.DEVELOPER_ROLE) ? "developer" : "system";
                                        case USER -> "user";
                                        case ASSISTANT -> "assistant";
                                    });
                    out.ascii("\",\"content\":[");
                }
                part(part, role == Role.ASSISTANT);
            }
        }
        said.clear();
        if (any) {
            out.ascii("]}");
        }
    }

    private void part(Part part, boolean assistant) {
        out.comma();
        if (part instanceof Part.Text text) {
            out.ascii(assistant ? "{\"type\":\"output_text\",\"text\":" : "{\"type\":\"input_text\",\"text\":")
                    .quoted(text.text())
                    .raw('}');
        } else if (part instanceof Part.Image image) {
            out.ascii("{\"type\":\"input_image\",\"image_url\":");
            imageUrl(image);
            out.raw('}');
        } else if (part instanceof Part.Document document) {
            document(document);
        }
    }

    private void document(Part.Document document) {
        out.ascii("{\"type\":\"input_file\"");
        Slice name = document.name();
        Slice url = document.url();
        if (url != null) {
            out.member("file_url").quoted(url);
        } else {
            out.member("filename").quoted(name == null ? Slice.of("document.pdf") : name);
            out.member("file_data").raw('"');
            dataUrl(document.mediaType(), document.data(), null);
            out.raw('"');
        }
        out.raw('}');
    }

    private void call(Part.Call call) {
        out.comma().ascii("{\"type\":\"function_call\",\"call_id\":").quoted(call.id());
        out.member("name");
        arguments(call);
        out.raw('}');
    }

    private void result(Part.Result result) {
        out.comma().ascii("{\"type\":\"function_call_output\",\"call_id\":").quoted(result.id());
        out.member("output");
        List<Part> content = new ArrayList<>(result.content());
        if (result.failed()) {
            content.add(0, new Part.Text(ERROR, Part.Cache.NONE));
        }
        boolean textOnly = true;
        for (Part part : content) {
            textOnly &= part instanceof Part.Text;
        }
        if (textOnly) {
            out.raw('"');
            for (int i = 0; i < content.size(); i++) {
                if (content.get(i) instanceof Part.Text text) {
                    out.ascii(i == 0 || i == 1 && result.failed() ? "" : "\\n").raw(text.text());
                }
            }
            out.raw('"');
        } else {
            out.raw('[');
            for (Part part : content) {
                part(part, false);
            }
            out.raw(']');
        }
        out.raw('}');
    }

    private void thought(Part.Thinking thinking) {
        @Nullable Opaque opaque = thinking.opaque();
        if (opaque == null || !opaque.madeBy(to.provider()) || opaque.kind() != Opaque.Kind.ENCRYPTED) {
            losses.add(Loss.FOREIGN_THINKING);
            return;
        }
        out.comma().ascii("{\"type\":\"reasoning\"");
        if (!opaque.id().isEmpty()) {
            out.member("id").quoted(opaque.id());
        }
        out.member("summary").raw('[');
        if (!thinking.text().isEmpty()) {
            out.ascii("{\"type\":\"summary_text\",\"text\":")
                    .quoted(thinking.text())
                    .raw('}');
        }
        out.raw(']').member("encrypted_content").quoted(opaque.payload()).raw('}');
    }
}
