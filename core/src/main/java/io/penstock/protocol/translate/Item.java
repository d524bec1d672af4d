package io.penstock.protocol.translate;

import org.jspecify.annotations.Nullable;

/** A piece of an answer, as far as it was told. Not thread-safe. */
final class Item {
    enum Kind {
        TEXT,
        THINKING,
        CALL
    }

    private final Kind kind;
    private final JsonOut content = new JsonOut(); // content of a string: the text, or the arguments

    Slice id = Slice.EMPTY; // of a call
    ToolNames.Known tool = new ToolNames.Known(ToolNames.Kind.FUNCTION, "", null);

    @Nullable
    Opaque opaque;

    boolean ended;

    Item(Kind kind) {
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }

    JsonOut content() {
        return content;
    }

    Slice text() {
        return new Slice(content.bytes(), 0, content.length());
    }

    /** A call's arguments; {@code {}} if it has none. */
    Slice arguments() {
        return content.length() == 0 ? NO_ARGUMENTS : text();
    }

    private static final Slice NO_ARGUMENTS = Slice.of("{}");
}
