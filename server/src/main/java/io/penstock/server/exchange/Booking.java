package io.penstock.server.exchange;

import io.netty.channel.EventLoop;
import io.penstock.protocol.Extra;
import io.penstock.server.attempt.Attempt;
import io.penstock.server.attempt.ClientRequest;
import io.penstock.server.observe.AccessLog;
import io.penstock.server.observe.CostWatch;
import io.penstock.store.Committed;
import io.penstock.store.EntryKind;
import io.penstock.store.ExchangeEnd;
import io.penstock.store.HoldRefusal;
import io.penstock.store.Ledger;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import io.penstock.store.Reservation;
import io.penstock.store.Reserved;
import org.jspecify.annotations.Nullable;

/**
 * The ledger's side of one exchange: money set aside, and one end for it, whatever happens and in whichever order. An exchange
 * that ends before the ledger has answered its reservation is released when that comes. Event loop only, but for the calls of
 * {@link Reserved} and {@link Committed}.
 */
final class Booking implements Reserved, Committed, Runnable {
    private static final Committed NOBODY = durable -> {};

    private final Exchange exchange;
    private @Nullable RequestLogEntry endedMeanwhile; // what becomes the row when the ledger has answered
    private boolean reserving; // the ledger has yet to answer
    private boolean booked; // the end is the ledger's
    private volatile boolean durable;

    Booking(Exchange exchange) {
        this.exchange = exchange;
    }

    /** Sets aside what the request may cost at most: {@link Exchange#held} or {@link Exchange#notHeld} follows, at once or later. */
    void reserve(long nanos) {
        ClientRequest request = exchange.request();
        reserving = true;
        ledger().reserve(new Reservation(request.id(), request.keyId(), nanos, System.currentTimeMillis()), this);
    }

    private Ledger ledger() {
        return exchange.parts().shared().store().ledger();
    }

    private Charge charge() {
        return exchange.parts().charge();
    }

    @Override
    public void granted(long nanos) {
        EventLoop loop = exchange.eventLoop();
        if (loop.inEventLoop()) {
            held(nanos);
        } else {
            loop.execute(() -> held(nanos));
        }
    }

    @Override
    public void refused(HoldRefusal why) {
        EventLoop loop = exchange.eventLoop();
        if (loop.inEventLoop()) {
            notHeld();
        } else {
            loop.execute(this::notHeld);
        }
    }

    private void held(long nanos) {
        reserving = false;
        RequestLogEntry ended = endedMeanwhile;
        if (ended == null) {
            charge().held(nanos);
            exchange.held();
        } else { // its client has long had its answer, or has left
            ledger().settle(new ExchangeEnd(EntryKind.RELEASE, nanos, ended.endedAtMillis(), ended), NOBODY);
        }
    }

    private void notHeld() {
        reserving = false;
        if (endedMeanwhile == null) {
            exchange.notHeld();
        } else {
            log(endedMeanwhile);
        }
    }

    /** Whether money is held, and its end has not been booked. */
    boolean open() {
        return !booked && charge().holds();
    }

    /** Whether the end is the ledger's. */
    boolean booked() {
        return booked;
    }

    /** Charges a complete answer: {@link Exchange#endAfterCommit} or {@link Exchange#notCommitted} follows. */
    void settle() {
        ExchangeEnd end = end(Outcome.COMPLETED);
        booked = true;
        ledger().settle(end, this);
    }

    @Override
    public void committed(boolean isDurable) {
        durable = isDurable;
        exchange.eventLoop().execute(this);
    }

    /** The ledger has answered {@link #settle}. */
    @Override
    public void run() {
        if (durable) {
            exchange.endAfterCommit();
        } else {
            exchange.notCommitted();
        }
    }

    /** Settles or releases without anybody waiting for it; nothing where that was done. */
    void settleBeside(Outcome how) {
        if (booked) {
            return;
        }
        if (reserving) {
            endedMeanwhile = exchange.row(how);
        } else if (charge().holds()) {
            ledger().settle(end(how), NOBODY);
        } else {
            log(exchange.row(how));
        }
        booked = true;
    }

    private ExchangeEnd end(Outcome how) {
        Attempt attempt = exchange.parts().attempts().last();
        Charge charge = charge();
        charge.settle(how, attempt);
        CostWatch costs = exchange.parts().shared().costs();
        for (Extra extra : charge.unpricedExtras()) {
            costs.unpriced(extra.label());
        }
        long other = charge.otherCostNanos();
        if (other >= 0 && attempt != null) {
            String provider = attempt.approach().target().providerName();
            costs.differed(provider, exchange.request().id(), charge.costNanos(), other);
        }
        return charge.end(exchange.row(how));
    }

    /** An exchange that held no money. */
    void log(RequestLogEntry row) {
        if (!exchange.parts().shared().store().requests().log(row)) {
            AccessLog.exchange(row);
        }
    }
}
