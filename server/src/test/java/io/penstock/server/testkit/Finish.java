package io.penstock.server.testkit;

/** Why an answer ended, with the word that each protocol has for it. */
public enum Finish {
    STOP("stop", "end_turn"),
    LENGTH("length", "max_tokens"),
    CALLS("tool_calls", "tool_use"),
    FILTER("content_filter", "refusal");

    private final String chat;
    private final String messages;

    Finish(String chat, String messages) {
        this.chat = chat;
        this.messages = messages;
    }

    String chat() {
        return chat;
    }

    String messages() {
        return messages;
    }

    static Finish ofChat(String word) {
        for (Finish finish : values()) {
            if (finish.chat.equals(word)) {
                return finish;
            }
        }
        throw new AssertionError("no finish_reason: " + word);
    }

    static Finish ofMessages(String word) {
        for (Finish finish : values()) {
            if (finish.messages.equals(word)) {
                return finish;
            }
        }
        throw new AssertionError("no stop_reason: " + word);
    }
}
