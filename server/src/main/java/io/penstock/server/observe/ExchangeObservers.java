package io.penstock.server.observe;

import java.util.List;

/** Several observers as one, in their order. Immutable. */
public final class ExchangeObservers implements ExchangeObserver {
    private final ExchangeObserver[] all;

    public ExchangeObservers(List<ExchangeObserver> all) {
        this.all = all.toArray(ExchangeObserver[]::new);
    }

    @Override
    public void begun(ObservedExchange exchange) {
        for (ExchangeObserver one : all) {
            one.begun(exchange);
        }
    }

    @Override
    public void attempted(ObservedExchange exchange, boolean well) {
        for (ExchangeObserver one : all) {
            one.attempted(exchange, well);
        }
    }

    @Override
    public void progressed(ObservedExchange exchange) {
        for (ExchangeObserver one : all) {
            one.progressed(exchange);
        }
    }

    @Override
    public void ended(ObservedExchange exchange) {
        for (ExchangeObserver one : all) {
            one.ended(exchange);
        }
    }
}
