package io.penstock.store;

/** Why a {@link Ledger} holds nothing for an exchange. */
public enum HoldRefusal {
    /** The store cannot be written, or too much waits to be. Nothing is wrong with the request: a later one may succeed. */
    UNAVAILABLE
}
