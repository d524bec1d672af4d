package io.penstock.store.sqlite;

import static io.penstock.store.Samples.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.store.GatewayKey;
import io.penstock.store.NewKey;
import io.penstock.store.Samples;
import io.penstock.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KeysTest {
    @TempDir
    Path dir;

    private SqliteStore open() throws StoreException {
        return SqliteStore.open(Opening.options(dir.resolve("penstock.db")));
    }

    @Test
    void theTextOfAKeyIsNotInTheFiles() throws Exception {
        String text;
        try (SqliteStore store = open()) {
            text = store.keys().create("laptop").text();
            Samples.find(store, text);
        }
        String file = Files.readString(dir.resolve("penstock.db"), StandardCharsets.ISO_8859_1);
        assertThat(file).contains("laptop").doesNotContain(text.substring(12, 40));
    }

    @Test
    void theTimeOfLastUseIsWrittenLater() throws Exception {
        long used;
        try (SqliteStore store = open()) {
            NewKey made = store.keys().create("laptop");
            assertThat(made.key().lastUsedAtMillis()).isZero();
            Samples.find(store, made.text());
            used = made.key().lastUsedAtMillis();
            assertThat(used).isPositive();
            await("written", () -> !((SqliteKeys) store.keys()).hasUnwrittenUse());
        }
        try (SqliteStore store = open()) {
            assertThat(store.keys().list().get(0).lastUsedAtMillis()).isEqualTo(used);
        }
    }

    @Test
    void anotherMasterKeyStopsTheStart() throws Exception {
        Path file = dir.resolve("penstock.db");
        try (SqliteStore store = open()) {
            store.keys().create("laptop");
        }
        byte[] before = Files.readAllBytes(file);
        assertThatThrownBy(() -> SqliteStore.open(StoreOptions.of("jdbc:sqlite:" + file, new byte[32])))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("master key is not the one");
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
        open().close();
    }

    @Test
    void aKeyThatHasExpiredOrIsOfAStatusWeDoNotKnowOpensNothing() throws Exception {
        String text;
        try (SqliteStore store = open()) {
            text = store.keys().create("laptop").text();
        }
        long[] millis = {1, 0}; // by the clock; by none
        for (long expires : millis) {
            sql("UPDATE gateway_key SET status = 'active', expires_at_millis = " + (expires == 0 ? "NULL" : expires));
            try (SqliteStore store = open()) {
                assertThat(Samples.find(store, text) == null).isEqualTo(expires != 0);
                assertThat(store.keys().list().get(0).expiresAtMillis())
                        .isEqualTo(expires == 0 ? GatewayKey.NEVER : expires);
            }
        }
        sql("UPDATE gateway_key SET status = 'of a newer build'");
        try (SqliteStore store = open()) {
            assertThat(Samples.find(store, text)).isNull();
        }
    }

    private void sql(String sql) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("penstock.db"))) {
            Sqlite.execute(connection, sql);
        }
    }
}
