package io.penstock.server.attempt;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.server.http.ResponseHead;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long a provider wants us to wait, in whatever form it says so; clients sleep for as long as they are told. */
class RetryAfterTest {
    private static final String NOW = "Wed, 21 Oct 2026 07:28:00 GMT";

    private static long seconds(String lines) {
        ByteBuf in = Unpooled.copiedBuffer("HTTP/1.1 429 Slow\r\n" + lines + "\r\n", StandardCharsets.ISO_8859_1);
        ResponseHead head = new ResponseHead();
        head.reset();
        assertThat(head.parse(in)).isTrue();
        assertThat(head.problem()).isNull();
        return RetryAfter.seconds(head, in);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1, 1",
        "0001, 1",
        "86400, 86400",
        "86401, 86400",
        "9223372036854775807, 86400",
        "9223372036854775808, 86400",
        "99999999999999999999999, 86400",
        "0.0, 1",
        "0.5, 1",
        "1.000001, 2",
        "86399.5, 86400",
        "86400.5, 86400",
        "9223372036854775807.5, 86400",
        "99999999999999999999999.5, 86400"
    })
    void secondsAreRoundedUpAndNeverMoreThanADay(String value, long expected) {
        assertThat(seconds("Retry-After: " + value + "\r\n")).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "''",
        "-1",
        "+1",
        "1.",
        ".5",
        "1.5.5",
        "1.5x",
        "1s",
        "1 2",
        "0x10",
        "soon",
        "2026-10-21T07:28:00Z",
        "'Wed, 32 Oct 2026 07:28:00 GMT'",
        "'Wed, 21 Oct 2026 07:28:00 CEST and so on and so on'"
    })
    void whatCannotBeReadSaysNothing(String value) {
        assertThat(seconds("Retry-After: " + value + "\r\n")).isEqualTo(-1);
    }

    @Test
    void anAnswerWithoutItSaysNothing() {
        assertThat(seconds("Date: " + NOW + "\r\n")).isEqualTo(-1);
    }

    /** The provider's own clock counts, in any of the three forms that HTTP has had. */
    @ParameterizedTest
    @CsvSource({
        "'Wed, 21 Oct 2026 07:28:30 GMT', 30",
        "'Wednesday, 21-Oct-26 07:28:30 GMT', 30",
        "'Wed Oct 21 07:28:30 2026', 30",
        "'Wed, 21 Oct 2026 07:28:00 GMT', 0",
        "'Wed, 21 Oct 2026 07:27:00 GMT', 0",
        "'Thu, 22 Oct 2026 07:28:00 GMT', 86400",
        "'Thu, 22 Oct 2026 07:28:01 GMT', 86400",
        "'Sun, 25 Oct 2099 07:28:01 GMT', 86400"
    })
    void aDateCountsFromTheProvidersOwnClock(String value, long expected) {
        assertThat(seconds("Retry-After: " + value + "\r\nDate: " + NOW + "\r\n"))
                .isEqualTo(expected);
        assertThat(seconds("date: Wed Oct 21 07:28:00 2026\r\nretry-after: " + value + "\r\n"))
                .isEqualTo(expected);
    }

    @Test
    void withoutItsClockOursCounts() {
        String tomorrow = DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
                .withZone(ZoneOffset.UTC)
                .format(Instant.now().plusSeconds(43_200));
        for (String date : new String[] {"", "Date: no clock\r\n"}) {
            assertThat(seconds("Retry-After: " + tomorrow + "\r\n" + date)).isBetween(40_000L, 43_200L);
            assertThat(seconds("Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n" + date))
                    .isZero();
        }
    }
}
