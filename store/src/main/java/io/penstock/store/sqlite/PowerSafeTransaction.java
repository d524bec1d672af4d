package io.penstock.store.sqlite;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Consumer;

/** One transaction that survives a power cut, whatever the others do. One thread at a time. */
final class PowerSafeTransaction {
    private final Connection connection;
    private final Transaction transaction;
    private final String usual;

    /**
     * Of a connection without a transaction.
     *
     * @param usual the level of safety of all other transactions, as a statement
     */
    PowerSafeTransaction(Connection connection, Transaction transaction, String usual) {
        this.connection = connection;
        this.transaction = transaction;
        this.usual = usual;
    }

    /**
     * Runs it.
     *
     * @param committed told its result as soon as it is durable, whatever fails then
     */
    <T> void run(Query<T> query, Consumer<T> committed) throws SQLException {
        Sqlite.execute(connection, "PRAGMA synchronous = FULL");
        try {
            transaction.begin();
            T result = query.run(connection);
            transaction.commit();
            committed.accept(result);
        } catch (Throwable e) {
            transaction.rollback(); // the level of safety may not be changed within
            throw e;
        } finally {
            Sqlite.execute(connection, usual);
        }
    }
}
