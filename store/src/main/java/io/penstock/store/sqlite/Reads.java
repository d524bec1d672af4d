package io.penstock.store.sqlite;

import io.penstock.store.StoreException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Runs queries that change nothing. Blocks, so never on an event loop. */
@FunctionalInterface
interface Reads {
    /** What a row of a result stands for. */
    interface Row<T> {
        T of(ResultSet row) throws SQLException;
    }

    <T> T read(Query<T> query) throws StoreException;

    /** All rows of a statement with those parameters, in its order. */
    default <T> List<T> rows(String sql, Row<T> each, Object... parameters) throws StoreException {
        return read(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                for (int i = 0; i < parameters.length; i++) {
                    statement.setObject(i + 1, parameters[i]);
                }
                try (ResultSet row = statement.executeQuery()) {
                    List<T> all = new ArrayList<>();
                    while (row.next()) {
                        all.add(each.of(row));
                    }
                    return all;
                }
            }
        });
    }
}
