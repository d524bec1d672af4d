package io.penstock.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Sets up Logback for a process that is ours: INFO and above, one line each, to standard error. Whoever names a file of
 * their own with {@code -Dlogback.configurationFile} keeps that, and is then responsible for what it shows.
 */
final class Logs {
    private static @Nullable LineAppender appender;

    private Logs() {}

    static synchronized void start(OutputStream out, boolean verbose, List<String> secrets) {
        if (System.getProperty("logback.configurationFile") != null
                || !(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
            return;
        }
        LineAppender lines = appender;
        if (lines == null) {
            lines = new LineAppender(out);
            appender = lines;
        }
        lines.redactor(new Redactor(secrets));
        context.reset();
        lines.setContext(context);
        lines.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        root.addAppender(lines);
        context.getLogger("io.penstock").setLevel(verbose ? Level.DEBUG : Level.INFO);
    }

    /** From now on these are masked. */
    static synchronized void secrets(List<String> secrets) {
        if (appender != null) {
            appender.redactor(new Redactor(secrets));
        }
    }

    /** Writes all lines so far. Blocks. */
    static synchronized void flush() {
        if (appender != null) {
            appender.flush();
        }
    }
}
