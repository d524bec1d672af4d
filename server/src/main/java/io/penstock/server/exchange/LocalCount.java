package io.penstock.server.exchange;

import io.netty.util.concurrent.EventExecutor;
import io.penstock.server.attempt.ClientRequest;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** One count of tokens that is made here, with the time it may take: then there is a guess. Event loop only. */
final class LocalCount {
    private final LongConsumer counted;
    private final long sinceNanos = System.nanoTime();
    private TokenCounts.@Nullable Count count;

    /** {@code counted} is told once, here or later: the tokens, or {@link TokenCounts#NONE}. */
    LocalCount(LongConsumer counted) {
        this.counted = counted;
    }

    void begin(TokenCounts counts, ClientRequest request, EventExecutor loop) {
        count = counts.begin(request.body(), request.keyId(), loop, counted);
        if (count == null) {
            counted.accept(TokenCounts.NONE);
        }
    }

    void tick(long nowNanos) {
        if (count != null && nowNanos - sinceNanos > TokenCounts.WAIT_NANOS) {
            count.cancel();
            counted.accept(TokenCounts.NONE);
        }
    }

    void cancel() {
        if (count != null) {
            count.cancel();
        }
    }
}
