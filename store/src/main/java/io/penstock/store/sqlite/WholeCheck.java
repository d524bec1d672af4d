package io.penstock.store.sqlite;

import io.penstock.store.StoreException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What would keep a large file's start waiting: the check of every page, and the count of the log's rows. On a thread of
 * its own, while the store is in use.
 */
final class WholeCheck {
    private static final Logger LOG = LoggerFactory.getLogger(WholeCheck.class);

    private final Path file;
    private final Writer writer;
    private final RequestLogTrimmer trimmer;

    WholeCheck(Path file, Writer writer, RequestLogTrimmer trimmer) {
        this.file = file;
        this.writer = writer;
        this.trimmer = trimmer;
    }

    void start() {
        Thread thread = new Thread(this::run, "penstock-store-check");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try (Connection reading = Sqlite.reading(file)) {
            String damage = Soundness.damage(reading);
            if (damage != null) {
                LOG.error(
                        "the database {} is damaged ({}): no more requests are accepted; stop, restore it",
                        file,
                        damage);
                writer.distrust();
                return;
            }
            long rows = Sqlite.number(reading, RequestLogTrimmer.COUNT);
            writer.write(c -> {
                trimmer.counted(rows);
                return rows;
            });
        } catch (SQLException | StoreException | RuntimeException | Error e) {
            LOG.warn("the check of the whole database did not finish", e);
        }
    }
}
