package io.penstock.store.disk;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps all others away from something, as long as this process lives or until it is closed.
 *
 * <p>Two files, 0600, because a POSIX lock goes when its process closes <em>any</em> descriptor of the file, also one that
 * a second {@code open} in the same process had opened in vain: {@code <name>.jvm} finds that out, {@code <name>} keeps
 * other processes away and is only touched by who has the first. They stay when it is closed: deleting them could free a
 * lock that another has.
 */
public final class ProcessLock implements AutoCloseable {
    private final FileChannel jvm; // owned
    private final FileChannel system; // owned

    private ProcessLock(FileChannel jvm, FileChannel system) {
        this.jvm = jvm;
        this.system = system;
    }

    /** Null: another has it, in this process or in another one. */
    public static @Nullable ProcessLock take(Path directory, String name) throws IOException {
        FileChannel jvm = lock(directory.resolve(name + ".jvm"));
        if (jvm == null) {
            return null;
        }
        FileChannel system = null;
        try {
            system = lock(directory.resolve(name));
            return system == null ? null : new ProcessLock(jvm, system);
        } finally {
            if (system == null) {
                close(jvm);
            }
        }
    }

    private static @Nullable FileChannel lock(Path file) throws IOException {
        Set<StandardOpenOption> options = Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileChannel channel = FileChannel.open(file, options, OwnerOnly.file());
        FileLock held = null;
        try {
            held = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // this process has it: the same answer
        } finally {
            if (held == null) {
                close(channel);
            }
        }
        return held == null ? null : channel;
    }

    @Override
    public void close() {
        close(system);
        close(jvm);
    }

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // the lock goes with the process at the latest
        }
    }
}
