package io.penstock.server.attempt;

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

    /** Whose fault it was that an attempt failed. */
    enum Blame {
        /** The request's own: another provider would say the same. */
        REQUEST,
        /** The provider's: it is not well, or has too much to do. */
        PROVIDER,
        /** The provider's, for all it serves there: no connection could be made. */
        ADDRESS,
        /** Our credential or account there. */
        CREDENTIAL,
        /** Our credential there, but for this model alone: it has no right to it. */
        ACCESS,
        /** Nobody's: with this credential the model was asked for too often. */
        RATE,
        /** Our catalog: the provider has no such model any more. */
        OFFER,
        /** The gateway's own: it has no room, or a bound of its own was passed. */
        GATEWAY
    }
}
