package io.penstock.store.sqlite;

import io.penstock.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * Decides, without changing a byte, whether a database file can be trusted: is it SQLite, ours, not newer than this
 * build, whole, and free of damage that {@code quick_check} finds.
 *
 * <p>The 100-byte header is read first (SQLite file format, section 1.3), so that a foreign file never meets SQLite. Then
 * a read-only connection looks: immutable when no write-ahead log waits, so that not even a lock file appears.
 */
final class Soundness {
    /** Up to here the whole file is checked before the start; above, small tables and the tail, the rest afterwards. */
    static final long WHOLE_CHECK_BYTES_MAX = 64L << 20;

    private static final int HEADER_BYTES = 100;
    private static final int PAGE_BYTES_OFFSET = 16; // two bytes; 1 means 65536
    private static final int CHANGES_OFFSET = 24;
    private static final int PAGES_OFFSET = 28; // valid if the two counters of changes around it agree
    private static final int VALID_FOR_OFFSET = 92;
    private static final int USER_VERSION_OFFSET = 60;
    private static final int APPLICATION_ID_OFFSET = 68;
    private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
    private static final String[] SMALL_TABLES = {"setting", "gateway_key", "account", "open_hold", "key_spend"};

    private Soundness() {}

    /** True if there is no database yet. An empty file is none: SQLite, too, takes it for a new one. */
    static boolean isFresh(Path file) throws IOException, StoreException {
        Path log = file.resolveSibling(file.getFileName() + "-wal");
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new StoreException(
                    "found " + file + " that is not a regular file, expected a database; move it away");
        }
        boolean fresh = !Files.exists(file) || Files.size(file) == 0;
        if (fresh && Files.exists(log) && Files.size(log) > 0) {
            throw new StoreException("found " + log + " without its database " + file
                    + "; restore the database from a backup, or move the log away to start with an empty one");
        }
        return fresh;
    }

    /** The schema version of a file that can be trusted. Reads only. */
    static int check(Path file) throws StoreException, IOException {
        checkHeader(file);
        boolean whole = Files.size(file) < WHOLE_CHECK_BYTES_MAX;
        try (Connection connection = pending(file) ? Sqlite.reading(file) : Sqlite.immutable(file)) {
            int version = (int) Sqlite.number(connection, "PRAGMA user_version");
            checkIdentity(file, (int) Sqlite.number(connection, "PRAGMA application_id"), version);
            if (whole) {
                quickCheck(file, connection, "PRAGMA quick_check(1)");
            } else {
                for (String table : SMALL_TABLES) {
                    quickCheck(file, connection, "PRAGMA quick_check('" + table + "')");
                }
            }
            try (Statement statement = connection.createStatement()) { // that the tables are there, and the tail reads
                for (String table : SMALL_TABLES) {
                    statement
                            .executeQuery("SELECT * FROM " + table + " LIMIT 1")
                            .close();
                }
                statement
                        .executeQuery("SELECT sum(amount_nanos) FROM"
                                + " (SELECT amount_nanos FROM ledger_entry ORDER BY request_id DESC LIMIT 1000)")
                        .close();
            }
            return version;
        } catch (SQLException e) {
            throw damaged(file, e.getMessage(), e);
        }
    }

    /** The check of the whole file that a large one gets after the start. Null: sound. */
    static @Nullable String damage(Connection connection) throws SQLException {
        String found = Sqlite.text(connection, "PRAGMA quick_check(1)");
        return found.equals("ok") ? null : found;
    }

    /** True if the file was small enough for {@link #check} to have read all of it. */
    static boolean isCheckedWhole(Path file) throws IOException {
        return Files.size(file) < WHOLE_CHECK_BYTES_MAX;
    }

    private static void checkHeader(Path file) throws StoreException, IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (header.hasRemaining() && channel.read(header) >= 0) {
                // until full or at the end
            }
        }
        boolean sqlite = !header.hasRemaining();
        for (int i = 0; sqlite && i < MAGIC.length; i++) {
            sqlite = header.get(i) == MAGIC[i];
        }
        if (!sqlite) {
            throw new StoreException("found a file that is not a SQLite database at " + file
                    + "; nothing was changed; move it away, or name another file in store.url");
        }
        checkIdentity(file, header.getInt(APPLICATION_ID_OFFSET), header.getInt(USER_VERSION_OFFSET));
        int pageBytes = Short.toUnsignedInt(header.getShort(PAGE_BYTES_OFFSET));
        long expected = Integer.toUnsignedLong(header.getInt(PAGES_OFFSET)) * (pageBytes == 1 ? 65_536 : pageBytes);
        boolean told = header.getInt(CHANGES_OFFSET) == header.getInt(VALID_FOR_OFFSET);
        if (told && !pending(file) && Files.size(file) < expected) {
            throw damaged(file, "cut off: " + Files.size(file) + " of " + expected + " bytes", null);
        }
    }

    private static void checkIdentity(Path file, int applicationId, int version) throws StoreException {
        if (applicationId != Sqlite.APPLICATION_ID) {
            throw new StoreException(String.format(
                    "found a database of another program at %s (application_id %08x, expected %08x); nothing was"
                            + " changed; move it away, or name another file in store.url",
                    file, applicationId, Sqlite.APPLICATION_ID));
        }
        if (version > Migrations.NEWEST) {
            throw new StoreException("found schema " + version + " in " + file + ", this build knows up to "
                    + Migrations.NEWEST + "; nothing was changed; start the newer Penstock that wrote it");
        }
        if (version < 1) {
            throw damaged(file, "schema version " + version, null);
        }
    }

    private static void quickCheck(Path file, Connection connection, String sql) throws StoreException, SQLException {
        String found = Sqlite.text(connection, sql);
        if (!found.equals("ok")) {
            throw damaged(file, found, null);
        }
    }

    private static StoreException damaged(Path file, @Nullable String found, @Nullable Throwable cause) {
        return new StoreException(
                "the database " + file + " is damaged (" + found
                        + "); nothing was changed; restore it from a backup, or move it away to start with an empty one",
                cause);
    }

    /** A log or journal with content belongs to the database and must be read with it. */
    private static boolean pending(Path file) throws IOException {
        for (String suffix : new String[] {"-wal", "-journal"}) {
            Path log = file.resolveSibling(file.getFileName() + suffix);
            if (Files.exists(log) && Files.size(log) > 0) {
                return true;
            }
        }
        return false;
    }
}
