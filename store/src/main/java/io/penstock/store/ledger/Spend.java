package io.penstock.store.ledger;

/** What a key spent on one UTC day ({@code day} counts from 1970), or, as day 0, ever. */
public record Spend(long keyId, long day, long nanos, long settlements) {}
