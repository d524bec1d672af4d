package io.penstock.error;

/** Whose fault it was that an attempt failed. */
public enum Blame {
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
