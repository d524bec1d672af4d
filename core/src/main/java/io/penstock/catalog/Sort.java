package io.penstock.catalog;

/** The order of a model's offers that a request may ask for. */
public enum Sort {
    /** None asked for: the catalog's order. */
    CATALOG,
    /** Cheapest first; the suffix {@code :floor}. */
    PRICE,
    /** Most tokens a second first; the suffix {@code :nitro}. */
    THROUGHPUT,
    /** Soonest first byte first. */
    LATENCY
}
