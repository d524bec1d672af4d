package io.penstock.store.sqlite;

import io.penstock.store.StoreException;

/** Runs one transaction on the writer thread. Blocks until it is on disk to stay, a power cut included. */
@FunctionalInterface
interface Writes {
    <T> T write(Query<T> transaction) throws StoreException;
}
