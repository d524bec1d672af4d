package io.penstock.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WarningPaceTest {
    @ParameterizedTest
    @ValueSource(longs = {0, -5, Long.MAX_VALUE - 10, Long.MIN_VALUE})
    void aRefusedCredentialWarnsOnceAMinuteWithACount(long start) {
        var refusals = new WarningPace();
        assertThat(refusals.count(start)).isEqualTo(1);
        for (int second = 1; second < 60; second++) {
            assertThat(refusals.count(start + TimeUnit.SECONDS.toNanos(second))).isZero();
        }
        assertThat(refusals.count(start + TimeUnit.SECONDS.toNanos(61))).isEqualTo(60);
        assertThat(refusals.count(start + TimeUnit.SECONDS.toNanos(62))).isZero();
        assertThat(refusals.count(start + TimeUnit.SECONDS.toNanos(130))).isEqualTo(2);
    }

    @Test
    void noRefusalIsCountedTwiceOrLostHoweverManyThreadsTell() {
        var refusals = new WarningPace();
        var told = new AtomicLong();
        IntStream.range(0, 100_000)
                .parallel()
                .forEach(i -> told.addAndGet(refusals.count(TimeUnit.MINUTES.toNanos(i))));
        told.addAndGet(refusals.count(TimeUnit.MINUTES.toNanos(1_000_000)));
        assertThat(told).hasValue(100_001);
    }
}
