package io.penstock.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.store.Durability;
import io.penstock.store.StoreException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class StoreOptionsTest {
    private static StoreOptions options(long keepMillis, long logBytes, int pepperBytes) {
        return new StoreOptions(
                StoreOptions.MEMORY,
                Durability.PROCESS,
                Duration.ofMillis(keepMillis),
                logBytes,
                OptionalLong.empty(),
                new byte[pepperBytes],
                InstantSource.system(),
                false);
    }

    @ParameterizedTest
    @CsvSource({"-1, 0, 16, requestLogKeep", "0, -1, 16, requestLogMaxBytes", "0, 0, 15, pepper: 15 bytes"})
    void whatCannotBeMeantIsRefused(long keepMillis, long logBytes, int pepperBytes, String found) {
        assertThat(options(0, 0, 16).requestLogMaxBytes()).isZero();
        assertThatThrownBy(() -> options(keepMillis, logBytes, pepperBytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(found)
                .hasMessageContaining("expected: >=");
    }

    @Test
    void thePepperIsCopiedAndNotTold() {
        byte[] pepper = Opening.PEPPER.clone();
        StoreOptions options = StoreOptions.of(StoreOptions.MEMORY, pepper);
        pepper[0] ^= 1;
        options.pepper()[1] ^= 1;
        assertThat(options.pepper()).isEqualTo(Opening.PEPPER);
        assertThat(options).hasToString("StoreOptions[jdbc:sqlite::memory:, PROCESS]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:sqlite:",
                "jdbc:postgresql://x",
                "jdbc:sqlite::resource:x",
                "jdbc:sqlite:file:x",
                "jdbc:sqlite:x?mode=ro"
            })
    void aUrlThatNamesNoFileStopsTheStart(String url) {
        assertThatThrownBy(() ->
                        SqliteStore.open(StoreOptions.of(url, Opening.PEPPER)).close())
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("found " + url + ", expected jdbc:sqlite:<path of a file>");
    }
}
