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
        details(tape, tape.get(message, "reasoning_details"), parts);
        if (parts.size() == before) {
            int text = tape.get(message, "reasoning_content");
            text = tape.isString(text) ? text : tape.get(message, "reasoning");
            if (tape.isString(text) && !tape.isEmptyString(text)) {
                parts.add(new Part.Thinking(tape.slice(text), null));
            }
        }
    }

    /** Adds what a list of {@code reasoning_details} says. */
    static void details(JsonTape tape, int details, List<Part> parts) {
        if (tape.isArray(details)) {
            for (int at = tape.first(details), end = tape.next(details); at < end; at = tape.next(at)) {
                Part detail = detail(tape, at);
                if (detail != null) {
                    parts.add(detail);
                }
            }
        }
    }

    private static @Nullable Part detail(JsonTape tape, int detail) {
        switch (tape.text(tape.get(detail, "type"))) {
            case "reasoning.text" -> {
                int text = tape.get(detail, "text");
                return new Part.Thinking(
                        tape.isString(text) ? tape.slice(text) : Slice.EMPTY,
                        opened(tape, tape.get(detail, "signature")));
            }
            case "reasoning.summary" -> {
                int text = tape.get(detail, "summary");
                return tape.isString(text) ? new Part.Thinking(tape.slice(text), null) : null;
            }
            case "reasoning.encrypted" -> {
                Opaque opaque = opened(tape, tape.get(detail, "data"));
                return opaque == null ? null : new Part.Thinking(Slice.EMPTY, opaque);
            }
            default -> {
                return null;
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
}
