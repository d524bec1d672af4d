package io.penstock.store;

/**
 * One line of the append-only ledger: {@code amountNanos} goes from the debit to the credit account.
 *
 * @param estimated the cost rests on tokens that we counted
 * @param overHold the cost is above the hold
 * @param interrupted the release of an exchange whose process or store died
 */
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
        long atMillis) {}
