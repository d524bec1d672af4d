package io.penstock.protocol.translate;

/**
 * Tells thinking from text where a server writes it into the text as {@code <think>…</think>} (MiniMax, and local servers with
 * no parser for their model). Tags count only at the very beginning of an answer, and may be cut anywhere.
 */
final class ThinkTags {
    private static final String OPEN = "<think>";
    private static final String CLOSE = "</think>";

    private enum State {
        START,
        THINKING,
        AFTER,
        TEXT
    }

    private State state = State.START;
    private final JsonOut held = new JsonOut(); // what may be the beginning of a tag

    /** Writes what was thought as such a server wrote it, in front of the text; its line ends are in the thought. */
    static void write(Slice thought, JsonOut out) {
        if (!thought.isEmpty()) {
            out.ascii(OPEN).raw(thought).ascii(CLOSE).ascii("\\n\\n");
        }
    }

    /** A fragment of the content. */
    void text(Slice fragment, AnswerSink sink) {
        if (state == State.TEXT) {
            sink.text(fragment.bytes(), fragment.from(), fragment.to());
            return;
        }
        Slice plain = plain(fragment);
        held.raw(plain);
        byte[] bytes = held.bytes();
        int to = held.length();
        int from = 0;
        if (state == State.START) {
            from = blanks(bytes, 0, to);
            int match = match(OPEN, bytes, from, to);
            if (match == OPEN.length()) {
                state = State.THINKING;
                from += match;
            } else if (from + match == to) {
                return; // it may yet become a tag
            } else {
                state = State.TEXT;
                from = 0;
            }
        }
        if (state == State.THINKING) {
            int close = from;
            while (close < to && match(CLOSE, bytes, close, to) == 0) {
                close++;
            }
            if (close > from) {
                sink.thinking(bytes, from, close);
            }
            if (match(CLOSE, bytes, close, to) == CLOSE.length()) {
                sink.thinkingEnds();
                state = State.AFTER;
                from = close + CLOSE.length();
            } else {
                keep(close, to);
                return;
            }
        }
        if (state == State.AFTER) {
            from = blanks(bytes, from, to);
            state = from == to ? State.AFTER : State.TEXT;
        }
        if (from < to) {
            sink.text(bytes, from, to);
        }
        held.clear();
    }

    /** The answer is over: what was held was no tag. */
    void end(AnswerSink sink) {
        if (held.length() > 0) {
            if (state == State.THINKING) {
                sink.thinking(held.bytes(), 0, held.length());
            } else {
                sink.text(held.bytes(), 0, held.length());
            }
            held.clear();
        }
        state = State.TEXT;
    }

    /** The same with {@code <} and {@code >} as themselves, which some encoders escape. */
    private static Slice plain(Slice fragment) {
        if (fragment.after("\\u003", fragment.length()) < 0) {
            return fragment;
        }
        JsonOut out = new JsonOut();
        byte[] bytes = fragment.bytes();
        for (int i = fragment.from(); i < fragment.to(); i++) {
            int c = bytes[i] == '\\' && bytes[i + 1] == 'u' ? Escapes.hex4(bytes, i + 2) : -1;
            if (c == '<' || c == '>') {
                out.raw(c);
                i += 5;
            } else {
                out.raw(bytes[i]);
                if (bytes[i] == '\\') {
                    out.raw(bytes[++i]); // be it a backslash, it begins no escape
                }
            }
        }
        return Slice.of(out);
    }

    private void keep(int from, int to) {
        byte[] rest = java.util.Arrays.copyOfRange(held.bytes(), from, to);
        held.clear().raw(rest, 0, rest.length);
    }

    /** How many letters of the tag stand there: all, some at the end of what there is, or 0. */
    private static int match(String tag, byte[] bytes, int from, int to) {
        int i = 0;
        while (i < tag.length() && from + i < to) {
            if (bytes[from + i] != tag.charAt(i)) {
                return 0;
            }
            i++;
        }
        return i;
    }

    private static int blanks(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to) {
            if (bytes[i] == ' ') {
                i++;
            } else if (bytes[i] == '\\' && i + 1 < to && (bytes[i + 1] == 'n' || bytes[i + 1] == 'r')) {
                i += 2;
            } else {
                break;
            }
        }
        return i;
    }
}
