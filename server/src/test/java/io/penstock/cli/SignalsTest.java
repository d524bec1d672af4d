package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.cli.Signals.Ending;
import io.penstock.cli.Signals.Ending.What;
import org.junit.jupiter.api.Test;

class SignalsTest {
    private static final long FIRST = 4_711;

    @Test
    void signalsWithinASecondCountAsOneAndALaterOneEndsAtOnce() {
        Ending ending = new Ending();
        assertThat(ending.signal(FIRST)).isEqualTo(What.IN_ORDER);
        assertThat(ending.signal(FIRST)).isEqualTo(What.NOTHING);
        assertThat(ending.signal(FIRST + 999_999_999)).isEqualTo(What.NOTHING);
        assertThat(ending.signal(FIRST + 1_000_000_000)).isEqualTo(What.AT_ONCE);
        assertThat(ending.signal(FIRST + 5_000_000_000L)).isEqualTo(What.AT_ONCE);
    }
}
