package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.Penstock;
import io.penstock.server.StartException;
import io.penstock.server.config.Config;
import io.penstock.server.config.ConfigBuilder;
import io.penstock.store.EntryKind;
import io.penstock.store.ExchangeEnd;
import io.penstock.store.Holds;
import io.penstock.store.Reservation;
import io.penstock.store.Store;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The redo log of a killed gateway was damaged: what its next start says, and how it goes on. */
class RedoLossTest {
    private static final int HALF_BYTES = 1 << 20;
    private static final int RECORDS_AT = 64;

    @TempDir
    Path temporary;

    private Path data() {
        return temporary.resolve("killed");
    }

    private static ConfigBuilder config(Path data) {
        return Config.builder().data(data).listen("127.0.0.1", 0).localDiscover(false);
    }

    /** One exchange of which the hold is damaged and the settlement is not, none of both in the database. */
    @BeforeEach
    void kill() throws Exception {
        Path live = temporary.resolve("live");
        Files.createDirectory(data());
        try (Penstock penstock = Penstock.start(config(live).build())) {
            Store store = penstock.gateway().store();
            assertThat(Holds.hold(store, new Reservation("gen-1", 1, 500, 0))).isTrue();
            store.ledger()
                    .settle(
                            new ExchangeEnd(EntryKind.SETTLEMENT, 500, 0, Holds.row("gen-1", 1, 123)),
                            durable -> assertThat(durable).isTrue());
            for (String name : new String[] {"master.key", "penstock.db", "penstock.db-wal", "penstock.db-redo"}) {
                Files.copy(live.resolve(name), data().resolve(name));
            }
        }
        ByteBuffer redo = ByteBuffer.wrap(Files.readAllBytes(data().resolve("penstock.db-redo")));
        int at = redo.getInt(RECORDS_AT) != 0 ? RECORDS_AT : HALF_BYTES + RECORDS_AT;
        redo.put(at + 20, (byte) ~redo.get(at + 20));
        Files.write(data().resolve("penstock.db-redo"), redo.array());
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + data().resolve("penstock.db"));
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("UPDATE redo_log SET written = 0");
            statement.executeUpdate("DELETE FROM open_hold");
        }
    }

    @Test
    void theStartStopsWithWhatWasFoundAndTheTwoWaysOn() {
        assertThatThrownBy(() -> Penstock.start(config(data()).build()))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("killed/penstock.db-redo cannot be trusted: the record at byte ")
                .hasMessageContaining("1 records of it are known to be lost")
                .hasMessageContaining("put the file back as it was, or start once with --accept-redo-loss");

        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(
                new PrintStream(OutputStream.nullOutputStream()),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                OutputStream.nullOutputStream(),
                Map.of());
        assertThat(new CommandLineRun(terminal).run("keys", "list", "--data", data().toString()))
                .isEqualTo(CommandLineRun.FAILED);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("--accept-redo-loss")
                .doesNotContain("Exception", "\tat ");
    }

    @Test
    void anAcceptedLossIsStartedWithOnceAndCounted() throws Exception {
        Options options = new Options();
        new picocli.CommandLine(new ServeCommand(terminal(), options)).parseArgs("--accept-redo-loss");
        assertThat(options.acceptRedoLoss).isTrue();
        options.data = data().toString();
        assertThat(Settings.read(terminal(), options).store().acceptRedoLoss()).isTrue();

        try (Penstock penstock =
                Penstock.start(config(data()).acceptRedoLoss(true).build())) {
            assertThat(metric(penstock)).isEqualTo("penstock_redo_lost_total 1.0");
            assertThat(penstock.gateway().store().ledger().entries("gen-1"))
                    .extracting(entry -> entry.amountNanos())
                    .contains(123L);
        }
        try (Penstock penstock = Penstock.start(config(data()).build())) {
            assertThat(metric(penstock)).isEqualTo("penstock_redo_lost_total 0.0");
        }
    }

    private static Terminal terminal() {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        return new Terminal(nowhere, nowhere, OutputStream.nullOutputStream(), Map.of());
    }

    private static String metric(Penstock penstock) {
        String all = new String(penstock.gateway().exchanges().metrics().scrape(), StandardCharsets.UTF_8);
        return all.lines()
                .filter(line -> line.startsWith("penstock_redo_lost_total "))
                .findFirst()
                .orElse("");
    }
}
