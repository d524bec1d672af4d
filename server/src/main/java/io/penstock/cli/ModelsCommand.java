package io.penstock.cli;

import io.penstock.server.Gateway;
import io.penstock.server.admin.AdminRoutes;
import io.penstock.server.admin.ModelsResource;
import io.penstock.server.config.Config;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** What is on offer. */
@Command(
        name = "models",
        description = {
            "List the models that clients can ask for, with price and provider.",
            "",
            "Asks the gateway that runs on the data directory; without one, shows what a gateway with this configuration"
                    + " would offer."
        },
        optionListHeading = "%nOptions:%n")
final class ModelsCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final Options options;

    @Parameters(paramLabel = "TEXT", arity = "0..1", description = "Only models or providers with this in their name.")
    @Nullable
    String filter;

    ModelsCommand(Terminal terminal, Options options) {
        this.terminal = terminal;
        this.options = options;
    }

    @Override
    public Integer call() {
        Table table = new Table().row("MODEL", "PROVIDER", "CONTEXT", "USD/M IN", "USD/M OUT", "FROM");
        int rows = 0;
        for (Json model : models().get("data").list()) {
            for (Json offer : model.get("offers").list()) {
                String id = model.get("id").text();
                String provider = offer.get("provider").text();
                if (filter != null && !(id + " " + provider).contains(filter.toLowerCase(Locale.ROOT))) {
                    continue;
                }
                Json price = offer.get("usd_per_million");
                table.row(
                        id,
                        provider,
                        model.get("context").text(),
                        price.get("input").text(),
                        price.get("output").text(),
                        offer.get("origin").text());
                rows++;
            }
        }
        if (rows == 0) {
            throw new Refusal("no model matches " + filter);
        }
        table.print(terminal.out());
        return 0;
    }

    private Json models() {
        try (AdminAccess admin = AdminAccess.running(terminal, options)) {
            if (admin != null) {
                return admin.ask("GET", AdminRoutes.BASE + "models", "");
            }
        }
        Config config = Settings.read(terminal, options);
        Logs.start(terminal.log(), options.verbose, List.of());
        ModelsResource offered = new ModelsResource(() -> Gateway.inventory(config, terminal.environment()));
        return Json.parse(offered.list().json());
    }
}
