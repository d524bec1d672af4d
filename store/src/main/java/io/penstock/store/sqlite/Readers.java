package io.penstock.store.sqlite;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.penstock.store.StoreException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** A small pool of read-only connections, made at the first read: a gateway that nobody looks into never pays for it. */
final class Readers implements Reads, AutoCloseable {
    private static final int CONNECTIONS_MAX = 2;
    private static final long WAIT_MILLIS_MAX = 5_000;

    private final Path file;
    private final Runnable catchUp;
    private @Nullable HikariDataSource pool;
    private boolean closed;

    /** {@code catchUp} is run before each read, so that it sees all that was written before. */
    Readers(Path file, Runnable catchUp) {
        this.file = file;
        this.catchUp = catchUp;
    }

    @Override
    public <T> T read(Query<T> query) throws StoreException {
        catchUp.run();
        try (Connection connection = pool().getConnection()) {
            return query.run(connection);
        } catch (SQLException e) {
            throw new StoreException("cannot read the database " + file + ": " + e.getMessage(), e);
        }
    }

    private synchronized HikariDataSource pool() throws StoreException {
        if (closed) {
            throw new StoreException("the store is closed");
        }
        if (pool == null) {
            SQLiteConfig sqlite = new SQLiteConfig();
            sqlite.setReadOnly(true);
            sqlite.setBusyTimeout(5000);
            sqlite.setPragma(SQLiteConfig.Pragma.MMAP_SIZE, "0");
            SQLiteDataSource source = new SQLiteDataSource(sqlite);
            source.setUrl("jdbc:sqlite:" + file);
            HikariConfig config = new HikariConfig();
            config.setPoolName("penstock-store-read");
            config.setDataSource(source);
            config.setReadOnly(true); // the pool would switch to its own default, and the driver refuses to switch
            config.setMaximumPoolSize(CONNECTIONS_MAX);
            config.setMinimumIdle(0);
            config.setConnectionTimeout(WAIT_MILLIS_MAX);
            config.setInitializationFailTimeout(-1); // the first read says what is wrong, if anything
            pool = new HikariDataSource(config);
        }
        return pool;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (pool != null) {
            pool.close();
        }
    }
}
