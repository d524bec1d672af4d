package io.penstock.store.disk;

import java.nio.file.FileSystems;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/** Files are for their owner: with these permissions from their making on, where the file system knows any. */
public final class OwnerOnly {
    private OwnerOnly() {}

    /** For a file. */
    public static FileAttribute<?>[] file() {
        return of("rw-------");
    }

    /** For a directory. */
    public static FileAttribute<?>[] directory() {
        return of("rwx------");
    }

    private static FileAttribute<?>[] of(String permissions) {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }
}
