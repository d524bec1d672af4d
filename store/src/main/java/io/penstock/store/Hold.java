package io.penstock.store;

/** Money set aside for a request before it is sent; {@code amountNanos} is its upper bound. */
public record Hold(String requestId, long keyId, long amountNanos, long atMillis) {
    public Hold {
        if (amountNanos < 0) {
            throw new IllegalArgumentException("amountNanos: " + amountNanos + " (expected: >= 0)");
        }
    }
}
