package io.penstock.server.testkit;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** Hears the access log of this process, from its making until it is closed. */
public final class AccessLines implements AutoCloseable {
    private final Logger logger = (Logger) LoggerFactory.getLogger("penstock.access");
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getFormattedMessage());
        }
    };

    public AccessLines() {
        appender.start();
        logger.addAppender(appender);
    }

    /** The line of a request, once it is written. */
    public String of(String requestId) {
        return Await.value(
                "the access line of " + requestId,
                () -> lines.stream()
                        .filter(line -> line.contains("request_id=" + requestId + " "))
                        .findFirst()
                        .orElse(null));
    }

    public List<String> all() {
        return List.copyOf(lines);
    }

    @Override
    public void close() {
        logger.detachAppender(appender);
        appender.stop();
    }
}
