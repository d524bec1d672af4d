package io.penstock.server.face.openrouter;

import io.penstock.protocol.translate.JsonTape;
import java.util.Arrays;

/** Reads along an index that was made of the document. Reused; throws nothing. */
final class TapeCopy extends JsonCopy {
    /** Names that are usual in answers, so that none of them is made anew for every event. */
    private static final String[][] USUAL = byLength(
            "id",
            "object",
            "created",
            "model",
            "provider",
            "usage",
            "choices",
            "system_fingerprint",
            "service_tier",
            "obfuscation",
            "index",
            "delta",
            "message",
            "finish_reason",
            "native_finish_reason",
            "logprobs",
            "role",
            "content",
            "refusal",
            "reasoning",
            "reasoning_content",
            "reasoning_details",
            "tool_calls",
            "function",
            "name",
            "arguments",
            "type",
            "text",
            "content_block",
            "stop_reason",
            "stop_sequence",
            "response",
            "sequence_number",
            "output_index",
            "content_index",
            "item_id",
            "item");

    private final JsonTape tape;
    private int[] ends = new int[16]; // of what was entered
    private int depth;
    private int at; // the node behind the one at hand, or the first in it
    private int name;
    private int value;
    private boolean mayEnter; // the value at hand is an object or array of which nothing was read

    /** Walks what is indexed on {@code tape}; an object each time. */
    TapeCopy(JsonTape tape) {
        this.tape = tape;
    }

    private static String[][] byLength(String... names) {
        String[][] sorted = new String[24][];
        Arrays.setAll(
                sorted,
                length -> Arrays.stream(names)
                        .filter(name -> name.length() == length)
                        .toArray(String[]::new));
        return sorted;
    }

    @Override
    void root() {
        depth = 0;
        at(JsonTape.ROOT);
    }

    @Override
    void finish() {}

    @Override
    boolean next() {
        if (!more()) {
            return false;
        }
        name = at;
        at(name + 1);
        return true;
    }

    @Override
    boolean nextElement() {
        if (!more()) {
            return false;
        }
        at(at);
        return true;
    }

    private void at(int node) {
        value = node;
        at = node + 1;
        mayEnter = tape.isObject(node) || tape.isArray(node);
    }

    /** Enters the value at hand if nothing was read of it; false at the end of what was entered last. */
    private boolean more() {
        if (mayEnter) {
            ends = depth == ends.length ? Arrays.copyOf(ends, depth * 2) : ends;
            ends[depth++] = tape.next(value);
            mayEnter = false;
        }
        if (at == ends[depth - 1]) {
            depth--;
            return false;
        }
        return true;
    }

    @Override
    String name() {
        int length = tape.to(name) - tape.from(name);
        if (length < USUAL.length) {
            for (String usual : USUAL[length]) {
                if (tape.is(name, usual)) {
                    return usual;
                }
            }
        }
        return tape.text(name);
    }

    @Override
    boolean isNull() {
        return !tape.isValue(value);
    }

    @Override
    boolean isObject() {
        return tape.isObject(value);
    }

    @Override
    boolean isArray() {
        return tape.isArray(value);
    }

    @Override
    boolean isString() {
        return tape.isString(value);
    }

    @Override
    boolean isBlank() {
        return isNull() || tape.isEmptyString(value);
    }

    @Override
    String text() {
        return tape.text(value);
    }

    @Override
    int index() {
        int number = tape.wholeNumber(value);
        return number > INDEX_MAX ? -1 : number;
    }

    @Override
    int memberFrom() {
        return tape.rawFrom(name);
    }

    @Override
    int valueFrom() {
        return tape.rawFrom(value);
    }

    @Override
    int skip() {
        at = tape.next(value);
        mayEnter = false;
        return tape.rawTo(value);
    }
}
