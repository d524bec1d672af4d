package io.penstock.store.sqlite;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies the bulk of the write-ahead log into the database while the writer goes on: the fsyncs take some 20 ms for 16 MiB,
 * and whoever waits for a commit would wait for them, too. PASSIVE, so it never makes the writer wait for a lock.
 *
 * <p>A thread of its own, made at the first checkpoint; an idle gateway never has it.
 */
final class Checkpointer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Checkpointer.class);

    private final Path file;
    private @Nullable Thread thread; // the writer thread's, then close's
    private volatile boolean asked;
    private volatile boolean closing;

    Checkpointer(Path file) {
        this.file = file;
    }

    /** The writer thread. Never blocks. */
    void ask() {
        if (closing) {
            return; // it could not connect
        }
        asked = true;
        try {
            Thread running = thread;
            if (running == null) {
                running = new Thread(this::run, "penstock-store-checkpoint");
                running.setDaemon(true);
                running.start();
                thread = running;
            }
            LockSupport.unpark(running);
        } catch (Error e) { // no memory or thread is to be had
            giveUp(e);
        }
    }

    private void giveUp(Throwable reason) {
        closing = true;
        asked = false;
        LOG.warn("checkpoints fall to the writer, which will pause for them", reason);
    }

    /** True if what was asked for has been tried, well or not. */
    boolean isDone() {
        return !asked;
    }

    private void run() {
        try (Connection connection = Sqlite.checkpointing(file)) {
            while (!closing) {
                if (asked) {
                    checkpoint(connection);
                    asked = false;
                } else {
                    LockSupport.park(this);
                }
            }
        } catch (Throwable e) {
            giveUp(e);
        } finally {
            asked = false;
        }
    }

    private static void checkpoint(Connection connection) {
        try {
            Sqlite.number(connection, "PRAGMA wal_checkpoint(PASSIVE)");
        } catch (SQLException e) {
            LOG.debug("a checkpoint failed, the writer's own will tell: {}", e.getMessage());
        }
    }

    /** After the writer thread has ended. Blocks for a checkpoint that is running. */
    @Override
    public void close() {
        closing = true;
        Thread running = thread;
        if (running == null) {
            return;
        }
        LockSupport.unpark(running);
        boolean interrupted = false;
        while (running.isAlive()) {
            try {
                running.join();
            } catch (InterruptedException e) {
                interrupted = true; // its connection has to be closed before the writer's
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
