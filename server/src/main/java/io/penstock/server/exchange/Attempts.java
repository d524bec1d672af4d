package io.penstock.server.exchange;

import io.penstock.error.GatewayException;
import io.penstock.plan.Plan;
import io.penstock.server.attempt.Approach;
import io.penstock.server.attempt.Attempt;
import io.penstock.server.attempt.AttemptOwner;
import io.penstock.server.attempt.AttemptParts;
import io.penstock.server.attempt.ClientRequest;
import io.penstock.server.attempt.LoopUpstreams;
import io.penstock.server.wire.HttpConnection;
import org.jspecify.annotations.Nullable;

/**
 * The attempts of an exchange, one after the other through the offers of its plan; the last one counts. One per connection, for
 * its exchange at hand. Event loop only.
 */
final class Attempts {
    private final AttemptParts parts;
    private final Planner planner;
    private final Charge charge;
    private final Routing routing;
    private @Nullable Plan plan;
    private @Nullable Attempt last; // owned
    private int count;

    Attempts(HttpConnection client, LoopUpstreams upstreams, Planner planner, Charge charge, Routing routing) {
        this.parts = new AttemptParts(client, upstreams, charge);
        this.planner = planner;
        this.charge = charge;
        this.routing = routing;
    }

    /** Forgets the request before. */
    void forget() {
        plan = null;
        last = null;
        count = 0;
    }

    /** What is to be tried. */
    void plan(Plan made) {
        plan = made;
    }

    /** The public id of the model that is, or was, tried; null while none is chosen. */
    @Nullable
    String modelId() {
        return last == null ? planner.modelId() : last.approach().model().id();
    }

    /** Why that one; null while none is chosen. */
    @Nullable
    String receipt() {
        return planner.receipt();
    }

    /** Whether the plan has an offer that has not been tried, and may be. */
    boolean another() {
        return plan != null && count < Math.min(plan.offers(), routing.attemptsMax());
    }

    /** Tries the next offer; there is one. Throws {@link GatewayException} for a request that cannot be made fit for it. */
    void next(ClientRequest request, AttemptOwner owner) {
        close();
        Approach approach = count == 0
                ? first()
                : planner.approach(request, plan().candidates().get(count));
        count++;
        charge.tries(approach.offer());
        Attempt next = new Attempt(parts, request, approach, owner, !another());
        last = next;
        next.begin();
    }

    /** How the first offer is asked; something is planned. */
    Approach first() {
        Approach planned = planner.approach();
        if (planned == null) {
            throw new IllegalStateException("nothing planned");
        }
        return planned;
    }

    private Plan plan() {
        Plan made = plan;
        if (made == null) {
            throw new IllegalStateException("nothing planned");
        }
        return made;
    }

    /** The one at hand; null while none was begun. */
    @Nullable
    Attempt last() {
        return last;
    }

    /** How many were begun. */
    int count() {
        return count;
    }

    // ---- what the last one is told, if there is one

    void abort() {
        if (last != null) {
            last.abort();
        }
    }

    /** It stays at hand, for what is known of it. */
    void close() {
        if (last != null) {
            last.close();
        }
    }

    /** Waits no longer for what may stand behind an answer's last event. */
    void settlesClosing() {
        if (last != null) {
            last.settlesClosing();
        }
    }

    /** A chunk that waits for what follows it goes first: something of ours goes to the client next. */
    void letGo() {
        if (last != null) {
            last.answer().letGo();
        }
    }

    void clientWritable(boolean writable) {
        if (last != null) {
            last.clientWritable(writable);
        }
    }

    /** Whether something of its answer has gone to the client. */
    boolean answers() {
        return last != null && last.answer().begun();
    }
}
