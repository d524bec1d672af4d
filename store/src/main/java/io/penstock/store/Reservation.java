package io.penstock.store;

/**
 * What an exchange asks the {@link Ledger} to set aside before it is sent. All that the ledger decides by stands here:
 * whose money it is, how much, and when.
 *
 * @param requestId names the exchange for good: a repeat under the same id changes nothing
 * @param keyId the key that pays
 * @param amountNanos the most that the exchange may cost
 * @param atMillis when it asks
 */
public record Reservation(String requestId, long keyId, long amountNanos, long atMillis) {
    public Reservation {
        if (amountNanos < 0) {
            throw new IllegalArgumentException("amountNanos: " + amountNanos + " (expected: >= 0)");
        }
    }
}
