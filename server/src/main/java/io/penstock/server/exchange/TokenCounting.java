package io.penstock.server.exchange;

import io.netty.util.concurrent.EventExecutor;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.Deadline;
import io.penstock.server.attempt.Approach;
import io.penstock.server.attempt.Attempt;
import io.penstock.server.attempt.ClientRequest;
import org.jspecify.annotations.Nullable;

/**
 * What is particular to an exchange that counts tokens: a provider is asked if one can, and else they are counted here, in the time
 * that this may take: then there is a guess. Event loop only.
 */
final class TokenCounting {
    private static final long PROVIDER_NANOS = 5_000_000_000L; // for a provider's count; ours is there in less

    private final Exchange exchange;
    private final ClientRequest request;
    private boolean here; // it has begun
    private long sinceNanos;
    private TokenCounts.@Nullable Count count;

    TokenCounting(Exchange exchange, ClientRequest request) {
        this.exchange = exchange;
        this.request = request;
    }

    /** Whether no provider is asked. */
    static boolean startsHere(Approach approach) {
        return approach.translated() || !approach.target().counts().asked();
    }

    /** Begins to count here: {@link Exchange#countedHere} follows once, at once or later. */
    void begin(TokenCounts counts, EventExecutor loop) {
        here = true;
        sinceNanos = System.nanoTime();
        count = counts.begin(request.body(), request.keyId(), loop, exchange::countedHere);
        if (count == null) {
            exchange.countedHere(TokenCounts.NONE);
        }
    }

    /** Whether a provider that was asked to count and did not leaves it to us; not if the client shall hear of the error. */
    boolean replaces(@Nullable Attempt asked, GatewayError error) {
        return asked != null && !here && asked.leavesCount(error);
    }

    void tick(long nowNanos, @Nullable Attempt asked) {
        if (!here) {
            if (asked != null && nowNanos - request.arrivedNanos() > PROVIDER_NANOS) {
                exchange.countsInstead(new Deadline("the provider did not count in time"));
            }
        } else if (count != null && nowNanos - sinceNanos > TokenCounts.WAIT_NANOS) {
            count.cancel();
            exchange.countedHere(TokenCounts.NONE);
        }
    }

    void cancel() {
        if (count != null) {
            count.cancel();
        }
    }
}
