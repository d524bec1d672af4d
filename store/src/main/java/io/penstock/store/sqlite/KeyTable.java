package io.penstock.store.sqlite;

import io.penstock.store.GatewayKey;
import io.penstock.store.Keepalive;
import io.penstock.store.KeyStatus;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.function.BiConsumer;

/** The table {@code gateway_key}, inside a transaction of the caller's. */
final class KeyTable {
    private static final String SELECT = """
            SELECT id, name, label, hash, status, declared, keepalive, created_at_millis, expires_at_millis,
                last_used_at_millis
            FROM gateway_key""";

    private static final String INSERT = """
            INSERT INTO gateway_key (name, label, hash, status, declared, keepalive, created_at_millis)
            VALUES (?, ?, ?, 'active', ?, ?, ?) RETURNING id""";

    private static final String REDECLARE = "UPDATE gateway_key SET name = ?, keepalive = ? WHERE id = ?";
    private static final String STATUS = "UPDATE gateway_key SET status = ? WHERE id = ?";
    private static final String LAST_USED = "UPDATE gateway_key SET last_used_at_millis = ? WHERE id = ?";

    private KeyTable() {}

    /** All keys; declared ones that worked are undeclared. */
    static void load(Connection connection, BiConsumer<KeyHash, StoredKey> found) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SELECT);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                boolean declared = row.getInt(6) != 0;
                KeyStatus status = KeyStatus.of(row.getString(5));
                long expires = row.getLong(9); // 0: null
                StoredKey key = new StoredKey(
                        row.getLong(1),
                        row.getString(2),
                        row.getString(3),
                        declared,
                        Keepalive.of(row.getString(7)),
                        row.getLong(8),
                        expires == 0 ? GatewayKey.NEVER : expires,
                        row.getLong(10),
                        declared && status == KeyStatus.ACTIVE ? KeyStatus.UNDECLARED : status);
                found.accept(KeyHash.of(row.getBytes(4)), key);
            }
        }
    }

    /** Answers the id. */
    static long insert(
            Connection connection,
            String name,
            String label,
            KeyHash hash,
            boolean declared,
            Keepalive keepalive,
            long atMillis)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setString(1, name);
            statement.setString(2, label);
            statement.setBytes(3, hash.bytes());
            statement.setInt(4, declared ? 1 : 0);
            statement.setString(5, keepalive.label());
            statement.setLong(6, atMillis);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    static int redeclare(Connection connection, long id, String name, Keepalive keepalive) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(REDECLARE)) {
            statement.setString(1, name);
            statement.setString(2, keepalive.label());
            statement.setLong(3, id);
            return statement.executeUpdate();
        }
    }

    static int status(Connection connection, long id, KeyStatus status) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(STATUS)) {
            statement.setString(1, status.label());
            statement.setLong(2, id);
            return statement.executeUpdate();
        }
    }

    /** Writes the times of last use that are not there yet. */
    static void lastUsed(Connection connection, Collection<StoredKey> keys) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LAST_USED)) {
            for (StoredKey key : keys) {
                long used = key.unwrittenUse();
                if (used > 0) {
                    statement.setLong(1, used);
                    statement.setLong(2, key.id());
                    statement.executeUpdate();
                    key.useWritten(used);
                }
            }
        }
    }
}
