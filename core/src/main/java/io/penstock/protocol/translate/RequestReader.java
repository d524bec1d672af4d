package io.penstock.protocol.translate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the readers of requests have in common: how they go through a body, and what several protocols call the same. */
abstract class RequestReader {
    final JsonTape tape;
    final Prompt prompt = new Prompt();

    RequestReader(JsonTape tape) {
        this.tape = tape;
    }

    /** Reads the body, which is an object, as whoever scanned it made sure of. */
    final Prompt read() {
        for (int name = tape.first(JsonTape.ROOT), end = tape.next(JsonTape.ROOT);
                name < end;
                name = tape.next(name + 1)) {
            if (tape.isValue(name + 1)) {
                field(tape.text(name), name + 1);
            }
        }
        end();
        return prompt;
    }

    /** A field of the body; absent ones and those of {@code null} do not come. */
    abstract void field(String name, int value);

    /** All fields have come. */
    abstract void end();

    /** A field that chat and completions both have, or one that is not known. */
    final void common(String name, int value) {
        switch (name) {
            case "stop" -> Reading.stops(prompt, tape, value);
            case "stream" -> prompt.stream = tape.isTrue(value);
            case "user" -> prompt.user = Reading.sliceOrNull(tape, value);
            case "temperature" -> prompt.param(Param.TEMPERATURE, tape, value);
            case "top_p" -> prompt.param(Param.TOP_P, tape, value);
            case "top_k" -> prompt.param(Param.TOP_K, tape, value);
            case "seed" -> prompt.param(Param.SEED, tape, value);
            case "frequency_penalty" -> prompt.param(Param.FREQUENCY_PENALTY, tape, value);
            case "presence_penalty" -> prompt.param(Param.PRESENCE_PENALTY, tape, value);
            case "logit_bias" -> prompt.param(Param.LOGIT_BIAS, tape, value);
            default -> prompt.losses().add(Loss.UNKNOWN_FIELD, name);
        }
    }

    /** Reads one message, the {@code index}-th of its request. */
    interface MessageReader {
        void read(int message, int index);
    }

    /** Reads the list of messages, which there must be. */
    final void messages(int messages, MessageReader reader) {
        if (!tape.isArray(messages)) {
            throw Reading.invalid("messages", "an array");
        }
        int index = 0;
        for (int at = tape.first(messages), end = tape.next(messages); at < end; at = tape.next(at)) {
            reader.read(at, index++);
        }
    }

    /** Reads one part of a content; null if nothing is left of it. */
    interface PartReader {
        @Nullable
        Part read(int node);
    }

    /** Adds what a content has, be it a text or a list of parts; false if it is neither. */
    final boolean content(List<Part> parts, int content, PartReader reader) {
        if (tape.isString(content)) {
            parts.add(new Part.Text(tape.slice(content), Part.Cache.NONE));
            return true;
        }
        if (!tape.isArray(content)) {
            return false;
        }
        for (int at = tape.first(content), end = tape.next(content); at < end; at = tape.next(at)) {
            Part part = reader.read(at);
            if (part != null) {
                parts.add(part);
            }
        }
        return true;
    }
}
