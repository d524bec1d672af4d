package io.penstock.store.db;

import io.penstock.store.StoreException;

/** Runs one transaction on the writer thread. Blocks until it is on disk to stay, a power cut included. */
@FunctionalInterface
public interface Writes {
    <T> T write(Query<T> transaction) throws StoreException;
}
