package io.penstock.server.testkit;

/**
 * One thing that an answer says, as all protocols mean it.
 *
 * @param text the words, the thought, or a call's arguments
 * @param id of a call; empty otherwise
 * @param name of a call's tool; empty otherwise
 * @param sealed what the maker of a thought wants back unread; empty if nothing
 */
public record Said(Kind kind, String text, String id, String name, String sealed) {
    /** What it is. */
    public enum Kind {
        TEXT,
        THINKING,
        CALL
    }

    public static Said text(String text) {
        return new Said(Kind.TEXT, text, "", "", "");
    }

    public static Said thinking(String text, String sealed) {
        return new Said(Kind.THINKING, text, "", "", sealed);
    }

    public static Said call(String id, String name, String arguments) {
        return new Said(Kind.CALL, arguments, id, name, "");
    }

    /** The same without what is not for reading, which not every protocol can tell. */
    public Said open() {
        return new Said(kind, text, id, name, "");
    }
}
