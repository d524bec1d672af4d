package io.penstock.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitsTest {
    @ParameterizedTest
    @CsvSource({
        "0,0",
        "7,7",
        "7B,7",
        "1048576,1048576",
        "1KiB,1024",
        "1KB,1000",
        "32MiB,33554432",
        "500MB,500000000",
        "2GiB,2147483648",
        "1GB,1000000000",
        "0032KiB,32768",
    })
    void aSizeIsANumberOfBytes(String text, long bytes) {
        assertThat(Units.parseBytes("body", text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({"250ms,250", "0s,0", "10s,10000", "30m,1800000", "2h,7200000", "90d,7776000000"})
    void aDurationIsANumberOfMilliseconds(String text, long millis) {
        assertThat(Units.parseDuration("idle", text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "MiB",
                "-1",
                "+1",
                "1 MiB",
                "1mib",
                "1M",
                "1.0",
                "٣",
                "1e3",
                "9223372036854775807GiB",
                "9007199254740992GiB"
            })
    void whatIsNoSizeIsRefused(String text) {
        assertThatThrownBy(() -> Units.parseBytes("body", text))
                .isInstanceOf(Unfit.class)
                .hasMessageStartingWith("body: \"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10", "s", "-1s", "1.5s", "1 s", "1S", "1min", "PT1S", "10s10s", "999999999999999999d"})
    void whatIsNoDurationIsRefused(String text) {
        assertThatThrownBy(() -> Units.parseDuration("idle", text))
                .isInstanceOf(Unfit.class)
                .hasMessageStartingWith("idle: \"");
    }

    @Test
    void whatIsPrintedIsReadBackExactly() {
        long seed = System.nanoTime();
        var random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            long number = random.nextLong() >>> random.nextInt(4, 64);
            long round = number >>> 32 << 20; // many units fit
            for (long bytes : new long[] {number, round, number % 1_000 * 1_000_000}) {
                if (Long.toString(bytes).length() <= 18) {
                    assertThat(Units.parseBytes("", Units.print(bytes)))
                            .as("seed %d", seed)
                            .isEqualTo(bytes);
                }
            }
            Duration duration = Duration.ofMillis(number >>> 6);
            assertThat(Units.parseDuration("", Units.print(duration)))
                    .as("seed %d", seed)
                    .isEqualTo(duration);
        }
    }
}
