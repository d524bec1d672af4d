package io.penstock.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Options that several commands share, as they were typed. */
final class Options {
    @Nullable
    Path config;

    @Nullable
    String data;

    @Nullable
    String listen;

    boolean acceptRedoLoss;
    boolean verbose;
}
