package io.penstock.protocol.translate;

import io.penstock.protocol.Usage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Responses and their items as JSON (the API's reference; CLIENTS section 7). Static. */
final class ResponsesJson {
    private ResponsesJson() {}

    /** An item's id: the answer's letters, and its place. */
    static String id(Item item, int index, AnswerFacts facts) {
        String prefix = switch (item.kind()) {
            case TEXT -> "msg_";
            case THINKING -> "rs_";
            case CALL ->
                switch (item.tool.kind()) {
                    case CUSTOM -> "ctc_";
                    case LOCAL_SHELL -> "lsh_";
                    default -> "fc_";
                };
        };
        return facts.id(prefix) + "_" + index;
    }

    /** What an event begins with, up to its number; the object is left open. */
    static JsonOut event(String type, long sequence, JsonOut out) {
        out.ascii("event: ").ascii(type).ascii("\ndata: {\"type\":\"").ascii(type);
        return out.ascii("\",\"sequence_number\":").number(sequence);
    }

    /** An item, whole as far as it was told; {@code done} or still in progress. */
    static void item(Item item, String id, boolean done, String maker, JsonOut out) {
        out.ascii("{\"id\":").quoted(id).ascii(",\"type\":");
        switch (item.kind()) {
            case TEXT -> {
                out.ascii("\"message\"");
                status(done, out);
                out.ascii(",\"role\":\"assistant\",\"content\":[");
                if (done) {
                    text(item.text(), out);
                }
                out.raw(']');
            }
            case THINKING -> {
                out.ascii("\"reasoning\",\"summary\":[");
                if (done && item.content().length() > 0) {
                    summary(item.text(), out);
                }
                out.raw(']');
                if (done) {
                    out.ascii(",\"encrypted_content\":\"");
                    Opaque opaque = item.opaque;
                    (opaque == null ? Opaque.plain(maker) : opaque).seal(out);
                    out.raw('"');
                }
            }
            case CALL -> call(item, done, out);
        }
        out.raw('}');
    }

    private static void status(boolean done, JsonOut out) {
        out.ascii(done ? ",\"status\":\"completed\"" : ",\"status\":\"in_progress\"");
    }

    static void text(Slice text, JsonOut out) {
        out.ascii("{\"type\":\"output_text\",\"text\":").quoted(text).ascii(",\"annotations\":[],\"logprobs\":[]}");
    }

    static void summary(Slice text, JsonOut out) {
        out.ascii("{\"type\":\"summary_text\",\"text\":").quoted(text).raw('}');
    }

    private static void call(Item item, boolean done, JsonOut out) {
        switch (item.tool.kind()) {
            case CUSTOM -> {
                out.ascii("\"custom_tool_call\"");
                status(done, out);
                out.ascii(",\"call_id\":").quoted(item.id).ascii(",\"name\":").quoted(item.tool.name());
                space(item, out);
                out.ascii(",\"input\":").quoted(done ? FreeText.input(item.arguments()) : Slice.EMPTY);
            }
            case LOCAL_SHELL -> {
                out.ascii("\"local_shell_call\"");
                status(done, out);
                out.ascii(",\"call_id\":").quoted(item.id).ascii(",\"action\":{\"type\":\"exec\"");
                shell(item, done, out);
                out.raw('}');
            }
            default -> {
                out.ascii("\"function_call\"");
                status(done, out);
                out.ascii(",\"call_id\":").quoted(item.id).ascii(",\"name\":").quoted(item.tool.name());
                space(item, out);
                out.ascii(",\"arguments\":").quoted(done ? item.arguments() : Slice.EMPTY);
            }
        }
    }

    private static void space(Item item, JsonOut out) {
        String space = item.tool.space();
        if (space != null) {
            out.ascii(",\"namespace\":").quoted(space);
        }
    }

    /** The members of the action that the model wrote as arguments. */
    private static void shell(Item item, boolean done, JsonOut out) {
        JsonOut json = FreeText.unescaped(item.arguments());
        JsonTape tape = new JsonTape();
        boolean object = done && Reading.isObject(json, tape);
        boolean command = false;
        boolean environment = false;
        if (object) {
            for (int name = tape.first(JsonTape.ROOT), end = tape.next(JsonTape.ROOT);
                    name < end;
                    name = tape.next(name + 1)) {
                if (!tape.is(name, "type")) {
                    command |= tape.is(name, "command");
                    environment |= tape.is(name, "env");
                    out.comma().quoted(tape.slice(name)).raw(':').raw(tape.raw(name + 1));
                }
            }
        }
        out.ascii(command ? "" : ",\"command\":[]").ascii(environment ? "" : ",\"env\":{}");
    }

    /**
     * A response, all that the Open Responses schema requires of it.
     *
     * @param status {@code in_progress}, {@code completed}, {@code incomplete} or {@code failed}
     * @param reason why it is incomplete; null if it is not
     * @param error the error object as JSON; null if it did not fail
     * @param items of the output; empty while in progress
     * @param facts of the answer that has items; null without
     * @param maker who made what is sealed in them
     * @param usage null while in progress
     */
    static void response(
            ResponseIdentity of,
            String status,
            @Nullable String reason,
            byte @Nullable [] error,
            List<Item> items,
            @Nullable AnswerFacts facts,
            String maker,
            @Nullable Usage usage,
            JsonOut out) {
        out.ascii("{\"id\":").quoted(of.id()).ascii(",\"object\":\"response\",\"created_at\":");
        out.number(of.createdSeconds()).ascii(",\"completed_at\":");
        if (status.equals("completed") && facts != null) {
            out.number(Math.max(of.createdSeconds(), facts.nowSeconds().getAsLong()));
        } else {
            out.ascii("null");
        }
        out.ascii(",\"status\":\"").ascii(status).ascii("\",\"error\":");
        if (error == null) {
            out.ascii("null");
        } else {
            out.raw(error, 0, error.length);
        }
        out.ascii(",\"incomplete_details\":");
        if (reason == null) {
            out.ascii("null");
        } else {
            out.ascii("{\"reason\":\"").ascii(reason).ascii("\"}");
        }
        out.ascii(",\"model\":").quoted(of.model()).ascii(",\"output\":[");
        for (int i = 0; facts != null && i < items.size(); i++) {
            Item item = items.get(i);
            item(item, id(item, i, facts), true, maker, out.comma());
        }
        out.raw(']');
        of.echo().write(out);
        out.ascii(",\"usage\":");
        if (usage == null) {
            out.ascii("null");
        } else {
            UsageJson.responses(usage, out);
        }
        out.raw('}');
    }

    /** Why an answer is incomplete; null if it is not. */
    static @Nullable String incomplete(AnswerSink.Finish finish) {
        return switch (finish) {
            case LENGTH -> "max_output_tokens";
            case FILTER -> "content_filter";
            default -> null;
        };
    }
}
