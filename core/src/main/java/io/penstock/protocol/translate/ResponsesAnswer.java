package io.penstock.protocol.translate;

import io.penstock.protocol.translate.AnswerSink.Finish;
import java.util.BitSet;

/**
 * Reads answers of the Responses API. What a server tells only at an item's end, because it sends no fragments, is taken from
 * there.
 */
final class ResponsesAnswer implements AnswerReader {
    private static final int ITEMS_MAX = 4_096; // beyond, a provider is not making sense
    private static final byte[] BLANK_LINE = {'\\', 'n', '\\', 'n'};

    private final String provider;
    private final String idBase;
    private final BitSet told = new BitSet(); // items of which fragments came
    private final BitSet calls = new BitSet(); // items that are calls
    private final BitSet ended = new BitSet(); // items that are done
    private int last = -1; // index of the item that began last

    /**
     * @param provider whose answers these are
     * @param idBase what ids of calls are made of where the provider gives none
     */
    ResponsesAnswer(String provider, String idBase) {
        this.provider = provider;
        this.idBase = idBase;
    }

    @Override
    public void event(JsonTape tape, AnswerSink sink) {
        String type = tape.text(tape.get(JsonTape.ROOT, "type"));
        int index = index(tape, type);
        switch (type) {
            case "response.created", "response.in_progress" -> sink.begin();
            case "response.output_item.added" -> {
                sink.begin();
                itemBegins(tape, tape.get(JsonTape.ROOT, "item"), index, sink);
            }
            case "response.output_text.delta", "response.refusal.delta" -> {
                int delta = delta(tape, index);
                if (delta >= 0) {
                    sink.text(tape.bytes(), tape.from(delta), tape.to(delta));
                }
            }
            case "response.reasoning_summary_part.added" -> {
                if (tape.wholeNumber(tape.get(JsonTape.ROOT, "summary_index")) > 0) {
                    sink.thinking(BLANK_LINE, 0, BLANK_LINE.length);
                }
            }
            case "response.reasoning_summary_text.delta", "response.reasoning_text.delta" -> {
                int delta = delta(tape, index);
                if (delta >= 0) {
                    sink.thinking(tape.bytes(), tape.from(delta), tape.to(delta));
                }
            }
            case "response.function_call_arguments.delta" -> {
                int delta = calls.get(index) ? delta(tape, index) : JsonTape.NONE;
                if (delta >= 0) {
                    sink.arguments(index, tape.bytes(), tape.from(delta), tape.to(delta));
                }
            }
            case "response.function_call_arguments.done" ->
                untold(tape, tape.get(JsonTape.ROOT, "arguments"), index, sink);
            case "response.output_item.done" -> itemEnds(tape, tape.get(JsonTape.ROOT, "item"), index, sink);
            case "response.completed", "response.incomplete" -> finish(tape, tape.get(JsonTape.ROOT, "response"), sink);
            default -> {}
        }
    }

    /** The item that an event tells of; for servers that do not say, the last one, or the one that begins. */
    private int index(JsonTape tape, String type) {
        int index = tape.wholeNumber(tape.get(JsonTape.ROOT, "output_index"));
        boolean begins = type.equals("response.output_item.added");
        boolean ends = type.equals("response.output_item.done");
        if (index < 0) {
            index = begins || last < 0 || ends && ended.get(last) ? last + 1 : last;
        }
        index = Math.min(index, ITEMS_MAX);
        if (begins || ends) {
            last = Math.max(last, index);
        }
        return index;
    }

    @Override
    public void whole(JsonTape tape, AnswerSink sink) {
        sink.begin();
        int output = tape.get(JsonTape.ROOT, "output");
        if (tape.isArray(output)) {
            int index = 0;
            for (int at = tape.first(output), end = tape.next(output); at < end; at = tape.next(at)) {
                itemBegins(tape, at, index, sink);
                itemEnds(tape, at, index++, sink);
            }
        }
        finish(tape, JsonTape.ROOT, sink);
    }

    @Override
    public void end(AnswerSink sink) {}

    private int delta(JsonTape tape, int index) {
        int delta = tape.get(JsonTape.ROOT, "delta");
        if (!tape.isString(delta) || tape.isEmptyString(delta)) {
            return JsonTape.NONE;
        }
        told.set(index);
        return delta;
    }

    private void itemBegins(JsonTape tape, int item, int index, AnswerSink sink) {
        if (tape.is(tape.get(item, "type"), "function_call") && !calls.get(index)) {
            int id = tape.get(item, "call_id");
            calls.set(index);
            sink.call(
                    index,
                    tape.isString(id) ? tape.slice(id) : Slice.of("call_" + idBase + "_" + index),
                    tape.text(tape.get(item, "name")));
        }
    }

    private void untold(JsonTape tape, int arguments, int index, AnswerSink sink) {
        if (calls.get(index) && !told.get(index) && tape.isString(arguments) && !tape.isEmptyString(arguments)) {
            told.set(index);
            sink.arguments(index, tape.bytes(), tape.from(arguments), tape.to(arguments));
        }
    }

    private void itemEnds(JsonTape tape, int item, int index, AnswerSink sink) {
        switch (tape.text(tape.get(item, "type"))) {
            case "function_call" -> {
                if (!calls.get(index)) {
                    itemBegins(tape, item, index, sink);
                }
                untold(tape, tape.get(item, "arguments"), index, sink);
                sink.callEnds(index);
            }
            case "message" -> {
                if (!told.get(index)) {
                    texts(tape, tape.get(item, "content"), false, sink);
                }
            }
            case "reasoning" -> {
                if (!told.get(index)) {
                    int summary = tape.get(item, "summary");
                    boolean any = tape.isArray(summary) && tape.next(summary) > tape.first(summary);
                    texts(tape, any ? summary : tape.get(item, "content"), true, sink);
                }
                int sealed = tape.get(item, "encrypted_content");
                if (tape.isString(sealed) && !tape.isEmptyString(sealed)) {
                    int id = tape.get(item, "id");
                    sink.opaque(new Opaque(
                            provider,
                            Opaque.Kind.ENCRYPTED,
                            tape.isString(id) ? tape.slice(id) : Slice.EMPTY,
                            tape.slice(sealed)));
                }
                sink.thinkingEnds();
            }
            default -> {}
        }
        told.set(index);
        ended.set(index);
    }

    private static void texts(JsonTape tape, int parts, boolean thinking, AnswerSink sink) {
        if (!tape.isArray(parts)) {
            return;
        }
        boolean any = false;
        for (int at = tape.first(parts), end = tape.next(parts); at < end; at = tape.next(at)) {
            int text = tape.get(at, "text");
            text = tape.isString(text) ? text : tape.get(at, "refusal");
            if (tape.isString(text) && !tape.isEmptyString(text)) {
                if (thinking) {
                    if (any) {
                        sink.thinking(BLANK_LINE, 0, BLANK_LINE.length);
                    }
                    sink.thinking(tape.bytes(), tape.from(text), tape.to(text));
                } else {
                    sink.text(tape.bytes(), tape.from(text), tape.to(text));
                }
                any = true;
            }
        }
    }

    private void finish(JsonTape tape, int response, AnswerSink sink) {
        String reason = tape.text(tape.get(tape.get(response, "incomplete_details"), "reason"));
        if (reason.equals("content_filter")) {
            sink.finish(Finish.FILTER);
        } else if (!reason.isEmpty() || tape.is(tape.get(response, "status"), "incomplete")) {
            sink.finish(Finish.LENGTH);
        } else {
            sink.finish(calls.isEmpty() ? Finish.STOP : Finish.CALLS);
        }
    }
}
