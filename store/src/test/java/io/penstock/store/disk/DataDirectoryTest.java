package io.penstock.store.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.store.Forked;
import io.penstock.store.StoreException;
import io.penstock.store.sqlite.SqliteStore;
import io.penstock.store.sqlite.StoreOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataDirectoryTest {
    @TempDir
    Path dir;

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void allThatIsWrittenIsForItsOwnerOnly() throws Exception {
        Path data = dir.resolve("a/b");
        try (DataDirectory directory = DataDirectory.open(data);
                SqliteStore store = SqliteStore.open(
                        StoreOptions.of("jdbc:sqlite:" + directory.resolve("penstock.db"), directory.pepper()),
                        directory.resolve("tmp"))) {
            store.keys().create("laptop");
            directory.write("port", "4680\n");
            assertThat(Files.readString(data.resolve("port"))).isEqualTo("4680\n");
            assertThat(mode(data)).isEqualTo("rwx------");
            assertThat(mode(data.resolve("tmp"))).isEqualTo("rwx------");
            for (String file : new String[] {
                "master.key", "lock", "lock.jvm", "port", "penstock.db", "penstock.db-wal", "penstock.db-shm"
            }) {
                assertThat(mode(data.resolve(file))).as(file).isEqualTo("rw-------");
            }
        }
    }

    @Test
    void aDirectoryOpenToOthersIsClosedToThem() throws Exception {
        Path data = Files.createDirectory(
                dir.resolve("open"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        DataDirectory.open(data).close();
        assertThat(mode(data)).isEqualTo("rwx------");
    }

    @Test
    void theSecondHolderInThisProcessIsRefusedAndTheFirstKeepsItsLock() throws Exception {
        try (DataDirectory first = DataDirectory.open(dir)) {
            assertThat(first.path()).isEqualTo(dir);
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> DataDirectory.open(dir))
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining("in use by another Penstock");
            }
            assertThat(Forked.run(LockHolder.class, dir.toString())).contains("in use by another Penstock");
        }
        DataDirectory.open(dir).close();
    }

    @Test
    void anotherProcessHoldsTheDirectoryUntilItIsKilled() throws Exception {
        Process holder = Forked.start(LockHolder.class, dir.toString());
        try (var lines = holder.inputReader()) {
            assertThat(lines.readLine()).isEqualTo("held");
            assertThatThrownBy(() -> DataDirectory.open(dir)).hasMessageContaining("in use by another Penstock");
        } finally {
            holder.destroyForcibly().waitFor();
        }
        DataDirectory.open(dir).close();
    }

    @Test
    void aFileInItsPlaceIsSaid() throws Exception {
        Path file = Files.writeString(dir.resolve("file"), "x");
        assertThatThrownBy(() -> DataDirectory.open(file))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("is not a directory");
    }

    @Test
    void thePepperStaysTheSameAndComesFromTheTextWhenThereIsOne() throws Exception {
        byte[] pepper;
        try (DataDirectory directory = DataDirectory.open(dir)) {
            pepper = directory.pepper();
            assertThat(pepper).hasSize(32);
        }
        try (DataDirectory directory = DataDirectory.open(dir)) {
            assertThat(directory.pepper()).isEqualTo(pepper);
        }
        String text = "0123456789abcdef0123456789abcdef";
        try (DataDirectory directory = DataDirectory.open(dir, text)) {
            assertThat(directory.pepper()).isNotEqualTo(pepper).hasSize(32);
        }
        assertThatThrownBy(() -> DataDirectory.open(dir, "short"))
                .hasMessageContaining("PENSTOCK_MASTER_KEY: found 5 characters");
        DataDirectory.open(dir).close();
    }

    @Test
    void aDamagedMasterKeyStopsTheStartUntouched() throws Exception {
        DataDirectory.open(dir).close();
        Path file = dir.resolve("master.key");
        String whole = Files.readString(file);
        for (String damaged :
                new String[] {"", "?", whole.substring(0, 40), (whole.charAt(0) == 'A' ? 'B' : 'A') + whole.substring(1)
                }) {
            Files.writeString(file, damaged);
            assertThatThrownBy(() -> DataDirectory.open(dir))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("master.key is damaged");
            assertThat(Files.readString(file)).isEqualTo(damaged);
        }
    }

    /** Holds a directory until it is killed, or says why it cannot. */
    static final class LockHolder {
        public static void main(String[] args) throws Exception {
            try {
                DataDirectory.open(Path.of(args[0]));
            } catch (StoreException e) {
                System.out.println(e.getMessage());
                return;
            }
            System.out.println("held");
            Thread.currentThread().join();
        }
    }
}
