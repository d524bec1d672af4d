package io.penstock.protocol.translate;

import io.penstock.protocol.Protocol;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks on while an answer of Anthropic messages or Responses passes untouched, and notes its signatures and other opaque parts,
 * so that it is known later whose they are. Belongs to one exchange; not thread-safe. Only an event that says so in its first
 * bytes is looked into.
 */
public final class OpaqueWatch {
    private static final int HEAD_BYTES = 160;
    private static final byte[] SIGNATURE_DELTA = "\"signature_delta\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REDACTED = "\"redacted_thinking\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ITEM_DONE = "output_item.done\"".getBytes(StandardCharsets.US_ASCII);

    private final Protocol protocol;
    private final List<String> found = new ArrayList<>();
    private final JsonTape tape = new JsonTape();

    public OpaqueWatch(Protocol protocol) {
        this.protocol = protocol;
    }

    /** One event's data. */
    public void event(byte[] data, int from, int to) {
        int head = Math.min(to, from + HEAD_BYTES);
        if (protocol == Protocol.RESPONSES) {
            if (holds(ITEM_DONE, data, from, head) && tape.parse(data, from, to)) {
                element(tape.get(JsonTape.ROOT, "item"));
            }
        } else if (holds(SIGNATURE_DELTA, data, from, head) && tape.parse(data, from, to)) {
            note(tape.get(tape.get(JsonTape.ROOT, "delta"), "signature"));
        } else if (holds(REDACTED, data, from, head) && tape.parse(data, from, to)) {
            element(tape.get(JsonTape.ROOT, "content_block"));
        }
    }

    /** A plain answer. */
    public void whole(byte[] answer, int from, int to) {
        if (tape.parse(answer, from, to)) {
            int list = tape.get(JsonTape.ROOT, protocol == Protocol.RESPONSES ? "output" : "content");
            if (tape.isArray(list)) {
                for (int at = tape.first(list), end = tape.next(list); at < end; at = tape.next(at)) {
                    element(at);
                }
            }
        }
    }

    private void element(int node) {
        note(tape.get(node, "signature"));
        note(tape.get(node, "data"));
        note(tape.get(node, "encrypted_content"));
    }

    private void note(int node) {
        if (tape.isString(node) && !tape.isEmptyString(node)) {
            found.add(tape.text(node));
        }
    }

    private static boolean holds(byte[] word, byte[] data, int from, int to) {
        for (int i = from; i <= to - word.length; i++) {
            if (data[i] == word[0] && java.util.Arrays.equals(data, i, i + word.length, word, 0, word.length)) {
                return true;
            }
        }
        return false;
    }

    /** What was found, decoded. */
    public List<String> found() {
        return found;
    }
}
