package io.penstock.store.sqlite;

import io.penstock.store.Settings;
import io.penstock.store.StoreException;
import java.util.Optional;

/** {@link SettingTable}, each call a transaction of its own. */
final class SqliteSettings implements Settings {
    private final Reads reads;
    private final Writes writes;

    SqliteSettings(Reads reads, Writes writes) {
        this.reads = reads;
        this.writes = writes;
    }

    @Override
    public Optional<String> find(String name) throws StoreException {
        return reads.read(connection -> Optional.ofNullable(SettingTable.value(connection, name)));
    }

    @Override
    public boolean putIfAbsent(String name, String value) throws StoreException {
        return writes.write(connection -> SettingTable.putIfAbsent(connection, name, value));
    }

    @Override
    public long increment(String name) throws StoreException {
        return writes.write(connection -> SettingTable.increment(connection, name));
    }
}
