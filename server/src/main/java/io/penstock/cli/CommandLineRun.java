package io.penstock.cli;

import io.penstock.server.StartException;
import io.penstock.server.config.ConfigException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/** One run of the program, from arguments to exit code. */
final class CommandLineRun {
    /** Refused or failed; standard error says why. */
    static final int FAILED = 1;
    /** The command line itself is wrong. */
    static final int USAGE = 2;

    private final Terminal terminal;

    CommandLineRun(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Returns when the command is done; {@code serve} never does, but ends the process by its shutdown hook. */
    int run(String... arguments) {
        Options plain = new Options();
        boolean serve = arguments.length == 0 || arguments.length == 1 && arguments[0].equals("serve");
        try {
            return serve ? new Serving(terminal, plain).run() : parsed(arguments);
        } catch (RuntimeException e) {
            return failed(e, plain);
        }
    }

    private int parsed(String[] arguments) {
        Options options = new Options();
        CommandLine line = new CommandLine(new PenstockCommand(terminal, options));
        line.addSubcommand(new ServeCommand(terminal, options));
        line.addSubcommand(new KeysCommand(terminal, options));
        line.addSubcommand(new ModelsCommand(terminal, options));
        line.addSubcommand(new ConfigCommand(terminal, options));
        line.addSubcommand(new TrainCommand(terminal));
        line.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        line.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
        line.setUsageHelpWidth(100);
        line.setExecutionExceptionHandler((e, command, result) -> failed(e, options));
        line.setParameterExceptionHandler((e, wrong) -> {
            terminal.err().println(e.getMessage());
            CommandLine.UnmatchedArgumentException.printSuggestions(
                    e, new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
            terminal.err()
                    .println("'" + e.getCommandLine().getCommandSpec().qualifiedName()
                            + " --help' shows what there is.");
            return USAGE;
        });
        return line.execute(arguments);
    }

    private int failed(Exception e, Options options) {
        boolean expected = e instanceof Refusal || e instanceof ConfigException || e instanceof StartException;
        terminal.err().println(expected ? e.getMessage() : "unexpected: " + e);
        if (options.verbose) {
            e.printStackTrace(terminal.err());
        } else if (!expected) {
            terminal.err().println("(--verbose shows where)");
        }
        return FAILED;
    }
}
