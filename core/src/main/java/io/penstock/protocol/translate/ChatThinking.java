package io.penstock.protocol.translate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Thinking on assistant messages of chat completions: {@code reasoning_content} (DeepSeek, Moonshot and others),
 * {@code reasoning} with {@code reasoning_details} (OPENROUTER section 4), {@code thought_signature} (Gemini). Static.
 */
final class ChatThinking {
    private ChatThinking() {}

    /** Adds what a message says was thought before its words. */
    static void read(JsonTape tape, int message, List<Part> parts) {
        int before = parts.size();
        ReasoningDetails.read(tape, tape.get(message, "reasoning_details"), parts);
        if (parts.size() == before) {
            int text = tape.get(message, "reasoning_content");
            text = tape.isString(text) ? text : tape.get(message, "reasoning");
            if (tape.isString(text) && !tape.isEmptyString(text)) {
                parts.add(new Part.Thinking(tape.slice(text), null));
            }
        }
    }

    /** Adds what a call says about the thought that led to it. */
    static void signature(JsonTape tape, int call, List<Part> parts) {
        int google = tape.get(tape.get(call, "extra_content"), "google");
        Opaque opaque = opened(tape, tape.get(google, "thought_signature"));
        if (opaque != null) {
            parts.add(new Part.Thinking(Slice.EMPTY, opaque));
        }
    }

    private static @Nullable Opaque opened(JsonTape tape, int sealed) {
        return tape.isString(sealed) ? Opaque.open(tape.slice(sealed)) : null;
    }

    // ---- reasoning_details of OpenRouter's own

    /**
     * Tells what a provider's message holds in its {@code reasoning_details}: texts, and what is to come back with them. True if
     * there was any text, so that {@code reasoning} only says it again.
     */
    static boolean told(JsonTape tape, int message, String provider, AnswerSink sink) {
        int details = tape.get(message, "reasoning_details");
        if (!tape.isArray(details)) {
            return false;
        }
        boolean any = false;
        for (int at = tape.first(details), end = tape.next(details); at < end; at = tape.next(at)) {
            int text = tape.get(at, "text");
            text = tape.isString(text) ? text : tape.get(at, "summary");
            if (tape.isString(text) && !tape.isEmptyString(text)) {
                any = true;
                sink.thinking(tape.bytes(), tape.from(text), tape.to(text));
            }
            boolean signed = !tape.text(tape.get(at, "signature")).isEmpty();
            if (signed || !tape.text(tape.get(at, "data")).isEmpty()) {
                sink.opaque(
                        new Opaque(provider, Opaque.Kind.DETAIL, Slice.EMPTY, FreeText.escaped(withoutText(tape, at))));
            }
        }
        return any;
    }

    private static Slice withoutText(JsonTape tape, int detail) {
        JsonOut out = new JsonOut().raw('{');
        for (int name = tape.first(detail), end = tape.next(detail); name < end; name = tape.next(name + 1)) {
            if (!tape.is(name, "text")) {
                out.comma().raw(tape.raw(name)).raw(':').raw(tape.raw(name + 1));
            }
        }
        return Slice.of(out.raw('}'));
    }

    /** Writes what that provider thought in a turn as the {@code reasoning_details} that it came in. */
    static void write(Turn turn, String provider, JsonOut out) {
        boolean any = false;
        for (Part part : turn.parts()) {
            if (part instanceof Part.Thinking thinking) {
                Opaque opaque = thinking.opaque();
                if (opaque != null
                        && opaque.madeBy(provider)
                        && (opaque.kind() == Opaque.Kind.DETAIL || opaque.kind() == Opaque.Kind.PLAIN)) {
                    if (!any) {
                        any = true;
                        out.member("reasoning_details").raw('[');
                    }
                    detail(thinking.text(), opaque, out);
                }
            }
        }
        if (any) {
            out.raw(']');
        }
    }

    private static void detail(Slice text, Opaque opaque, JsonOut out) {
        JsonTape tape = new JsonTape();
        JsonOut json = FreeText.unescaped(opaque.payload());
        boolean known = opaque.kind() == Opaque.Kind.DETAIL
                && tape.parse(json.bytes(), 0, json.length())
                && tape.isObject(JsonTape.ROOT);
        boolean encrypted = known && tape.is(tape.get(JsonTape.ROOT, "type"), "reasoning.encrypted");
        if (encrypted && !text.isEmpty()) {
            out.comma().ascii("{\"type\":\"reasoning.summary\",\"summary\":").quoted(text);
            int format = tape.get(JsonTape.ROOT, "format");
            if (tape.isString(format)) {
                out.member("format").raw(tape.raw(format));
            }
            out.raw('}');
        }
        if (encrypted) {
            out.comma().raw(tape.raw(JsonTape.ROOT));
        } else if (known || !text.isEmpty()) {
            out.comma().raw('{');
            if (known) {
                Slice rest = tape.raw(JsonTape.ROOT);
                out.raw(rest.part(rest.from() + 1, rest.to() - 1));
            } else {
                out.ascii("\"type\":\"reasoning.text\"");
            }
            out.member("text").quoted(text).raw('}');
        }
    }
}
