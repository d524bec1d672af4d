package io.penstock.cli;

import io.penstock.server.Gateway;
import io.penstock.server.admin.Inventory;
import io.penstock.server.config.Config;
import io.penstock.server.config.KeyConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Looks at a configuration without starting anything. */
@Command(
        name = "config",
        description = "Look at the configuration.",
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nCommands:%n",
        synopsisSubcommandLabel = "COMMAND")
final class ConfigCommand extends CommandGroup {
    ConfigCommand(Terminal terminal, Options options) {
        super(terminal, options, "check");
    }

    @Command(
            name = "check",
            description = {
                "Read the configuration as a start would, and say what it would do.",
                "All problems are listed, each with its line; then the exit code is 1."
            },
            optionListHeading = "%nOptions:%n")
    void check(
            @Parameters(paramLabel = "FILE", arity = "0..1", description = "Default: the file that a start would read.")
                    @Nullable
                    Path file) {
        options.config = file == null ? options.config : file;
        Config config = Settings.read(terminal, options);
        Logs.start(terminal.log(), options.verbose, List.of());
        Inventory inventory = inventory(config);
        Path read = config.file();
        terminal.out()
                .println((read == null ? "No configuration file; that is fine." : read + " is fine.")
                        + " A gateway started with it:");
        Table table = new Table();
        table.row("  listens on", config.listen() + (config.tls() == null ? "" : " (https)"));
        table.row("  keeps its data in", String.valueOf(config.data()));
        table.row("  accepts the keys", keys(config));
        for (Map.Entry<String, String> provider : inventory.origins().entrySet()) {
            table.row(
                    "  offers",
                    StartText.count(inventory, provider.getKey()) + " of " + provider.getKey() + " ("
                            + StartText.why(provider.getValue()) + ")");
        }
        table.row("  chooses by itself", config.routing().auto() ? "yes, for the model 'auto'" : "no");
        table.print(terminal.out());
        for (String warning : config.warnings()) {
            terminal.out().println("warning: " + warning);
        }
        for (String warning : inventory.warnings()) {
            terminal.out().println("warning: " + warning);
        }
    }

    private Inventory inventory(Config config) {
        try {
            return Gateway.inventory(config, terminal.environment());
        } catch (IllegalArgumentException e) {
            throw new Refusal(String.valueOf(e.getMessage()));
        }
    }

    private static String keys(Config config) {
        List<String> names = new ArrayList<>();
        for (KeyConfig key : config.keys()) {
            names.add(key.name());
        }
        return (names.isEmpty() ? "" : String.join(", ", names) + ", and ") + "those that 'keys create' made";
    }
}
