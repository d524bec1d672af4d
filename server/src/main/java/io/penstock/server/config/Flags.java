package io.penstock.server.config;

import org.jspecify.annotations.Nullable;

/** What the command line says, as it was typed; it beats environment and file. Secrets have no flag: others can see them. */
public record Flags(@Nullable String listen, @Nullable String data, boolean acceptRedoLoss) {}
