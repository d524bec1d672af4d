package io.penstock.protocol.translate;

import java.util.BitSet;

/**
 * Stands between reader and writer: an answer begins before anything else is told of it, and the call that stands for the
 * answer itself (a form that an older model can be held to in no other way) is turned back into text. All else passes.
 */
final class AnswerForm implements AnswerSink {
    private static final byte[] NOTHING = {'{', '}'};

    private final AnswerSink sink;
    private final ToolNames names;
    private final BitSet answers = new BitSet();
    private final BitSet argued = new BitSet(); // answers that have words
    private boolean otherCalls;
    private boolean begun;

    AnswerForm(AnswerSink sink, ToolNames names) {
        this.sink = sink;
        this.names = names;
    }

    @Override
    public void begin() {
        if (!begun) {
            begun = true;
            sink.begin();
        }
    }

    @Override
    public void ping() {
        if (begun) { // before that an answer may yet fail over, and the client hears of none
            sink.ping();
        }
    }

    @Override
    public void text(byte[] bytes, int from, int to) {
        begin();
        sink.text(bytes, from, to);
    }

    @Override
    public void thinking(byte[] bytes, int from, int to) {
        begin();
        sink.thinking(bytes, from, to);
    }

    @Override
    public void opaque(Opaque opaque) {
        begin();
        sink.opaque(opaque);
    }

    @Override
    public void thinkingEnds() {
        sink.thinkingEnds();
    }

    @Override
    public void call(int key, Slice id, String name) {
        begin();
        if (names.known(name).kind() == ToolNames.Kind.ANSWER) {
            answers.set(key);
        } else {
            otherCalls = true;
            sink.call(key, id, name);
        }
    }

    @Override
    public void arguments(int key, byte[] bytes, int from, int to) {
        if (answers.get(key)) {
            argued.set(key);
            sink.text(bytes, from, to);
        } else {
            sink.arguments(key, bytes, from, to);
        }
    }

    @Override
    public void callEnds(int key) {
        if (!answers.get(key)) {
            sink.callEnds(key);
        } else if (!argued.get(key)) {
            argued.set(key);
            sink.text(NOTHING, 0, NOTHING.length);
        }
    }

    @Override
    public void finish(Finish why) {
        begin();
        sink.finish(why == Finish.CALLS && !otherCalls && !answers.isEmpty() ? Finish.STOP : why);
    }
}
