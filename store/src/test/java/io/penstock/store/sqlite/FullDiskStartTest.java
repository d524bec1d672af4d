package io.penstock.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.store.Forked;
import io.penstock.store.StoreException;
import io.penstock.store.disk.DataDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A first start on a full disk says so, and how much is free, without a stack trace. Needs the right to mount one. */
final class FullDiskStartTest {
    @TempDir
    Path dir;

    private Path disk() {
        return dir.resolve("disk");
    }

    private static boolean done(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getInputStream().readAllBytes();
        return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    @BeforeEach
    void mount() throws Exception {
        Files.createDirectory(disk());
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/mount")));
        assumeTrue(done("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk().toString()), "may not mount");
    }

    @AfterEach
    void unmount() throws Exception {
        // lazily: the redo log stays mapped until it is collected
        done("umount", "-l", disk().toString());
    }

    @Test
    void aFirstStartOnAFullDiskIsAMessageAndNoStackTrace() throws Exception {
        assertThat(Forked.run(FirstStart.class, disk().resolve("data").toString()))
                .startsWith("cannot unpack the database driver into " + disk() + "/data/native: the disk is full (")
                .contains("KiB are free at ", "free some room, or name another data directory")
                .doesNotContain("\tat ");
    }

    @Test
    void aNewDatabaseThatDoesNotFitIsAMessageToo() throws Exception {
        SqliteStore.open(Opening.options(dir.resolve("elsewhere.db"))).close(); // the driver is there
        assertThatThrownBy(() -> SqliteStore.open(Opening.options(disk().resolve("penstock.db")))
                        .close())
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("cannot open the database " + disk().toRealPath() + "/penstock.db")
                .hasMessageContaining("the disk is full (");
        assertThat(done("mount", "-o", "remount,size=16m", disk().toString())).isTrue();
        SqliteStore.open(Opening.options(disk().resolve("penstock.db"))).close();
    }

    /** The first start of an installation. */
    static final class FirstStart {
        public static void main(String[] args) throws Exception {
            try (DataDirectory data = DataDirectory.open(Path.of(args[0]))) {
                StoreOptions options = StoreOptions.of("jdbc:sqlite:" + data.resolve("penstock.db"), data.pepper());
                SqliteStore.open(options, data.resolve("native")).close();
                System.out.println("opened");
            } catch (StoreException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
