package io.penstock.server.testkit;

/**
 * One thing that an answer says, as all protocols mean it.
 *
 * @param text the words, the thought, or a call's arguments
 * @param id of a call; empty otherwise
 * @param name of a call's tool; empty otherwise
 * @param sealed what the maker of a thought wants back unread; empty if nothing
 */
public record TranscriptPart(Kind kind, String text, String id, String name, String sealed) {
    /** What it is. */
    public enum Kind {
        TEXT,
        THINKING,
        CALL
    }

    public static TranscriptPart text(String text) {
        return new TranscriptPart(Kind.TEXT, text, "", "", "");
    }

    public static TranscriptPart thinking(String text, String sealed) {
        return new TranscriptPart(Kind.THINKING, text, "", "", sealed);
    }

    public static TranscriptPart call(String id, String name, String arguments) {
        return new TranscriptPart(Kind.CALL, arguments, id, name, "");
    }

    /** The same without what is not for reading, which not every protocol can tell. */
    public TranscriptPart open() {
        return new TranscriptPart(kind, text, id, name, "");
    }
}
