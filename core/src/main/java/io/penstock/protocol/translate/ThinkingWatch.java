package io.penstock.protocol.translate;

import java.util.Map;

/**
 * Looks on while a chat provider's answer passes untouched to a chat client, and notes its thinking for the next turn. Belongs
 * to one exchange; not thread-safe. Costs an index of every event: for providers that want their thinking back alone.
 */
public final class ThinkingWatch {
    private final ChatAnswer reader;
    private final RememberedThinking noted = new RememberedThinking(new AnswerItems.Nothing());
    private final JsonTape tape = new JsonTape();

    public ThinkingWatch(WireProfile recipient) {
        this.reader = new ChatAnswer(recipient.provider(), "", false);
    }

    /** Whether that recipient wants back what plain chat cannot carry. */
    public static boolean wanted(WireProfile recipient) {
        return recipient.is(Quirk.THOUGHT_SIGNATURE)
                || recipient.reasoning() && recipient.is(Quirk.REASONING_CONTENT_BACK);
    }

    /** One event's data; what is not JSON says nothing. */
    public void event(byte[] data, int from, int to) {
        if (tape.parse(data, from, to)) {
            reader.event(tape, noted);
        }
    }

    /** A plain answer. */
    public void whole(byte[] answer, int from, int to) {
        if (tape.parse(answer, from, to)) {
            reader.whole(tape, noted);
        }
    }

    /** By call id, what was thought before it. */
    public Map<String, byte[]> byCall() {
        return noted.byCall();
    }
}
