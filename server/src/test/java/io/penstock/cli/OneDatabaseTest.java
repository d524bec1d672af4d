package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.Penstock;
import io.penstock.server.StartException;
import io.penstock.server.config.Config;
import io.penstock.store.Holds;
import io.penstock.store.Reservation;
import io.penstock.store.Store;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two gateways with data directories of their own and one database: the second is refused. */
class OneDatabaseTest {
    @TempDir
    Path temporary;

    private Config config(String data) {
        return Config.builder()
                .data(temporary.resolve(data))
                .store("jdbc:sqlite:" + temporary.resolve("shared.db"))
                .listen("127.0.0.1", 0)
                .localDiscover(false)
                .build();
    }

    private String keysCreate(String data) throws Exception {
        Path file = Files.writeString(
                temporary.resolve(data + ".yaml"),
                "local: {discover: false}\nstore: {url: \"jdbc:sqlite:" + temporary.resolve("shared.db") + "\"}\n");
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        PrintStream printed = new PrintStream(all, true, StandardCharsets.UTF_8);
        int code = new CommandLineRun(new Terminal(printed, printed, OutputStream.nullOutputStream(), Map.of()))
                .run(
                        "keys",
                        "create",
                        "k",
                        "--config",
                        file.toString(),
                        "--data",
                        temporary.resolve(data).toString());
        return code + " " + all.toString(StandardCharsets.UTF_8);
    }

    @Test
    void theSecondGatewayIsRefusedAndReleasesNothing() throws Exception {
        Files.createDirectory(temporary.resolve("b"));
        try (Penstock first = Penstock.start(config("a"))) {
            Store store = first.gateway().store();
            assertThat(Holds.hold(store, new Reservation("gen-1", 1, 500, 0))).isTrue();
            assertThat(store.ledger().openHolds()).isEqualTo(1);
            String refusal =
                    "shared.db is in use by another Penstock, with another data directory; stop that one, or name"
                            + " another file in store.url";
            assertThatThrownBy(() -> Penstock.start(config("b")))
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining(refusal);
            assertThat(keysCreate("b")).startsWith("1 ").contains(refusal).doesNotContain("Exception", "\tat ");
            assertThat(keysCreate("a")).as("through the gateway's socket").startsWith("0 ");
            assertThat(store.ledger().openHolds()).isEqualTo(1);
        }
        assertThat(keysCreate("a")).as("with the store itself").startsWith("0 ");
    }
}
