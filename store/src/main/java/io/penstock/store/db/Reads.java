package io.penstock.store.db;

import io.penstock.store.StoreException;

/** Runs queries that change nothing. Blocks, so never on an event loop. */
@FunctionalInterface
public interface Reads {
    <T> T read(Query<T> query) throws StoreException;
}
