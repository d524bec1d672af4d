package io.penstock.protocol.translate;

import io.penstock.protocol.translate.AnswerSink.Finish;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads answers of chat completions, with what its many servers do differently: thinking under three names, inside the text
 * or in parts of it, calls without an index or an id, several calls under one index, a call in the older form.
 */
final class ChatAnswer implements AnswerReader {
    private final String provider;
    private final String idBase;
    private final @Nullable ThinkTags tags;
    private final CallOrder calls = new CallOrder();
    private final BitSet told = new BitSet(); // calls that the sink knows of
    private final Map<Integer, JsonOut> early = new HashMap<>(); // arguments that came before their call's name

    /**
     * @param provider whose answers these are
     * @param idBase what ids of calls are made of where the provider gives none
     * @param thinkTags whether it puts thinking inside the text
     */
    ChatAnswer(String provider, String idBase, boolean thinkTags) {
        this.provider = provider;
        this.idBase = idBase;
        this.tags = thinkTags ? new ThinkTags() : null;
    }

    @Override
    public void event(JsonTape tape, AnswerSink sink) {
        int choice = firstChoice(tape);
        if (choice == JsonTape.NONE) {
            return;
        }
        sink.begin();
        int delta = tape.get(choice, "delta");
        message(tape, tape.isObject(delta) ? delta : tape.get(choice, "message"), sink);
        finish(tape, choice, sink);
    }

    @Override
    public void whole(JsonTape tape, AnswerSink sink) {
        sink.begin();
        int choice = firstChoice(tape);
        message(tape, tape.get(choice, "message"), sink);
        finish(tape, choice, sink);
        end(sink);
    }

    @Override
    public void end(AnswerSink sink) {
        if (tags != null) {
            tags.end(sink);
        }
    }

    /** The choice of index 0, which no index means too; the others were not asked for. */
    private static int firstChoice(JsonTape tape) {
        int choices = tape.get(JsonTape.ROOT, "choices");
        if (tape.isArray(choices)) {
            for (int at = tape.first(choices), end = tape.next(choices); at < end; at = tape.next(at)) {
                if (tape.wholeNumber(tape.get(at, "index")) <= 0) {
                    return at;
                }
            }
        }
        return JsonTape.NONE;
    }

    private void message(JsonTape tape, int message, AnswerSink sink) {
        if (!ChatThinking.told(tape, message, provider, sink)) {
            int thought = tape.get(message, "reasoning_content");
            thought = tape.isString(thought) && !tape.isEmptyString(thought) ? thought : tape.get(message, "reasoning");
            if (tape.isString(thought) && !tape.isEmptyString(thought)) {
                sink.thinking(tape.bytes(), tape.from(thought), tape.to(thought));
            }
        }
        int content = tape.get(message, "content");
        if (tape.isArray(content)) {
            for (int at = tape.first(content), end = tape.next(content); at < end; at = tape.next(at)) {
                contentPart(tape, at, sink);
            }
        } else {
            text(tape, content, sink);
        }
        text(tape, tape.get(message, "refusal"), sink);
        int list = tape.get(message, "tool_calls");
        if (tape.isArray(list)) {
            for (int at = tape.first(list), end = tape.next(list); at < end; at = tape.next(at)) {
                call(tape, at, sink);
            }
        }
        int older = tape.get(message, "function_call");
        if (tape.isObject(older)) {
            int key = calls.older();
            if (key >= 0) {
                call(tape, message, older, JsonTape.NONE, key, sink);
            }
        }
    }

    /** Mistral's parts: {@code text}, and {@code thinking} with texts inside. */
    private void contentPart(JsonTape tape, int part, AnswerSink sink) {
        int thinking = tape.get(part, "thinking");
        if (tape.isArray(thinking)) {
            for (int at = tape.first(thinking), end = tape.next(thinking); at < end; at = tape.next(at)) {
                int text = tape.get(at, "text");
                if (tape.isString(text)) {
                    sink.thinking(tape.bytes(), tape.from(text), tape.to(text));
                }
            }
        } else {
            text(tape, tape.get(part, "text"), sink);
        }
    }

    private void text(JsonTape tape, int text, AnswerSink sink) {
        if (tape.isString(text) && !tape.isEmptyString(text)) {
            if (tags == null) {
                sink.text(tape.bytes(), tape.from(text), tape.to(text));
            } else {
                tags.text(tape.slice(text), sink);
            }
        }
    }

    // ---- Calls

    private void call(JsonTape tape, int node, AnswerSink sink) {
        int function = tape.get(node, "function");
        int id = tape.get(node, "id");
        int index = tape.wholeNumber(tape.get(node, "index"));
        int key = calls.number(index, tape.text(id), isNamed(tape, function));
        if (key >= 0) {
            call(tape, node, function, id, key, sink);
        }
    }

    private static boolean isNamed(JsonTape tape, int function) {
        int name = tape.get(function, "name");
        return tape.isString(name) && !tape.isEmptyString(name);
    }

    /** A piece of a call: its function, its id if there is one, and what else {@code holder} says of it. */
    private void call(JsonTape tape, int holder, int function, int idNode, int key, AnswerSink sink) {
        if (isNamed(tape, function) && !told.get(key)) {
            told.set(key);
            signature(tape, holder, sink);
            String id = calls.id(key);
            Slice shown = tape.isString(idNode) && !tape.isEmptyString(idNode)
                    ? tape.slice(idNode)
                    : Slice.of(id.isEmpty() ? "call_" + idBase + "_" + key : id);
            sink.call(key, shown, tape.text(tape.get(function, "name")));
            JsonOut before = early.remove(key);
            if (before != null) {
                sink.arguments(key, before.bytes(), 0, before.length());
            }
        }
        int arguments = tape.get(function, "arguments");
        if (tape.isString(arguments) && !tape.isEmptyString(arguments)) {
            arguments(key, tape.slice(arguments), sink);
        } else if (tape.isObject(arguments)) { // some servers forget to write it as text
            arguments(key, FreeText.escaped(tape.raw(arguments)), sink);
        }
    }

    private void arguments(int key, Slice fragment, AnswerSink sink) {
        if (told.get(key)) {
            sink.arguments(key, fragment.bytes(), fragment.from(), fragment.to());
        } else {
            early.computeIfAbsent(key, none -> new JsonOut()).raw(fragment);
        }
    }

    private void signature(JsonTape tape, int call, AnswerSink sink) {
        int signature = tape.get(tape.get(tape.get(call, "extra_content"), "google"), "thought_signature");
        if (tape.isString(signature)) {
            sink.thinkingEnds();
            sink.opaque(new Opaque(provider, Opaque.Kind.THOUGHT, Slice.EMPTY, tape.slice(signature)));
        }
    }

    private void finish(JsonTape tape, int choice, AnswerSink sink) {
        int reason = tape.get(choice, "finish_reason");
        if (!tape.isString(reason) || tape.isEmptyString(reason)) {
            return;
        }
        end(sink);
        for (int key = told.nextSetBit(0); key >= 0; key = told.nextSetBit(key + 1)) {
            sink.callEnds(key);
        }
        sink.finish(
                switch (tape.text(reason)) {
                    case "length", "max_tokens", "model_length" -> Finish.LENGTH;
                    case "tool_calls", "function_call" -> Finish.CALLS;
                    case "content_filter" -> Finish.FILTER;
                    default -> Finish.STOP;
                });
    }
}
