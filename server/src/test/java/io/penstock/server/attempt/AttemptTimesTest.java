package io.penstock.server.attempt;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The times of one attempt, where there were others before. */
class AttemptTimesTest {
    @Test
    void whatAnAttemptHadIsNotTheNextOnes() {
        long arrived = System.nanoTime();
        AttemptTimes times = new AttemptTimes();
        unknown(times, arrived);
        times.sent();
        assertThat(times.heardNanos()).isGreaterThanOrEqualTo(arrived);
        times.heard();
        times.answeredWhole();
        times.ended();
        assertThat(times.firstByteNanos(arrived)).isNotNegative();
        assertThat(times.overheadNanos(arrived)).isNotNegative();
        assertThat(times.latencyMicros()).isNotNegative();

        times.begin();
        unknown(times, arrived);
        times.sent();
        assertThat(times.firstByteNanos(arrived)).isEqualTo(-1);
        assertThat(times.overheadNanos(arrived)).isEqualTo(-1);
    }

    private static void unknown(AttemptTimes times, long arrived) {
        assertThat(times.firstByteNanos(arrived)).isEqualTo(-1);
        assertThat(times.overheadNanos(arrived)).isEqualTo(-1);
        assertThat(times.heardNanos()).isZero();
    }
}
