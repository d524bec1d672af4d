package io.penstock.store.sqlite;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * The schema, as numbered scripts beside this class. {@code PRAGMA user_version} tells how many have run.
 *
 * <p>A script is never changed once released. Script n is at index n - 1; its name begins with {@code V00n}.
 */
final class Migrations {
    private static final List<String> SCRIPTS =
            List.of("V001__ledger_keys_request_log.sql", "V002__redo_log_and_owners.sql", "V003__provider_cost.sql");

    /** The schema that this build reads and writes. */
    static final int NEWEST = SCRIPTS.size();

    private Migrations() {}

    /** Runs what is missing up to {@code version} and marks the file as ours, in one transaction. */
    static void migrate(Connection connection, int version) throws SQLException {
        int found = (int) Sqlite.number(connection, "PRAGMA user_version");
        if (found >= version) {
            return;
        }
        Sqlite.execute(connection, "BEGIN IMMEDIATE");
        try {
            for (String script : SCRIPTS.subList(found, version)) {
                Sqlite.execute(connection, text(script));
            }
            Sqlite.execute(connection, "PRAGMA application_id = " + Sqlite.APPLICATION_ID);
            Sqlite.execute(connection, "PRAGMA user_version = " + version);
            Sqlite.execute(connection, "COMMIT");
        } catch (SQLException e) {
            try {
                Sqlite.execute(connection, "ROLLBACK");
            } catch (SQLException rollback) {
                e.addSuppressed(rollback);
            }
            throw e;
        }
    }

    private static String text(String script) {
        try (InputStream in = Migrations.class.getResourceAsStream(script)) {
            if (in == null) {
                throw new IllegalStateException("script " + script + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(script, e);
        }
    }
}
