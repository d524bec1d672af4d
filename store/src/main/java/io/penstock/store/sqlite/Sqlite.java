package io.penstock.store.sqlite;

import io.penstock.store.StoreException;
import io.penstock.store.disk.DiskRoom;
import io.penstock.store.disk.OwnerOnly;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteOpenMode;

/**
 * Opens the database file: checked before anything writes to it, created whole or not at all, migrated after a copy.
 *
 * <p>A new database is made under the name {@code <file>.new} and renamed when it is complete, so that a kill during the
 * first start leaves nothing that the next one could stumble over.
 */
final class Sqlite {
    /** {@code PRAGMA application_id} of our files: "PNSK". */
    static final int APPLICATION_ID = 0x504e534b;

    private static final String PREFIX = "jdbc:sqlite:";

    /** Measured with a thousand exchanges per commit: 6.1 µs each with 2048, 5.4 with 4096, no less with 8192. */
    private static final int PAGE_BYTES = 4096;

    private static final String COMMON = """
            PRAGMA busy_timeout = 5000;
            PRAGMA foreign_keys = ON;
            PRAGMA mmap_size = 0;
            PRAGMA trusted_schema = OFF;
            PRAGMA cell_size_check = ON;
            """;

    private Sqlite() {}

    /** The path in {@code jdbc:sqlite:<path>}. */
    static Path path(String url) throws StoreException {
        String path = url.startsWith(PREFIX) ? url.substring(PREFIX.length()) : "";
        if (path.isEmpty() || path.startsWith(":") || path.startsWith("file:") || path.indexOf('?') >= 0) {
            throw new StoreException(
                    "store url: found " + url + ", expected jdbc:sqlite:<path of a file> or " + PREFIX + ":memory:");
        }
        return Path.of(path).toAbsolutePath();
    }

    /** A private database in memory, gone when the connection closes. */
    static Connection memory() throws SQLException {
        Connection connection = DriverManager.getConnection(PREFIX + ":memory:");
        execute(connection, COMMON);
        Migrations.migrate(connection, Migrations.NEWEST);
        return connection;
    }

    /** The writing connection to a file that is sound and of the newest schema, made if it was not there. */
    static Connection writing(Path file) throws StoreException {
        try {
            if (Soundness.isFresh(file)) {
                create(file, Migrations.NEWEST);
            }
            int version = Soundness.check(file);
            if (version < Migrations.NEWEST) {
                copy(file, version);
            }
            Connection connection = connect(file, config(false));
            try {
                execute(connection, COMMON + "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;");
                Migrations.migrate(connection, Migrations.NEWEST);
                return connection;
            } catch (SQLException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException | IOException e) {
            throw new StoreException(
                    "cannot open the database " + file + ": " + e.getMessage() + "; "
                            + DiskRoom.advice(file, "check that the directory and the file can be written"),
                    e);
        }
    }

    /** A connection that cannot write. */
    static Connection reading(Path file) throws SQLException {
        Connection connection = connect(file, config(true));
        execute(connection, COMMON);
        return connection;
    }

    /** A connection for checkpoints beside the writer's. It writes to the main file only what the log holds. */
    static Connection checkpointing(Path file) throws SQLException {
        Connection connection = connect(file, config(false));
        execute(connection, COMMON + "PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = NORMAL;");
        return connection;
    }

    /** Reads the main file only, as it lies there: no lock, no {@code -shm}, nothing is created. */
    static Connection immutable(Path file) throws SQLException {
        Properties properties = config(true).toProperties();
        return DriverManager.getConnection(PREFIX + "file:" + file.toUri().getRawPath() + "?immutable=1", properties);
    }

    /** Makes an empty database of an older schema; for migrations and their test. */
    static void create(Path file, int version) throws SQLException, IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        for (String suffix : new String[] {"", "-journal", "-wal", "-shm"}) {
            Files.deleteIfExists(fresh.resolveSibling(fresh.getFileName() + suffix)); // left by a killed first start
        }
        createPrivately(fresh);
        try (Connection connection = connect(fresh, config(false))) {
            execute(connection, "PRAGMA page_size = " + PAGE_BYTES);
            Migrations.migrate(connection, version);
            execute(connection, "PRAGMA journal_mode = WAL"); // in the header, so that readers may come first
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        syncDirectory(file);
    }

    /** A copy of the older schema beside the file, {@code <file>.v<version>}. */
    private static void copy(Path file, int version) throws SQLException, IOException {
        Path copy = file.resolveSibling(file.getFileName() + ".v" + version);
        Files.deleteIfExists(copy);
        createPrivately(copy); // VACUUM INTO fills an empty file and keeps its mode
        try (Connection connection = connect(file, config(false));
                var vacuum = connection.prepareStatement("VACUUM INTO ?")) {
            vacuum.setString(1, copy.toString());
            vacuum.executeUpdate();
        }
    }

    /** SQLite copies the mode of the database to {@code -wal} and {@code -shm}. */
    private static void createPrivately(Path file) throws IOException {
        try {
            Files.createFile(file, OwnerOnly.file());
        } catch (FileAlreadyExistsException e) {
            throw new IOException(file + " is in the way", e);
        }
    }

    private static void syncDirectory(Path file) {
        try (FileChannel directory = FileChannel.open(file.resolveSibling("."), StandardOpenOption.READ)) {
            directory.force(true);
        } catch (IOException e) {
            // not every system can; the rename itself is done
        }
    }

    private static SQLiteConfig config(boolean readOnly) {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(readOnly);
        config.setOpenMode(
                SQLiteOpenMode.NOMUTEX); // the driver lets one thread at a time in; measured: 8 % of a commit
        return config;
    }

    private static Connection connect(Path file, SQLiteConfig config) throws SQLException {
        return DriverManager.getConnection(PREFIX + file, config.toProperties());
    }

    /** One or several statements without results that matter. */
    static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    /** The first column of the first row, as a number. */
    static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    /** The first column of the first row, as text. */
    static String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "nothing";
        }
    }
}
