package io.penstock.plan;

import io.penstock.routing.Candidate;
import io.penstock.routing.Needs;
import java.util.List;

/**
 * What will be tried for a request, in order. Immutable, made once per request. The client's protocol is the exchange's, the
 * address and the credential are each attempt's.
 *
 * @param candidates models with their offers, in the order in which they are tried; never empty. Kept as it is: it must not change
 * @param receipt why, as the header {@code x-penstock-route} says it
 * @param needs what the request needs a model to be able to do
 * @param inputTokens a guess of the request's input
 * @param estimateNanos what the request may cost at the first offer, in nano-USD
 */
public record Plan(List<Candidate> candidates, String receipt, Needs needs, long inputTokens, long estimateNanos) {
    public Plan {
        if (candidates.isEmpty()) {
            throw new IllegalArgumentException("no candidates (expected: at least one)");
        }
        if ((inputTokens | estimateNanos) < 0) {
            throw new IllegalArgumentException(
                    "estimate: " + inputTokens + " tokens, " + estimateNanos + " nanos (expected: >= 0)");
        }
    }

    /** How many offers there are to try. */
    public int offers() {
        return candidates.size();
    }
}
