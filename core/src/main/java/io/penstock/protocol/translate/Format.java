package io.penstock.protocol.translate;

import org.jspecify.annotations.Nullable;

/**
 * The form that an answer must have.
 *
 * @param schema JSON schema as it stands; null when any JSON object will do
 * @param name content of a string; null if it has none
 * @param strict null if nothing was said
 */
record Format(
        @Nullable Slice schema,
        @Nullable Slice name,
        @Nullable Boolean strict) {}
