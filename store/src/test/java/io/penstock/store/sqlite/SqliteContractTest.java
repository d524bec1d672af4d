package io.penstock.store.sqlite;

import io.penstock.store.Durability;
import io.penstock.store.KeysContract;
import io.penstock.store.LedgerContract;
import io.penstock.store.RequestsContract;
import io.penstock.store.SettingsContract;
import io.penstock.store.Store;
import io.penstock.store.StoreException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.OptionalLong;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The SQLite store keeps what every store must, on disk with and without the redo log, and in memory. */
final class SqliteContractTest {
    @TempDir
    Path dir;

    private Store onDisk() throws StoreException {
        return SqliteStore.open(Opening.options(dir.resolve("penstock.db")));
    }

    private Store withoutRedoLog() throws StoreException {
        return SqliteStore.open(Opening.options(dir.resolve("penstock.db"), Durability.POWER, OptionalLong.empty()));
    }

    private static Store inMemory() throws StoreException {
        return SqliteStore.open(new StoreOptions(
                StoreOptions.MEMORY,
                Durability.PROCESS,
                Duration.ofDays(36_500),
                2L << 30,
                OptionalLong.empty(),
                Opening.PEPPER,
                InstantSource.system(),
                false));
    }

    @Nested
    final class LedgerOnDisk extends LedgerContract {
        @Override
        protected Store open() throws StoreException {
            return onDisk();
        }

        @Override
        protected boolean keeps() {
            return true;
        }
    }

    @Nested
    final class LedgerWithoutRedoLog extends LedgerContract {
        @Override
        protected Store open() throws StoreException {
            return withoutRedoLog();
        }

        @Override
        protected boolean keeps() {
            return true;
        }
    }

    @Nested
    final class LedgerInMemory extends LedgerContract {
        @Override
        protected Store open() throws StoreException {
            return inMemory();
        }

        @Override
        protected boolean keeps() {
            return false;
        }
    }

    @Nested
    final class KeysOnDisk extends KeysContract {
        @Override
        protected Store open() throws StoreException {
            return onDisk();
        }

        @Override
        protected boolean keeps() {
            return true;
        }
    }

    @Nested
    final class KeysInMemory extends KeysContract {
        @Override
        protected Store open() throws StoreException {
            return inMemory();
        }

        @Override
        protected boolean keeps() {
            return false;
        }
    }

    @Nested
    final class RequestsOnDisk extends RequestsContract {
        @Override
        protected Store open() throws StoreException {
            return onDisk();
        }

        @Override
        protected boolean keeps() {
            return true;
        }
    }

    @Nested
    final class RequestsInMemory extends RequestsContract {
        @Override
        protected Store open() throws StoreException {
            return inMemory();
        }

        @Override
        protected boolean keeps() {
            return false;
        }
    }

    @Nested
    final class SettingsOnDisk extends SettingsContract {
        @Override
        protected Store open() throws StoreException {
            return onDisk();
        }

        @Override
        protected boolean keeps() {
            return true;
        }
    }

    @Nested
    final class SettingsInMemory extends SettingsContract {
        @Override
        protected Store open() throws StoreException {
            return inMemory();
        }

        @Override
        protected boolean keeps() {
            return false;
        }
    }
}
