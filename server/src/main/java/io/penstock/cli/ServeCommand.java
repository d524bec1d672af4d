package io.penstock.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs a gateway until it is told to stop. */
@Command(
        name = "serve",
        description = {
            "Run a gateway in the foreground. The first start makes a key and shows it once.",
            "",
            "Ctrl-C or SIGTERM: no new requests, running answers may finish (limits.drain), exit code 0. Another"
                    + " one a second later or more ends at once."
        },
        optionListHeading = "%nOptions:%n")
final class ServeCommand implements Callable<Integer> {
    static final String LISTEN =
            "Address and port, or a port on 127.0.0.1; port 0 takes any free one. Default: 127.0.0.1:4680.";

    private final Terminal terminal;
    private final Options options;

    ServeCommand(Terminal terminal, Options options) {
        this.terminal = terminal;
        this.options = options;
    }

    @Option(names = "--listen", paramLabel = "HOST:PORT", description = LISTEN)
    void listen(String address) {
        options.listen = address;
    }

    @Option(
            names = "--accept-redo-loss",
            description =
                    "Start although the redo log of a killed gateway is missing or damaged: book what can be read,"
                            + " do without the rest.")
    void acceptRedoLoss(boolean accept) {
        options.acceptRedoLoss = accept;
    }

    @Override
    public Integer call() {
        return new Serving(terminal, options).run();
    }
}
