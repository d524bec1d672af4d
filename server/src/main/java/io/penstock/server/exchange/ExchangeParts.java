package io.penstock.server.exchange;

import io.penstock.server.attempt.ClientRequest;
import io.penstock.server.attempt.LoopUpstreams;
import io.penstock.server.observe.ClientFacts;
import io.penstock.server.observe.ShownKeys;
import io.penstock.server.wire.HttpConnection;
import io.penstock.store.GatewayKey;

/** What a connection lends its exchange at hand, so that none has to make it anew: the exchange's own until it is done. Event loop only. */
final class ExchangeParts {
    private final HttpConnection client;
    private final ExchangeResources shared;
    private final ReadOn readOn;
    private final Planner planner;
    private final Charge charge = new Charge();
    private final ClientAnswer answer;
    private final Attempts attempts;
    private final ExchangeView view;
    private final ExchangeClock clock;
    private final ShownKeys shownKeys = new ShownKeys();

    ExchangeParts(HttpConnection client, ExchangeResources shared, LoopUpstreams upstreams, ReadOn readOn) {
        this.client = client;
        this.shared = shared;
        this.readOn = readOn;
        this.planner = new Planner(shared.models(), shared.routing(), shared.metrics());
        this.attempts = new Attempts(client, upstreams, planner, charge, shared.routing());
        this.answer = new ClientAnswer(client, attempts);
        this.view = new ExchangeView(planner, attempts, answer, shared.observers());
        this.clock = new ExchangeClock(client, attempts, answer, view, upstreams.limits());
    }

    /** They forget the request before, and serve that one. */
    void begin(Exchange exchange, ClientRequest request, GatewayKey key) {
        planner.begin();
        charge.begin(request);
        attempts.forget();
        answer.begin(request);
        view.begin(exchange, request);
        clock.begin(exchange, request, key.keepalive());
    }

    /** They let go of the exchange that is done: a connection may be idle for long. */
    void end() {
        attempts.forget();
        answer.end();
        view.end();
        clock.end();
    }

    HttpConnection client() {
        return client;
    }

    ExchangeResources shared() {
        return shared;
    }

    /** Exchanges of this loop whose clients have left. */
    ReadOn readOn() {
        return readOn;
    }

    Planner planner() {
        return planner;
    }

    Charge charge() {
        return charge;
    }

    ClientAnswer answer() {
        return answer;
    }

    Attempts attempts() {
        return attempts;
    }

    ExchangeView view() {
        return view;
    }

    ExchangeClock clock() {
        return clock;
    }

    /** What the client of the request at hand says of itself. */
    ClientFacts facts() {
        return ClientFacts.of(client, shownKeys);
    }
}
