package io.penstock.store.ledger;

/** One line of the append-only ledger: {@code amountNanos} goes from the debit to the credit account. */
public record LedgerEntry(
        String requestId,
        EntryKind kind,
        long keyId,
        int debitAccount,
        int creditAccount,
        long amountNanos,
        boolean estimated,
        boolean overHold,
        boolean interrupted,
        long atMillis) {

    static final int ESTIMATED = 1;
    static final int OVER_HOLD = 2;
    static final int INTERRUPTED = 4;

    static int flags(boolean estimated, boolean overHold, boolean interrupted) {
        return (estimated ? ESTIMATED : 0) | (overHold ? OVER_HOLD : 0) | (interrupted ? INTERRUPTED : 0);
    }
}
