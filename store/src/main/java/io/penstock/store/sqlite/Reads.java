package io.penstock.store.sqlite;

import io.penstock.store.StoreException;

/** Runs queries that change nothing. Blocks, so never on an event loop. */
@FunctionalInterface
interface Reads {
    <T> T read(Query<T> query) throws StoreException;
}
