package io.penstock.cli;

import io.penstock.protocol.JsonText;
import io.penstock.server.admin.AdminRoutes;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The keys that clients show. */
@Command(
        name = "keys",
        description = {
            "Make, list and revoke the keys that clients show to the gateway.",
            "",
            "Works while a gateway runs, where a change holds for the next request, and while none does."
        },
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nCommands:%n",
        synopsisSubcommandLabel = "COMMAND")
final class KeysCommand extends CommandGroup {
    private static final String KEYS = AdminRoutes.BASE + "keys";

    KeysCommand(Terminal terminal, Options options) {
        super(terminal, options, "create, list or revoke");
    }

    @Command(
            name = "create",
            description = "Make a key and show its text, this once. Standard output has nothing but the text.",
            optionListHeading = "%nOptions:%n")
    void create(
            @Parameters(paramLabel = "NAME", arity = "0..1", description = "What to call it, such as 'laptop'.")
                    @Nullable
                    String name) {
        try (AdminAccess admin = AdminAccess.open(terminal, options, true)) {
            StringBuilder body = new StringBuilder("{\"name\":");
            Json key = admin.ask(
                    "POST", KEYS, JsonText.quoteOrNull(body, name).append('}').toString());
            terminal.out().println(key.get("key").text());
            terminal.err()
                    .println("Key " + key.get("id").text() + ", called "
                            + key.get("name").text()
                            + ". Keep the text: it is shown only now and stored as a hash.");
        }
    }

    @Command(
            name = "list",
            description = "List all keys, revoked ones too; never their texts.",
            optionListHeading = "%nOptions:%n")
    void list() {
        try (AdminAccess admin = AdminAccess.open(terminal, options, false)) {
            Table table = new Table().row("ID", "NAME", "KEY", "STATUS", "CREATED", "LAST USED");
            for (Json key : admin.ask("GET", KEYS, "").get("data").list()) {
                String used = key.get("last_used_at").text();
                table.row(
                        key.get("id").text(),
                        key.get("name").text(),
                        key.get("label").text(),
                        key.get("status").text() + (key.get("declared").text().equals("true") ? ", declared" : ""),
                        key.get("created_at").text(),
                        used.isEmpty() ? "never" : used);
            }
            table.print(terminal.out());
        }
    }

    @Command(
            name = "revoke",
            description = "Switch a key off for good, from the next request on.",
            optionListHeading = "%nOptions:%n")
    void revoke(
            @Parameters(
                            paramLabel = "KEY",
                            description =
                                    "Its id, its name, or its label such as sk-or-v1-3f2…9ab (... will do for …).")
                    String which) {
        try (AdminAccess admin = AdminAccess.open(terminal, options, false)) {
            String encoded = URLEncoder.encode(which.replace("...", "…"), StandardCharsets.UTF_8)
                    .replace("+", "%20");
            Json key = admin.ask("DELETE", KEYS + "/" + encoded, "");
            terminal.out()
                    .println("Revoked key " + key.get("id").text() + ", "
                            + key.get("name").text() + " (" + key.get("label").text() + ").");
        }
    }
}
