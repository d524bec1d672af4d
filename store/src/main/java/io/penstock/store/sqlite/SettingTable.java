package io.penstock.store.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** The table {@code setting}, inside a transaction of the caller's. */
final class SettingTable {
    private static final String SELECT = "SELECT value FROM setting WHERE name = ?";
    private static final String INSERT = "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING";

    private static final String INCREMENT = """
            INSERT INTO setting (name, value) VALUES (?, 1)
            ON CONFLICT DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING value""";

    private SettingTable() {}

    /** Null: there is none. */
    static @Nullable String value(Connection connection, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SELECT)) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getString(1) : null;
            }
        }
    }

    /** True if there was none. */
    static boolean putIfAbsent(Connection connection, String name, String value) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setString(1, name);
            statement.setString(2, value);
            return statement.executeUpdate() > 0;
        }
    }

    /** The number that is one above the one found. */
    static long increment(Connection connection, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INCREMENT)) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }
}
