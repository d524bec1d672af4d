package io.penstock.protocol.translate;

import io.penstock.protocol.translate.AnswerSink.Finish;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads answers of chat completions, with what its many servers do differently: thinking under three names, inside the text
 * or in parts of it, calls without an index or an id, several calls under one index.
 */
final class ChatAnswer implements AnswerReader {
    private static final int CALLS_MAX = 1_024; // beyond, a provider is not making sense

    private final String provider;
    private final String idBase;
    private final @Nullable ThinkTags tags;
    private final List<Call> calls = new ArrayList<>();

    /** A call as far as it was told. */
    private static final class Call {
        private final int index;
        private String id = "";
        private boolean named;
        private @Nullable JsonOut early; // arguments that came before the name

        private Call(int index) {
            this.index = index;
        }
    }

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
        int idNode = tape.get(node, "id");
        String id = tape.text(idNode);
        int index = tape.wholeNumber(tape.get(node, "index"));
        int name = tape.get(function, "name");
        boolean named = tape.isString(name) && !tape.isEmptyString(name);
        int key = find(index, id, named);
        if (key < 0) {
            if (calls.size() == CALLS_MAX) {
                return;
            }
            key = calls.size();
            calls.add(new Call(index));
        }
        Call call = calls.get(key);
        if (call.id.isEmpty()) {
            call.id = id;
        }
        int arguments = tape.get(function, "arguments");
        if (named && !call.named) {
            call.named = true;
            signature(tape, node, sink);
            if (call.id.isEmpty()) {
                call.id = "call_" + idBase + "_" + key;
            }
            sink.call(
                    key,
                    tape.isString(idNode) && !id.isEmpty() ? tape.slice(idNode) : Slice.of(call.id),
                    tape.text(name));
            JsonOut early = call.early;
            if (early != null) {
                sink.arguments(key, early.bytes(), 0, early.length());
                call.early = null;
            }
        }
        if (tape.isString(arguments) && !tape.isEmptyString(arguments)) {
            arguments(call, key, tape.slice(arguments), sink);
        } else if (tape.isObject(arguments)) { // some servers forget to write it as text
            arguments(call, key, FreeText.escaped(tape.raw(arguments)), sink);
        }
    }

    private static void arguments(Call call, int key, Slice fragment, AnswerSink sink) {
        if (call.named) {
            sink.arguments(key, fragment.bytes(), fragment.from(), fragment.to());
        } else {
            call.early = (call.early == null ? new JsonOut() : call.early).raw(fragment);
        }
    }

    /**
     * The call that a fragment belongs to: the last one of that index, unless the fragment begins another by a name and an id
     * of its own; without an index the one of that id; and without either the last one, unless the fragment has a name.
     */
    private int find(int index, String id, boolean named) {
        int last = calls.size() - 1;
        if (index < 0 && id.isEmpty()) {
            return last >= 0 && named && calls.get(last).named ? -1 : last;
        }
        for (int i = last; i >= 0; i--) {
            Call call = calls.get(i);
            if (index >= 0 ? call.index == index : call.id.equals(id)) {
                boolean another = named && call.named && !id.isEmpty() && !call.id.equals(id);
                return another ? -1 : i;
            }
        }
        return -1;
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
        for (int key = 0; key < calls.size(); key++) {
            if (calls.get(key).named) {
                sink.callEnds(key);
            }
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
