package io.penstock.store.sqlite;

import io.penstock.store.Durability;
import io.penstock.store.KeysContract;
import io.penstock.store.LedgerContract;
import io.penstock.store.RequestsContract;
import io.penstock.store.SettingsContract;
import io.penstock.store.Store;
import io.penstock.store.StoreContract;
import io.penstock.store.StoreException;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The SQLite store keeps what every store must: on disk, with and without the redo log, and in memory. */
final class SqliteContractTest {
    @TempDir
    Path dir;

    private final StoreContract.Kind onDisk = new OnDisk(Durability.PROCESS);
    private final StoreContract.Kind withoutRedoLog = new OnDisk(Durability.POWER);
    private final StoreContract.Kind inMemory = new InMemory();

    private final class OnDisk implements StoreContract.Kind {
        private final Durability durability;

        OnDisk(Durability durability) {
            this.durability = durability;
        }

        @Override
        public Store open() throws StoreException {
            return SqliteStore.open(Opening.options(dir.resolve("penstock.db"), durability, OptionalLong.empty()));
        }

        @Override
        public boolean keeps() {
            return true;
        }
    }

    private static final class InMemory implements StoreContract.Kind {
        @Override
        public Store open() throws StoreException {
            return SqliteStore.open(Opening.inMemory());
        }

        @Override
        public boolean keeps() {
            return false;
        }
    }

    @Nested
    final class LedgerOnDisk extends LedgerContract {
        LedgerOnDisk() {
            super(onDisk);
        }
    }

    @Nested
    final class LedgerWithoutRedoLog extends LedgerContract {
        LedgerWithoutRedoLog() {
            super(withoutRedoLog);
        }
    }

    @Nested
    final class LedgerInMemory extends LedgerContract {
        LedgerInMemory() {
            super(inMemory);
        }
    }

    @Nested
    final class KeysOnDisk extends KeysContract {
        KeysOnDisk() {
            super(onDisk);
        }
    }

    @Nested
    final class KeysInMemory extends KeysContract {
        KeysInMemory() {
            super(inMemory);
        }
    }

    @Nested
    final class RequestsOnDisk extends RequestsContract {
        RequestsOnDisk() {
            super(onDisk);
        }
    }

    @Nested
    final class RequestsInMemory extends RequestsContract {
        RequestsInMemory() {
            super(inMemory);
        }
    }

    @Nested
    final class SettingsOnDisk extends SettingsContract {
        SettingsOnDisk() {
            super(onDisk);
        }
    }

    @Nested
    final class SettingsInMemory extends SettingsContract {
        SettingsInMemory() {
            super(inMemory);
        }
    }
}
