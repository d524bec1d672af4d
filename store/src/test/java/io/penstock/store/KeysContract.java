package io.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The keys, whatever keeps them. */
public abstract class KeysContract extends StoreContract {
    private static final String DECLARED = "agent-key-0123456789";

    protected KeysContract(Kind kind) {
        super(kind);
    }

    @Test
    void aNewKeyIsFoundByItsTextAlsoAfterARestart() throws Exception {
        String text;
        try (Store store = open()) {
            NewKey made = store.keys().create("laptop");
            text = made.text();
            assertThat(text).matches("sk-or-v1-[0-9a-f]{64}");
            assertThat(made.key().label()).isEqualTo(text.substring(0, 12) + "…" + text.substring(text.length() - 3));
            assertThat(made.toString()).doesNotContain(text);
            assertThat(Samples.find(store, text)).isSameAs(made.key());
            assertThat(Samples.find(store, text)).isSameAs(made.key());
        }
        if (!keeps()) {
            return;
        }
        try (Store store = open()) {
            GatewayKey key = Objects.requireNonNull(Samples.find(store, text));
            assertThat(key.name()).isEqualTo("laptop");
            assertThat(key.keepalive()).isEqualTo(Keepalive.COMMENT);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "sk-or-v1-", "sk-or-v1-0000000000000000000000000000000000000000000000000000000000000000"})
    void anUnknownTextIsNoKey(String text) throws Exception {
        try (Store store = open()) {
            store.keys().create("laptop");
            assertThat(Samples.find(store, text)).isNull();
            assertThat(Samples.find(store, "x".repeat(100_000))).isNull();
        }
    }

    @Test
    void aRevocationHoldsAtOnceAndForGood() throws Exception {
        String text;
        try (Store store = open()) {
            NewKey made = store.keys().create("laptop");
            text = made.text();
            assertThat(Samples.find(store, text)).isNotNull();
            assertThat(store.keys().revoke("laptop")).isTrue();
            assertThat(Samples.find(store, text)).isNull();
            assertThat(made.key().status()).isEqualTo(KeyStatus.REVOKED);
            assertThat(store.keys().revoke("laptop")).isFalse();
            assertThat(store.keys().revoke("nobody")).isFalse();
        }
        if (!keeps()) {
            return;
        }
        try (Store store = open()) {
            assertThat(Samples.find(store, text)).isNull();
            assertThat(store.keys().list()).extracting(GatewayKey::status).containsExactly(KeyStatus.REVOKED);
        }
    }

    @Test
    void aKeyIsRevokedByIdLabelOrNameAndAnAmbiguousNameChangesNothing() throws Exception {
        try (Store store = open()) {
            NewKey one = store.keys().create("same");
            NewKey two = store.keys().create("same");
            assertThatThrownBy(() -> store.keys().revoke("same"))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("found 2 keys called same, expected one");
            assertThat(Samples.find(store, one.text())).isNotNull();
            assertThat(store.keys().revoke(one.key().label())).isTrue();
            assertThat(Samples.find(store, one.text())).isNull();
            assertThat(store.keys().revoke(Long.toString(two.key().id()))).isTrue();
            assertThat(Samples.find(store, two.text())).isNull();
        }
    }

    @Test
    void anIdGoesBeforeANameThatLooksLikeOne() throws Exception {
        try (Store store = open()) {
            NewKey one = store.keys().create("agent");
            NewKey two = store.keys().create(Long.toString(one.key().id()));
            assertThat(store.keys().revoke(two.key().name())).isTrue();
            assertThat(Samples.find(store, one.text())).isNull();
            assertThat(Samples.find(store, two.text())).isSameAs(two.key());
            assertThat(store.keys().revoke(two.key().name())).as("by its name").isTrue();
            assertThat(Samples.find(store, two.text())).isNull();
        }
    }

