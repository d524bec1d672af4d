package io.penstock.store.sqlite;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Some SQL that somebody waits for, among the entries of the {@link WriteQueue}: it runs in their order. */
final class WriteTask<T> {
    private final @Nullable Query<T> query; // null: only waited for
    private final OptionalLong pageLimit;

    /** What who waits is told. */
    final CompletableFuture<@Nullable T> result = new CompletableFuture<>();

    private WriteTask(@Nullable Query<T> query, OptionalLong pageLimit) {
        this.query = query;
        this.pageLimit = pageLimit;
    }

    static <T> WriteTask<T> of(Query<T> query) {
        return new WriteTask<>(query, OptionalLong.empty());
    }

    /** Done when all before it is. */
    static WriteTask<Boolean> marker() {
        return new WriteTask<>(null, OptionalLong.empty());
    }

    /** Bounds the file, and tells the bound. */
    static WriteTask<Long> limit(long pages) {
        return new WriteTask<>(connection -> pages, OptionalLong.of(pages));
    }

    /** The writer thread. True if something was committed; whatever happens, who waits is told. */
    boolean run(Connection connection, PowerSafeTransaction transaction) {
        if (query == null) {
            result.complete(null);
            return false;
        }
        try {
            limit(connection, pageLimit);
            transaction.run(query, result::complete);
            return true;
        } catch (Throwable e) {
            result.completeExceptionally(e);
            return false;
        }
    }

    /** Bounds the file, if there is a bound. */
    static void limit(Connection connection, OptionalLong pages) throws SQLException {
        if (pages.isPresent()) {
            Sqlite.number(connection, "PRAGMA max_page_count = " + pages.getAsLong());
        }
    }

    /** Who only waited has waited enough; who wanted something written is told that it was not. */
    void refuse(String why) {
        if (query == null) {
            result.complete(null);
        } else {
            result.completeExceptionally(new IllegalStateException(why));
        }
    }
}
