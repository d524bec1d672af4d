package io.penstock.server.config;

import org.jspecify.annotations.Nullable;

/** What the command line says, as it was typed; it beats environment and file. Secrets have no flag: others can see them. */
public record Flags(@Nullable String listen, @Nullable String data, boolean acceptRedoLoss) {
    public static final Flags NONE = new Flags(null, null);

    public Flags(@Nullable String listen, @Nullable String data) {
        this(listen, data, false);
    }
}