    @Test
    void keysAreListedOldestFirstAndKeepWhatTheyWereMadeWith() throws Exception {
        try (Store store = open()) {
            NewKey one = store.keys().create("b");
            GatewayKey two = store.keys().declare("a", DECLARED, Keepalive.DATA);
            assertThat(store.keys().list()).containsExactly(one.key(), two);
            assertThat(one.key().id()).isLessThan(two.id());
            assertThat(one.key().declared()).isFalse();
            assertThat(two.declared()).isTrue();
            assertThat(two.keepalive()).isEqualTo(Keepalive.DATA);
            assertThat(one.key().createdAtMillis()).isPositive();
            assertThat(one.key().expiresAtMillis()).isEqualTo(GatewayKey.NEVER);
            assertThat(one.key().lastUsedAtMillis()).isZero();
            Samples.find(store, one.text());
            assertThat(one.key().lastUsedAtMillis()).isPositive();
            assertThat(two.toString()).contains("a").doesNotContain(DECLARED);
        }
    }

    @Test
    void aDeclaredKeyKeepsItsIdAndStopsWorkingWhenItIsNoLongerDeclared() throws Exception {
        long id;
        try (Store store = open()) {
            GatewayKey key = store.keys().declare("agent", DECLARED, Keepalive.DATA);
            id = key.id();
            assertThat(Samples.find(store, DECLARED)).isSameAs(key);
            assertThat(store.keys().declare("agent", DECLARED, Keepalive.DATA)).isSameAs(key);
        }
        if (!keeps()) {
            return;
        }
        try (Store store = open()) {
            assertThat(Samples.find(store, DECLARED)).isNull();
            assertThat(store.keys().list()).extracting(GatewayKey::status).containsExactly(KeyStatus.UNDECLARED);
            GatewayKey key = store.keys().declare("renamed", DECLARED, Keepalive.COMMENT);
            assertThat(key.id()).isEqualTo(id);
            assertThat(Samples.find(store, DECLARED)).isSameAs(key);
        }
        try (Store store = open()) {
            GatewayKey key = store.keys().list().get(0);
            assertThat(key.name()).isEqualTo("renamed");
            assertThat(key.keepalive()).isEqualTo(Keepalive.COMMENT);
        }
    }

    @Test
    void aDeclarationThatDiffersInOnePartChangesThatPart() throws Exception {
        try (Store store = open()) {
            GatewayKey key = store.keys().declare("agent", DECLARED, Keepalive.DATA);
            assertThat(store.keys().declare("agent", DECLARED, Keepalive.COMMENT))
                    .isSameAs(key);
            assertThat(key.keepalive()).isEqualTo(Keepalive.COMMENT);
            assertThat(key.name()).isEqualTo("agent");
            store.keys().declare("other", DECLARED, Keepalive.COMMENT);
            assertThat(key.name()).isEqualTo("other");
            assertThat(store.keys().list()).hasSize(1);
        }
    }

    @Test
    void aKeyMayHaveTwoHundredCharactersAndNoMore() throws Exception {
        try (Store store = open()) {
            String longest = "k".repeat(200);
            assertThat(Samples.find(store, longest)).isNull();
            GatewayKey key = store.keys().declare("agent", longest, Keepalive.DATA);
            assertThat(Samples.find(store, longest)).isSameAs(key);
            assertThatThrownBy(() -> store.keys().declare("agent", longest + "k", Keepalive.DATA))
                    .hasMessageContaining("found 201 characters, expected 20 to 200");
            assertThat(Samples.find(store, longest + "k")).isNull();
        }
    }

    @Test
    void aRevocationOutlivesTheDeclaration() throws Exception {
        try (Store store = open()) {
            store.keys().declare("agent", DECLARED, Keepalive.DATA);
            store.keys().revoke("agent");
            assertThat(store.keys().declare("agent", DECLARED, Keepalive.DATA).status())
                    .isEqualTo(KeyStatus.REVOKED);
            assertThat(Samples.find(store, DECLARED)).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"too-short", "with a space in between", "umlaut-äöü-0123456789012345"})
    void aDeclaredKeyIsTwentyToTwoHundredVisibleAsciiCharacters(String text) throws Exception {
        if (!keeps()) {
            return;
        }
        try (Store store = open()) {
            assertThatThrownBy(() -> store.keys().declare("agent", text, Keepalive.DATA))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("key agent: found")
                    .hasMessageNotContainingAny(text);
        }
    }

    @Test
    void findAllocatesNothingOnAHit() throws Exception {
        try (Store store = open()) {
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
}
