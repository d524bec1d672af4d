package io.penstock.store;

import io.penstock.protocol.Usage;
import org.jspecify.annotations.Nullable;

/**
 * One exchange, as the request log keeps it: never content. Flat, because one is allocated per exchange on the event loop.
 *
 * @param keyId 0: none was recognised
 * @param face null only in rows written for exchanges that a dead process left behind
 * @param requestedModel what the client named; {@code model} is what served it
 * @param status the HTTP status sent to the client; 0: none
 * @param atMillis when the request arrived
 * @param firstByteMicros from arrival to the first relayed byte; -1: none came
 * @param durationMicros from arrival to the end
 * @param usage all zero, and not estimated, if nothing was used
 * @param route the router's reason
 * @param providerCostNanos what the provider said that the answer cost, in nano-USD; -1: nothing
 * @param note what a person should know of the bill; null: nothing
 * @param clientRequestId the client's own id, escaped and cut by the caller
 */
public record RequestLogEntry(
        String requestId,
        long keyId,
        @Nullable String face,
        @Nullable String requestedModel,
        @Nullable String model,
        @Nullable String provider,
        boolean streamed,
        int status,
        Outcome outcome,
        int attempts,
        long atMillis,
        long firstByteMicros,
        long durationMicros,
        Usage usage,
        long costNanos,
        @Nullable String finishReason,
        @Nullable String route,
        @Nullable String clientRequestId,
        @Nullable String app,
        long providerCostNanos,
        @Nullable String note) {

    /** An exchange of which nothing is known but its hold. */
    public static RequestLogEntry interrupted(String requestId, long keyId, long atMillis) {
        return new RequestLogEntry(
                requestId,
                keyId,
                null,
                null,
                null,
                null,
                false,
                0,
                Outcome.INTERRUPTED,
                0,
                atMillis,
                -1,
                0,
                Usage.NONE,
                0,
                null,
                null,
                null,
                null,
                -1,
                null);
    }

    /** When the exchange ended. */
    public long endedAtMillis() {
        return atMillis + durationMicros / 1000;
    }

    /** The same exchange, its end not written: interrupted, and free. */
    public RequestLogEntry interrupted() {
        return new RequestLogEntry(
                requestId,
                keyId,
                face,
                requestedModel,
                model,
                provider,
                streamed,
                status,
                Outcome.INTERRUPTED,
                attempts,
                atMillis,
                firstByteMicros,
                durationMicros,
                usage,
                0,
                finishReason,
                route,
                clientRequestId,
                app,
                providerCostNanos,
                note);
    }
}
