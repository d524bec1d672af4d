package io.penstock.store.sqlite;

import static io.penstock.store.Samples.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.penstock.store.GatewayKey;
import io.penstock.store.Keepalive;
import io.penstock.store.KeyStatus;
import io.penstock.store.NewKey;
import io.penstock.store.StoreException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KeysTest {
    private static final String DECLARED = "agent-key-0123456789";

    @TempDir
    Path dir;

    private SqliteStore open() throws StoreException {
        return SqliteStore.open(Opening.options(dir.resolve("penstock.db")));
    }

    private static @Nullable GatewayKey find(SqliteStore store, String text) {
        byte[] padded = ("Bearer " + text + " ").getBytes(StandardCharsets.UTF_8);
        return store.keys().find(padded, 7, padded.length - 1);
    }

    @Test
    void aNewKeyIsFoundByItsTextAlsoAfterARestart() throws Exception {
        String text;
        try (SqliteStore store = open()) {
            NewKey made = store.keys().create("laptop");
            text = made.text();
            assertThat(text).matches("sk-or-v1-[0-9a-f]{64}");
            assertThat(made.key().label()).isEqualTo(text.substring(0, 12) + "…" + text.substring(text.length() - 3));
            assertThat(made.toString()).doesNotContain(text);
            assertThat(find(store, text)).isSameAs(made.key());
            assertThat(find(store, text)).isSameAs(made.key());
        }
        try (SqliteStore store = open()) {
            GatewayKey key = Objects.requireNonNull(find(store, text));
            assertThat(key.name()).isEqualTo("laptop");
            assertThat(key.keepalive()).isEqualTo(Keepalive.COMMENT);
        }
    }

    @Test
    void theTextOfAKeyIsNotInTheFiles() throws Exception {
        String text;
        try (SqliteStore store = open()) {
            text = store.keys().create("laptop").text();
            find(store, text);
        }
        String file = Files.readString(dir.resolve("penstock.db"), StandardCharsets.ISO_8859_1);
        assertThat(file).contains("laptop").doesNotContain(text.substring(12, 40));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "sk-or-v1-", "sk-or-v1-0000000000000000000000000000000000000000000000000000000000000000"})
    void anUnknownTextIsNoKey(String text) throws Exception {
        try (SqliteStore store = open()) {
            store.keys().create("laptop");
            assertThat(find(store, text)).isNull();
            assertThat(find(store, "x".repeat(100_000))).isNull();
        }
    }

    @Test
    void aRevocationHoldsAtOnceAndForGood() throws Exception {
        String text;
        try (SqliteStore store = open()) {
            NewKey made = store.keys().create("laptop");
            text = made.text();
            assertThat(find(store, text)).isNotNull();
            assertThat(store.keys().revoke("laptop")).isTrue();
            assertThat(find(store, text)).isNull();
            assertThat(made.key().status()).isEqualTo(KeyStatus.REVOKED);
            assertThat(store.keys().revoke("laptop")).isFalse();
            assertThat(store.keys().revoke("nobody")).isFalse();
        }
        try (SqliteStore store = open()) {
            assertThat(find(store, text)).isNull();
            assertThat(store.keys().list()).extracting(GatewayKey::status).containsExactly(KeyStatus.REVOKED);
        }
    }

    @Test
    void aKeyIsRevokedByIdLabelOrNameAndAnAmbiguousNameChangesNothing() throws Exception {
        try (SqliteStore store = open()) {
            NewKey one = store.keys().create("same");
            NewKey two = store.keys().create("same");
            assertThatThrownBy(() -> store.keys().revoke("same"))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("found 2 keys called same, expected one");
            assertThat(find(store, one.text())).isNotNull();
            assertThat(store.keys().revoke(one.key().label())).isTrue();
            assertThat(find(store, one.text())).isNull();
            assertThat(store.keys().revoke(Long.toString(two.key().id()))).isTrue();
            assertThat(find(store, two.text())).isNull();
        }
    }

    @Test
    void aDeclaredKeyKeepsItsIdAndStopsWorkingWhenItIsNoLongerDeclared() throws Exception {
        long id;
        try (SqliteStore store = open()) {
            GatewayKey key = store.keys().declare("agent", DECLARED, Keepalive.DATA);
            id = key.id();
            assertThat(find(store, DECLARED)).isSameAs(key);
            assertThat(store.keys().declare("agent", DECLARED, Keepalive.DATA)).isSameAs(key);
        }
        try (SqliteStore store = open()) {
            assertThat(find(store, DECLARED)).isNull();
            assertThat(store.keys().list()).extracting(GatewayKey::status).containsExactly(KeyStatus.UNDECLARED);
            GatewayKey key = store.keys().declare("renamed", DECLARED, Keepalive.COMMENT);
            assertThat(key.id()).isEqualTo(id);
            assertThat(find(store, DECLARED)).isSameAs(key);
        }
        try (SqliteStore store = open()) {
            GatewayKey key = store.keys().list().get(0);
            assertThat(key.name()).isEqualTo("renamed");
            assertThat(key.keepalive()).isEqualTo(Keepalive.COMMENT);
        }
    }

    @Test
    void aRevocationOutlivesTheDeclaration() throws Exception {
        try (SqliteStore store = open()) {
            store.keys().declare("agent", DECLARED, Keepalive.DATA);
            store.keys().revoke("agent");
            assertThat(store.keys().declare("agent", DECLARED, Keepalive.DATA).status())
                    .isEqualTo(KeyStatus.REVOKED);
            assertThat(find(store, DECLARED)).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"too-short", "with a space in between", "umlaut-äöü-0123456789012345"})
    void aDeclaredKeyIsTwentyToTwoHundredVisibleAsciiCharacters(String text) throws Exception {
        try (SqliteStore store = open()) {
            assertThatThrownBy(() -> store.keys().declare("agent", text, Keepalive.DATA))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("key agent: found")
                    .hasMessageNotContainingAny(text);
        }
    }

    @Test
    void findAllocatesNothingOnAHit() throws Exception {
        try (SqliteStore store = open()) {
            byte[] text = store.keys().create("laptop").text().getBytes(StandardCharsets.US_ASCII);
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long thread = Thread.currentThread().getId();
            int found = 0;
            for (int i = 0; i < 20_000; i++) {
                found += store.keys().find(text, 0, text.length) == null ? 0 : 1;
            }
            long before = threads.getThreadAllocatedBytes(thread);
            for (int i = 0; i < 100_000; i++) {
                found += store.keys().find(text, 0, text.length) == null ? 0 : 1;
            }
            long allocated = threads.getThreadAllocatedBytes(thread) - before;
            assertThat(found).isEqualTo(120_000);
            assertThat(allocated).as("bytes in 100,000 calls").isLessThan(100_000);
        }
    }

    @Test
    void theTimeOfLastUseIsWrittenLater() throws Exception {
        long used;
        try (SqliteStore store = open()) {
            NewKey made = store.keys().create("laptop");
            assertThat(made.key().lastUsedAtMillis()).isZero();
            find(store, made.text());
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
}
