package io.penstock.protocol.translate;

import java.util.function.LongSupplier;

/**
 * What an answer tells beside what the provider said.
 *
 * @param requestId the exchange's id; the answer's own id is made of it
 * @param createdSeconds Unix time
 * @param model public id
 * @param details whether thinking is told in OpenRouter's {@code reasoning_details} too
 * @param usageWanted whether a chat client asked for usage at the end of its stream
 * @param inputTokens what the input is guessed to be, for a protocol that tells it before anybody knows
 * @param nowSeconds Unix time at any moment, for a protocol that tells when an answer was complete
 */
public record AnswerFacts(
        String requestId,
        long createdSeconds,
        String model,
        boolean details,
        boolean usageWanted,
        long inputTokens,
        LongSupplier nowSeconds) {

    /** An id of an answer or of an item in it: the same letters behind the prefix that its protocol's ids have. */
    String id(String prefix) {
        return id(prefix, requestId);
    }

    /** The same id for who writes into that answer, too. */
    public static String id(String prefix, String requestId) {
        return prefix + tail(requestId);
    }

    private static String tail(String requestId) {
        int dash = requestId.indexOf('-');
        return requestId.substring(dash + 1).replace('-', '_');
    }

    /** Which response an answer is, for clients of that protocol. */
    ResponseIdentity response(ResponseEcho echo) {
        return new ResponseIdentity(id("resp_"), createdSeconds, model, echo);
    }

    /** What ids of calls are made of. */
    String idBase() {
        return tail(requestId);
    }
}
