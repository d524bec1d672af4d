package io.penstock.cli;

import io.penstock.server.Gateway;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The program itself; without a command it serves. */
@Command(
        name = "penstock",
        description = {
            "An LLM gateway: one base URL and one key for many providers and models.",
            "",
            "Without a command it serves, on 127.0.0.1:4680 unless told otherwise. It finds the providers whose"
                    + " credentials are in the environment (OPENAI_API_KEY, ANTHROPIC_API_KEY, …), in penstock.yaml, or that"
                    + " run on this machine (Ollama, LM Studio, llama.cpp, vLLM)."
        },
        synopsisSubcommandLabel = "[COMMAND]",
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nCommands ('penstock COMMAND --help' tells more):%n",
        footer = {
            "",
            "Environment: PENSTOCK_LISTEN, PENSTOCK_DATA, PENSTOCK_CONFIG, PENSTOCK_HOSTS, PENSTOCK_KEY (declares a"
                    + " key), PENSTOCK_ADMIN_TOKEN, PENSTOCK_MASTER_KEY. Options beat the environment, which beats the file.",
            "Exit codes: 0 done, 1 refused or failed, 2 wrong usage."
        },
        versionProvider = PenstockCommand.Version.class)
final class PenstockCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final Options options;

    PenstockCommand(Terminal terminal, Options options) {
        this.terminal = terminal;
        this.options = options;
    }

    @Option(
            names = "--config",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "The configuration. Default: penstock.yaml here or in the data directory, if there is one.")
    void config(Path file) {
        options.config = file;
    }

    @Option(
            names = "--data",
            paramLabel = "DIRECTORY",
            scope = ScopeType.INHERIT,
            description = "Where keys, ledger and request log are kept. Default: ~/.penstock.")
    void data(String directory) {
        options.data = directory;
    }

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Log details, and show where an unexpected failure happened.")
    void verbose(boolean on) {
        options.verbose = on;
    }

    @Option(names = "--listen", paramLabel = "HOST:PORT", description = ServeCommand.LISTEN)
    void listen(String address) {
        options.listen = address;
    }

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help.")
    void help(boolean on) {}

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version.")
    void version(boolean on) {}

    @Override
    public Integer call() {
        return new Serving(terminal, options).run();
    }

    /** Asked for only by {@code --version}. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"penstock " + Gateway.VERSION};
        }
    }
}
