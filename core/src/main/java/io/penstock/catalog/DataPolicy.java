package io.penstock.catalog;

/** What a provider does with prompts. Unknown counts as the worst where the owner or a client asks for better. */
public enum DataPolicy {
    UNKNOWN,
    /** May keep them or train on them. */
    COLLECTS,
    /** Keeps them for a while, does not train on them. */
    NO_COLLECTION,
    /** Zero data retention; so is every provider on this machine. */
    ZDR
}
