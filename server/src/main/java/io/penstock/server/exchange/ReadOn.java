package io.penstock.server.exchange;

import io.penstock.error.GatewayError.ShuttingDown;
import io.penstock.server.wire.Ticking;
import java.util.ArrayList;
import java.util.List;

/**
 * The exchanges of one event loop whose clients have left, and which read on for what was used: their clock is the loop's own.
 * Event loop only, but for {@link #idle}.
 */
public final class ReadOn implements Ticking {
    private static final int AT_ONCE_MAX = 1_024; // each for two seconds at most

    private final List<Exchange> exchanges = new ArrayList<>();
    private volatile int size; // written by the loop alone

    /** False where so many read on that this one must do without. */
    boolean begin(Exchange exchange) {
        if (exchanges.size() == AT_ONCE_MAX) {
            return false;
        }
        exchanges.add(exchange);
        size = exchanges.size();
        return true;
    }

    void end(Exchange exchange) {
        exchanges.remove(exchange);
        size = exchanges.size();
    }

    /** Whether none is still to be billed. Any thread. */
    public boolean idle() {
        return size == 0;
    }

    @Override
    public void tick(long nowNanos) {
        for (int i = exchanges.size() - 1; i >= 0; i--) { // from the end: one that ends takes itself out
            Exchange exchange = exchanges.get(i);
            try {
                exchange.tick(nowNanos);
            } catch (Throwable bug) {
                end(exchange);
                throw bug; // the others' turn is the next tick
            }
        }
    }

    @Override
    public void tickFailed(Throwable bug) {
        // it is told of already, and the others go on
    }

    @Override
    public void closeIfIdle() {
        // each is under way
    }

    @Override
    public void abort() {
        for (int i = exchanges.size() - 1; i >= 0; i--) {
            exchanges.get(i).abort(new ShuttingDown());
        }
    }
}
