package io.penstock.server.face.openrouter;

import io.penstock.protocol.Usage;

/** What an answer cost, asked for only once its settlement is made. */
public interface Bill {
    /** Tokens as they were settled. */
    Usage usage();

    /** USD × 10⁹. */
    long costNanos();

    /** The part of the cost that is input, in nano-USD. */
    long inputCostNanos();
}
