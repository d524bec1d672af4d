package io.penstock.server.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

class CostWatchTest {
    @ParameterizedTest
    @CsvSource({
        "1000, 1000, false",
        "1010, 1000, false",
        "1011, 1000, true",
        "989, 1000, true",
        "0, 0, false",
        "1, 0, true",
        "0, 1, true",
        "9000000000000000000, 1, true",
        "9223372036854775807, 9223372036854775807, false",
    })
    void moreThanOnePercentOfTheProvidersAmountDiffers(long ours, long theirs, boolean differs) {
        assertThat(CostWatch.differs(ours, theirs)).isEqualTo(differs);
    }

    @Test
    void eachIsCountedAndAProviderWarnedOfOnceAMinute() {
        Logger logger = (Logger) LoggerFactory.getLogger(CostWatch.class);
        ListAppender<ILoggingEvent> heard = new ListAppender<>();
        heard.start();
        logger.addAppender(heard);
        try {
            AtomicLong now = new AtomicLong(-5);
            Metrics metrics = new Metrics(() -> 0, null);
            CostWatch watch = new CostWatch(metrics, now::get);
            for (int i = 0; i < 100; i++) {
                watch.differed("OpenRouter", "gen-" + i, 1_000, 2_000);
                watch.differed("xAI", "gen-" + i, 1_000, 2_000);
                now.addAndGet(1_000_000_000L);
            }
            assertThat(heard.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .hasSize(4)
                    .first()
                    .isEqualTo(
                            "OpenRouter says that request gen-0 cost 0.000002 USD, we billed 0.000001: check the prices of its"
                                    + " models");
            assertThat(new String(metrics.scrape(), StandardCharsets.UTF_8))
                    .contains("penstock_cost_differs_total{provider=\"OpenRouter\"} 100.0")
                    .contains("penstock_cost_differs_total{provider=\"xAI\"} 100.0");
        } finally {
            logger.detachAppender(heard);
        }
    }
}
