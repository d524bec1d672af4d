package io.penstock.protocol.translate;

import org.jspecify.annotations.Nullable;

/**
 * Whether a tool must be called.
 *
 * @param name of the one that must, with {@code NAMED}; as the provider is told it
 */
record ToolChoice(Kind kind, @Nullable String name) {
    enum Kind {
        AUTO,
        NONE,
        ANY,
        NAMED
    }

    static final ToolChoice AUTO = new ToolChoice(Kind.AUTO, null);
    static final ToolChoice NONE = new ToolChoice(Kind.NONE, null);
    static final ToolChoice ANY = new ToolChoice(Kind.ANY, null);

    /** Whether the model is made to call something. */
    boolean forced() {
        return kind == Kind.ANY || kind == Kind.NAMED;
    }
}
