package io.penstock.server.exchange;

import io.penstock.protocol.Printable;
import io.penstock.protocol.Usage;
import io.penstock.server.attempt.Attempt;
import io.penstock.server.attempt.ClientRequest;
import io.penstock.server.observe.ClientFacts;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import org.jspecify.annotations.Nullable;

/** The row of an exchange that ends now. Static; event loop only. */
final class RequestRow {
    private static final int WORD_CHARS_MAX = 64; // the longest that a provider is known to say has 27

    private RequestRow() {}

    static RequestLogEntry of(ExchangeParts parts, ClientRequest request, Outcome how, ClientFacts client) {
        ExchangeView exchange = parts.view();
        Charge charge = parts.charge();
        Usage used = charge.counted();
        long firstByteNanos = exchange.firstByteNanos();
        long tookNanos = System.nanoTime() - request.arrivedNanos();
        return new RequestLogEntry(
                request.id(),
                request.keyId(),
                exchange.face(),
                client.safe(parts.planner().requestedModel()),
                parts.attempts().modelId(),
                exchange.provider(),
                request.wantsStream(),
                exchange.statusKnown(),
                how,
                exchange.attempts(),
                System.currentTimeMillis() - tookNanos / 1_000_000,
                firstByteNanos < 0 ? -1 : firstByteNanos / 1000,
                tookNanos / 1000,
                used == null ? Usage.NONE : used,
                charge.costNanos(),
                finishReason(parts.attempts().last()),
                parts.attempts().receipt(),
                client.requestId(),
                client.app(),
                charge.toldCostNanos(),
                charge.note());
    }

    /** A provider's word as it is kept: masked, printable and cut. */
    private static @Nullable String finishReason(@Nullable Attempt attempt) {
        String word = attempt == null ? null : attempt.answer().finishReason();
        return word == null || attempt == null
                ? null
                : Printable.of(attempt.masks().masked(word), WORD_CHARS_MAX);
    }
}
