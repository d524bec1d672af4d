package io.penstock.store.sqlite;

import java.sql.Connection;
import java.sql.SQLException;

/** Some SQL on a connection that is lent for the call. */
@FunctionalInterface
interface Query<T> {
    T run(Connection connection) throws SQLException;
}
