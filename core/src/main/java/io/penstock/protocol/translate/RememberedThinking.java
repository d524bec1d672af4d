package io.penstock.protocol.translate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Notes, while an answer is told, what was thought before each of its calls: for clients whose protocol has no room for it
 * (plain chat), and providers that want it back with the result of the call. As JSON, a list like OpenRouter's
 * {@code reasoning_details}, opaque parts sealed.
 *
 * <p>Memory: the thinking of one answer, at most {@link #BYTES_MAX}; of a longer one nothing is noted.
 */
final class RememberedThinking implements AnswerSink {
    /** Longest thinking before one call that is noted, in bytes. */
    public static final int BYTES_MAX = 512 * 1024;

    private final AnswerSink sink;
    private final Map<String, byte[]> byCall = new LinkedHashMap<>();
    private final JsonOut text = new JsonOut();
    private final JsonOut entries = new JsonOut();
    private boolean tooLong;

    /** Passes all on. */
    RememberedThinking(AnswerSink sink) {
        this.sink = sink;
    }

    /** By call id, what was thought before it; calls without thinking are not in it. */
    public Map<String, byte[]> byCall() {
        return byCall;
    }

    /** Bytes that are kept. */
    public int heldBytes() {
        return text.length() + entries.length();
    }

    @Override
    public void begin() {
        sink.begin();
    }

    @Override
    public void text(byte[] bytes, int from, int to) {
        sink.text(bytes, from, to);
    }

    @Override
    public void thinking(byte[] bytes, int from, int to) {
        if (text.length() + entries.length() + (to - from) > BYTES_MAX) {
            tooLong = true;
        } else {
            text.raw(bytes, from, to);
        }
        sink.thinking(bytes, from, to);
    }

    @Override
    public void opaque(Opaque opaque) {
        entry(opaque);
        sink.opaque(opaque);
    }

    @Override
    public void thinkingEnds() {
        if (text.length() > 0) {
            entry(null);
        }
        sink.thinkingEnds();
    }

    private void entry(@Nullable Opaque opaque) {
        if (text.length() > 0 || opaque == null) {
            entries.comma()
                    .ascii("{\"type\":\"reasoning.text\",\"text\":\"")
                    .raw(text)
                    .ascii("\",\"signature\":");
        } else {
            entries.comma().ascii("{\"type\":\"reasoning.encrypted\",\"data\":");
        }
        Opaque.sealOrNull(opaque, entries);
        entries.raw('}');
        text.clear();
    }

    @Override
    public void call(int key, Slice id, String name) {
        if (text.length() > 0) {
            entry(null);
        }
        if (entries.length() > 0 && !tooLong) {
            byCall.put(id.text(), new JsonOut().raw('[').raw(entries).raw(']').toBytes());
        }
        entries.clear();
        tooLong = false;
        sink.call(key, id, name);
    }

    @Override
    public void arguments(int key, byte[] bytes, int from, int to) {
        sink.arguments(key, bytes, from, to);
    }

    @Override
    public void callEnds(int key) {
        sink.callEnds(key);
    }

    @Override
    public void finish(Finish why) {
        sink.finish(why);
    }

    /** What was noted, as parts of a turn. */
    static List<Part> parts(byte @Nullable [] noted) {
        List<Part> parts = new ArrayList<>();
        JsonTape tape = new JsonTape();
        if (noted != null && tape.parse(noted, 0, noted.length)) {
            ReasoningDetails.read(tape, JsonTape.ROOT, parts);
        }
        return parts;
    }
}
