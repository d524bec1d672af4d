package io.penstock.store.sqlite;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Work that nobody waits for: if it fails, it is told once and tried again; money will find out, and say so. */
final class Housekeeping {
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

    private final Connection connection;
    private final Transaction transaction;
    private final Checkpoints checkpoints;
    private final List<Chore> chores = new ArrayList<>();
    private boolean failed;

    /** Small work that waits for a quiet moment. */
    @FunctionalInterface
    interface Chore {
        /** True if there is more of it to do. */
        boolean run(Connection connection, Transaction transaction) throws SQLException;
    }

    Housekeeping(Connection connection, Transaction transaction, Checkpoints checkpoints) {
        this.connection = connection;
        this.transaction = transaction;
        this.checkpoints = checkpoints;
    }

    /** Before the writer's start. */
    void add(Chore chore) {
        chores.add(chore);
    }

    /**
     * Does a piece of each chore. The writer thread.
     *
     * @param quiet nothing was written for a while
     * @return true if there is more to do
     */
    boolean run(boolean quiet) {
        boolean more = false;
        for (Chore chore : chores) {
            more |= quietly(chore);
        }
        if (quiet && checkpoints.anyCommit()) {
            checkpoint();
        }
        return more;
    }

    /** After a write. The writer thread. */
    void wrote() {
        if (checkpoints.advance()) {
            checkpoint();
        }
    }

    private void checkpoint() {
        quietly((c, t) -> {
            checkpoints.finish();
            return false;
        });
    }

    private boolean quietly(Chore chore) {
        try {
            boolean more = chore.run(connection, transaction);
            failed = false;
            return more;
        } catch (SQLException | RuntimeException | Error e) {
            transaction.rollback();
            if (!failed) {
                LOG.warn("housekeeping of the database failed, and is tried again", e);
            }
            failed = true;
            return false;
        }
    }
}
