package io.penstock.store.sqlite;

import static io.penstock.store.Samples.finish;
import static io.penstock.store.Samples.id;
import static io.penstock.store.Samples.settlement;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class MigrationTest {
    private static final String SCHEMA =
            "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema ORDER BY name)";

    @TempDir
    Path dir;

    static IntStream versions() {
        return IntStream.rangeClosed(1, Migrations.NEWEST);
    }

    @ParameterizedTest
    @MethodSource("versions")
    void everyOlderSchemaBecomesTheNewestWithItsRowsAndACopyBeside(int version) throws Exception {
        Path file = dir.resolve("penstock.db");
        Sqlite.create(file, version);
        try (Connection old = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            Sqlite.execute(old, "INSERT INTO setting (name, value) VALUES ('kept', 'yes')");
        }
        try (SqliteStore store = SqliteStore.open(Opening.options(file))) {
            assertThat(finish(store, settlement(id(1), 7, 10, 1))).isTrue();
        }
        Path fresh = dir.resolve("fresh.db");
        SqliteStore.open(Opening.options(fresh)).close();
        try (Connection migrated = DriverManager.getConnection("jdbc:sqlite:" + file);
                Connection expected = DriverManager.getConnection("jdbc:sqlite:" + fresh)) {
            assertThat(Sqlite.number(migrated, "PRAGMA user_version")).isEqualTo(Migrations.NEWEST);
            assertThat(Sqlite.number(migrated, "PRAGMA application_id")).isEqualTo(Sqlite.APPLICATION_ID);
            assertThat(Sqlite.text(migrated, "SELECT value FROM setting WHERE name = 'kept'"))
                    .isEqualTo("yes");
            assertThat(Sqlite.text(migrated, SCHEMA)).isEqualTo(Sqlite.text(expected, SCHEMA));
        }
        assertThat(Files.exists(dir.resolve("penstock.db.v" + version))).isEqualTo(version < Migrations.NEWEST);
    }
}
