package io.penstock.store.sqlite;

import io.penstock.store.StoreException;
import io.penstock.store.disk.DiskRoom;
import io.penstock.store.disk.OwnerOnly;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the driver unpacks its native library: ours alone, and not where others may write. */
final class DriverDirectory {
    private static final String PROPERTY = "org.sqlite.tmpdir"; // the driver's
    private static final Logger LOG = LoggerFactory.getLogger(DriverDirectory.class);

    private DriverDirectory() {}

    /** Makes it and names it to the driver, before the first database of the process is opened. */
    static void prepare(Path directory) throws StoreException {
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectories(directory, OwnerOnly.directory());
            }
            if (System.getProperty(PROPERTY) == null) {
                try (DirectoryStream<Path> left = Files.newDirectoryStream(directory, "sqlite-*")) {
                    for (Path library : left) {
                        Files.deleteIfExists(library); // of a process that was killed
                    }
                }
                DiskRoom.checkDriver(directory);
                System.setProperty(PROPERTY, directory.toString());
            }
        } catch (IOException e) {
            throw new StoreException(
                    "cannot use " + directory + ": " + e + "; " + DiskRoom.advice(directory, "check its permissions"),
                    e);
        }
    }

    /** The driver makes its files readable for all; they lie in a directory that is not, but they may be copied. */
    static void closeToOthers(Path directory) {
        if (!directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return;
        }
        try (DirectoryStream<Path> unpacked = Files.newDirectoryStream(directory)) {
            for (Path file : unpacked) {
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            }
        } catch (IOException e) {
            LOG.debug("the permissions of the driver's files stay as they are", e);
        }
    }
}
