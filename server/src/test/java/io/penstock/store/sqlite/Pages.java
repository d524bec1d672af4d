package io.penstock.store.sqlite;

import io.penstock.store.Store;
import io.penstock.store.StoreException;

/** Lets tests of other packages fill and free the disk under a store. */
public final class Pages {
    private Pages() {}

    /** SQLite's {@code max_page_count}: below what the file has, every write that needs a page fails as on a full disk. */
    public static void limit(Store store, long pages) {
        try {
            ((SqliteStore) store).writer().limitPages(pages);
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }
}
