package io.penstock.server.exchange;

import io.penstock.server.attempt.Approach;
import io.penstock.server.attempt.Attempt;
import io.penstock.server.attempt.ClientRequest;
import io.penstock.server.face.Face;
import io.penstock.server.observe.ExchangeObserver;
import io.penstock.server.observe.ObservedExchange;
import io.penstock.store.Outcome;
import org.jspecify.annotations.Nullable;

/** What others may see of an exchange, and those who do. One per connection, for its exchange at hand. Event loop only. */
final class ExchangeView implements ObservedExchange {
    private static final int LEFT_STATUS = 499; // of a client that left, in metrics

    private final Planner planner;
    private final Attempts attempts;
    private final ClientAnswer answer;
    private final ExchangeObserver observers;
    private @Nullable Exchange exchange;
    private @Nullable ClientRequest request;

    ExchangeView(Planner planner, Attempts attempts, ClientAnswer answer, ExchangeObserver observers) {
        this.planner = planner;
        this.attempts = attempts;
        this.answer = answer;
        this.observers = observers;
    }

    /** From here on of that one. */
    void begin(Exchange one, ClientRequest its) {
        exchange = one;
        request = its;
    }

    void end() {
        exchange = null;
        request = null;
    }

    // ---- who looks on

    void begun() {
        observers.begun(this);
    }

    void attempted(boolean well) {
        observers.attempted(this, well);
    }

    void progressed() {
        observers.progressed(this);
    }

    void ended() {
        observers.ended(this);
    }

    // ---- what they see

    private Exchange exchange() {
        Exchange it = exchange;
        if (it == null) {
            throw new IllegalStateException("no exchange");
        }
        return it;
    }

    private ClientRequest request() {
        ClientRequest it = request;
        if (it == null) {
            throw new IllegalStateException("no exchange");
        }
        return it;
    }

    /** What faces may tell of it. */
    Face.Facts facts() {
        Attempt attempt = attempts.last();
        return attempt == null
                ? new Face.Facts(request().id(), request().createdSeconds(), model(), null)
                : attempt.facts();
    }

    @Override
    public String requestId() {
        return request().id();
    }

    @Override
    public String face() {
        return request().face().label();
    }

    @Override
    public String model() {
        String id = attempts.modelId();
        return id == null ? "" : id;
    }

    @Override
    public @Nullable String provider() {
        Attempt attempt = attempts.last();
        Approach approach = attempt == null ? planner.approach() : attempt.approach();
        return approach == null ? null : approach.target().provider();
    }

    @Override
    public int attempts() {
        return attempts.count();
    }

    @Override
    public int status() {
        return exchange().outcome() == Outcome.LEFT ? LEFT_STATUS : answer.status();
    }

    /** The status that was sent, or else that of the provider's answer; 0 if there is neither. */
    int statusKnown() {
        Attempt attempt = attempts.last();
        return answer.status() != 0 || attempt == null ? answer.status() : attempt.status();
    }

    @Override
    public boolean streaming() {
        return answer.streaming();
    }

    @Override
    public long firstByteNanos() {
        Attempt attempt = attempts.last();
        return attempt == null ? -1 : attempt.times().firstByteNanos(request().arrivedNanos());
    }

    @Override
    public long overheadNanos() {
        Attempt attempt = attempts.last();
        return attempt == null ? -1 : attempt.times().overheadNanos(request().arrivedNanos());
    }
}
