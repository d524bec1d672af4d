package io.penstock.store.sqlite;

import io.penstock.store.InUseException;
import io.penstock.store.StoreException;
import io.penstock.store.disk.DiskRoom;
import io.penstock.store.disk.ProcessLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The file of a database, and what lies beside it. */
final class DatabaseFile {
    private DatabaseFile() {}

    /** Where links lead: there SQLite puts its own files, and two names of one database are one. */
    static Path real(Path named) throws StoreException {
        try {
            if (!Files.exists(named)) {
                Path directory = named.getParent();
                return directory != null && Files.isDirectory(directory)
                        ? directory.toRealPath().resolve(named.getFileName())
                        : named;
            }
            Path file = named.toRealPath();
            Path beside = redoLog(named);
            if (!redoLog(file).equals(beside)
                    && Files.exists(beside)
                    && !Files.exists(redoLog(file))) { // earlier versions put it there
                throw new StoreException("the database " + named + " is a link to " + file + ", but its redo log "
                        + beside + " lies beside the link; move it to " + redoLog(file));
            }
            return file;
        } catch (IOException e) {
            throw new StoreException("cannot use the database " + named + ": " + e + "; check its permissions", e);
        }
    }

    /** Keeps it for one store at a time. */
    static ProcessLock lock(Path file) throws StoreException {
        Path directory = file.resolveSibling(".");
        ProcessLock lock;
        try {
            lock = ProcessLock.take(directory, file.getFileName() + ".lock");
        } catch (IOException e) {
            throw new StoreException(
                    "cannot lock the database " + file + ": " + e + "; "
                            + DiskRoom.advice(file, "check that its directory is there and can be written"),
                    e);
        }
        if (lock == null) {
            throw new InUseException("the database " + file
                    + " is in use by another Penstock, with another data directory; stop that one, or name another file in"
                    + " store.url");
        }
        return lock;
    }

    /** True if it was small enough for the start to have read all of it. */
    static boolean isCheckedWhole(Path file) throws StoreException {
        try {
            return Soundness.isCheckedWhole(file);
        } catch (IOException e) {
            throw new StoreException("cannot read the database " + file + ": " + e, e);
        }
    }

    /** Where its redo log lies, if it has one. */
    static Path redoLog(Path file) {
        return file.resolveSibling(file.getFileName() + "-redo");
    }
}
