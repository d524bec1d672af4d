package io.penstock.protocol.translate;

import org.jspecify.annotations.Nullable;

/**
 * A tool as it is offered to a model: always a function, whatever the client calls it ({@link ToolNames} knows that).
 *
 * @param name as the provider is told it
 * @param description content of a string; null if there is none
 * @param schema the JSON schema of its arguments, as it stands; null if it takes none
 * @param strict {@code true} or {@code false} as it stands; null if nothing was said
 */
record Tool(
        String name,
        @Nullable Slice description,
        @Nullable Slice schema,
        @Nullable Boolean strict,
        Part.Cache cache) {
    private static final Slice NO_ARGUMENTS = Slice.of(new JsonOut().ascii("{\"type\":\"object\",\"properties\":{}}"));

    /** The schema, or that of no arguments, for who must be given one. */
    Slice parameters() {
        return schema == null ? NO_ARGUMENTS : schema;
    }
}
