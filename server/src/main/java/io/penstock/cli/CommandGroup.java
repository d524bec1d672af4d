package io.penstock.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that is nothing but the others that it is followed by. */
abstract class CommandGroup implements Runnable {
    final Terminal terminal;
    final Options options;
    private final String commands;

    @Spec
    @Nullable
    CommandSpec spec;

    /** {@code commands} are named where none was given. */
    CommandGroup(Terminal terminal, Options options, String commands) {
        this.terminal = terminal;
        this.options = options;
        this.commands = commands;
    }

    @Override
    public final void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), spec.name() + ": found no command, expected " + commands);
        }
    }
}
