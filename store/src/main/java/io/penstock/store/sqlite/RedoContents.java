package io.penstock.store.sqlite;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a process left in its redo log.
 *
 * @param items holds and ends in the order in which they came
 * @param lost records that are known to be missing from {@code items} and from the database
 * @param next the sequence number to go on with
 * @param damage what is wrong with the file; null: all that was acknowledged is in {@code items} or in the database
 */
record RedoContents(
        List<Object> items, long lost, long next, @Nullable String damage) {
    RedoContents {
        items = List.copyOf(items);
    }

    /** No file, of whose records nothing is known. */
    static RedoContents missing(String damage) {
        return new RedoContents(List.of(), 0, 0, damage);
    }
}
