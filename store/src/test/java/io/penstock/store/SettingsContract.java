package io.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.Test;

/** The settings, whatever keeps them. */
public abstract class SettingsContract extends StoreContract {
    protected SettingsContract(Kind kind) {
        super(kind);
    }

    @Test
    void aValueIsKeptOnceAndNotReplaced() throws Exception {
        try (Store store = open()) {
            Settings settings = store.settings();
            assertThat(settings.find("colour")).isEmpty();
            assertThat(settings.putIfAbsent("colour", "grün")).isTrue();
            assertThat(settings.putIfAbsent("colour", "red")).isFalse();
            assertThat(settings.find("colour")).contains("grün");
            assertThat(settings.find("Colour")).isEmpty();
            assertThat(settings.putIfAbsent("empty", "")).isTrue();
            assertThat(settings.find("empty")).contains("");
        }
    }

    @Test
    void aCountBeginsAtOne() throws Exception {
        try (Store store = open()) {
            assertThat(store.settings().increment("count")).isEqualTo(1);
            assertThat(store.settings().increment("count")).isEqualTo(2);
            assertThat(store.settings().find("count")).contains("2");
            store.settings().putIfAbsent("word", "many");
            assertThat(store.settings().increment("word")).isEqualTo(1);
        }
    }

    @Test
    void noNumberIsGivenTwice() throws Exception {
        int each = 50;
        Set<Long> given = new ConcurrentSkipListSet<>();
        try (Store store = open()) {
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                Thread thread = new Thread(() -> {
                    for (int i = 0; i < each; i++) {
                        given.add(next(store));
                    }
                });
                thread.start();
                threads.add(thread);
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(given).hasSize(4 * each).contains(1L, 4L * each);
        }
    }

    private static long next(Store store) {
        try {
            return store.settings().increment("count");
        } catch (StoreException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void valuesAreThereAtTheNextStart() throws Exception {
        assumeTrue(keeps());
        try (Store store = open()) {
            store.settings().putIfAbsent("colour", "green");
            store.settings().increment("count");
        }
        try (Store store = open()) {
            assertThat(store.settings().find("colour")).contains("green");
            assertThat(store.settings().increment("count")).isEqualTo(2);
        }
    }

    @Test
    void aClosedStoreSaysSo() throws Exception {
        Store store = open();
        store.close();
        assertThatThrownBy(() -> store.settings().increment("count"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> store.settings().find("count"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("closed");
    }
}
