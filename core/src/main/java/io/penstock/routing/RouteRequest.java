package io.penstock.routing;

import io.penstock.catalog.Model;
import io.penstock.catalog.Sort;
import io.penstock.protocol.Protocol;
import org.jspecify.annotations.Nullable;

/**
 * What a router must know of a request.
 *
 * @param model the model asked for, or null when the router shall choose
 * @param protocol what the client speaks
 * @param needs what a model must be able to do
 * @param inputTokens the input, better over than underestimated: contexts that are too small for it are left out
 * @param maxOutputTokens the output asked for; 0 when the client left it open
 * @param features what the difficulty is estimated from
 * @param preference what matters more when the router chooses
 * @param sort the order of a model's offers that the client asked for
 */
public record RouteRequest(
        @Nullable Model model,
        Protocol protocol,
        Needs needs,
        long inputTokens,
        long maxOutputTokens,
        Features features,
        Preference preference,
        Sort sort) {

    public RouteRequest {
        if ((inputTokens | maxOutputTokens) < 0) {
            throw new IllegalArgumentException(
                    "tokens: " + inputTokens + " in, " + maxOutputTokens + " out (expected: >= 0)");
        }
    }

    /** A request for that model, of which nothing else matters. */
    public static RouteRequest direct(Model model, Protocol protocol, Sort sort) {
        return new RouteRequest(model, protocol, Needs.NONE, 0, 0, Features.NONE, Preference.BALANCED, sort);
    }
}
