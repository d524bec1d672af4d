package io.penstock.store;

import java.util.Optional;

/**
 * The few values that belong to the store as a whole and outlive every process: which pepper its keys were hashed with, how
 * often it was opened. Small texts under a name. All methods block and are not for event loops; a change survives a power
 * cut when it returns.
 */
public interface Settings {
    Optional<String> find(String name) throws StoreException;

    /** Keeps a value if there is none under that name yet. False, changing nothing, if there is. */
    boolean putIfAbsent(String name, String value) throws StoreException;

    /**
     * Counts one up. Never gives the same number twice, whoever asks.
     *
     * @return the number now; 1 at the first time, and where something else than a number was kept
     */
    long increment(String name) throws StoreException;
}
