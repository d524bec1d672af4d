package io.penstock.server.observe;

/**
 * Looks on while exchanges go their way: metrics, live events, traces. Called on the event loop of each exchange, for every
 * request, in this order; it neither blocks, nor throws, nor keeps the exchange beyond {@link #ended}. The access log's line is
 * written by the store's thread behind the commit of the exchange's row, and not from here.
 */
public interface ExchangeObserver {
    /** The request was read, and nothing is decided. */
    default void begun(ObservedExchange exchange) {}

    /** An attempt went well so far, for its answer began, or failed. A stream that began may still fail. */
    default void attempted(ObservedExchange exchange, boolean well) {}

    /** The head of a stream has gone to the client. */
    default void progressed(ObservedExchange exchange) {}

    /** Nothing more happens to it. */
    default void ended(ObservedExchange exchange) {}
}
