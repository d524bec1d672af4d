package io.penstock.server.attempt;

import io.penstock.error.Blame;
import io.penstock.error.GatewayError;
import io.penstock.store.Outcome;

/**
 * How an attempt failed.
 *
 * @param blame whose fault it was
 * @param beforeFirstByte whether nothing of the answer went to the client: another offer may still be tried
 * @param error what the client is told if none is
 * @param outcome of the exchange, in that case
 * @param clientTold whether the provider's own error has reached the client, in its stream
 */
public record AttemptEnd(
        Blame blame, boolean beforeFirstByte, GatewayError error, Outcome outcome, boolean clientTold) {
    /** Whether another offer may do better. */
    public boolean elsewhere() {
        return blame != Blame.REQUEST && blame != Blame.GATEWAY;
    }
}
