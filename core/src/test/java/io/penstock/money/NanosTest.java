package io.penstock.money;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NanosTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0, 0",
        "1.08, 1080000000, 1.08",
        "0.000431, 431000, 0.000431",
        "-2.5, -2500000000, -2.5",
        "0.000000001, 1, 0.000000001",
        "1e2, 100000000000, 100",
        "9223372036.854775807, 9223372036854775807, 9223372036.854775807"
    })
    void amountsAreReadAndPrintedExactly(String usd, long nanos, String shortest) {
        assertThat(Nanos.parseUsd(usd)).isEqualTo(nanos);
        assertThat(Nanos.shortest(nanos)).isEqualTo(shortest);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0000000001", "9223372036.854775808", "-9223372036.854775809"})
    void anAmountThatIsNoWholeNumberOfNanosOrDoesNotFitIsRefused(String usd) {
        assertThatThrownBy(() -> Nanos.parseUsd(usd)).isInstanceOf(ArithmeticException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "free", "1,5", "0x10"})
    void textThatIsNoNumberIsRefused(String usd) {
        assertThatThrownBy(() -> Nanos.parseUsd(usd)).isInstanceOf(NumberFormatException.class);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "499999, 0", "500000, 1", "1499999, 1", "1500000, 2", "9223372036854775807, 9223372036855"})
    void millionthsAreRoundedHalfUp(long sum, long nanos) {
        assertThat(Nanos.fromMillionths(sum)).isEqualTo(nanos);
    }

    @Test
    void nothingWraps() {
        assertThatThrownBy(() -> Nanos.millionths(Long.MAX_VALUE, 2)).isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> Nanos.fromMillionths(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsPrintedReadsBackAsTheSame() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            long nanos = random.nextLong() >> random.nextInt(64);

            assertThat(Nanos.parseUsd(Nanos.shortest(nanos)))
                    .as("seed %d", seed)
                    .isEqualTo(nanos);
        }
    }

    /** Against exact decimals of whatever length and exponent. */
    @Test
    void theNearestNanoIsThatOfExactArithmetic() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            StringBuilder digits = new StringBuilder().append(random.nextInt(10));
            for (int i = random.nextInt(30); i > 0; i--) {
                digits.append(random.nextInt(10));
            }
            String number = digits
                    + (random.nextBoolean() ? "" : "." + random.nextInt(1_000_000))
                    + (random.nextBoolean() ? "" : "e" + (random.nextInt(60) - 40));
            BigDecimal exact = new BigDecimal(number).movePointRight(9).setScale(0, java.math.RoundingMode.HALF_UP);
            boolean fits = exact.compareTo(BigDecimal.TEN.pow(18)) < 0;
            assertThat(Nanos.nearest(number))
                    .as("%s, seed %d", number, seed)
                    .isEqualTo(fits ? exact.longValueExact() : -1);
        }
        for (String none : new String[] {"", "-1", "x", "1e", "e5", "1.2.3", "+1", "1e99999999999", "NaN"}) {
            assertThat(Nanos.nearest(none)).as(none).isEqualTo(-1);
        }
    }
}
