package io.penstock.server.config;

import org.jspecify.annotations.Nullable;

/**
 * A value that does not fit its field. The reader adds file and line; a builder's caller sees it as it is.
 *
 * <p>{@code name} is the field, relative to the value that was being made, or empty when the value itself is at fault.
 */
final class Unfit extends IllegalArgumentException {
    private final String name;
    private final @Nullable String value;
    private final String found;
    private final String expected;

    /** {@code found} describes the value without showing it. */
    Unfit(String name, String found, String expected) {
        this(name, null, found, expected);
    }

    private Unfit(String name, @Nullable String value, String found, String expected) {
        super((name.isEmpty() ? "" : name + ": ") + found + " (expected: " + expected + ")");
        this.name = name;
        this.value = value;
        this.found = found;
        this.expected = expected;
    }

    /** Shows the value: never for a secret. */
    static Unfit shown(String name, String value, String expected) {
        return new Unfit(name, value, Text.quoted(value), expected);
    }

    /** The same for a value that an environment variable brought: {@code written} stands in the file, and is shown. */
    Unfit asWritten(String written) {
        return value == null ? this : new Unfit(name, Text.quoted(written) + " as expanded", expected);
    }

    String name() {
        return name;
    }

    /** The message without the field. */
    String text() {
        return found + " (expected: " + expected + ")";
    }
}
