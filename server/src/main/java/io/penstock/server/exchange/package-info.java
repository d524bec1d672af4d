/**
 * One request from arrival to settlement. {@link io.penstock.server.exchange.GatewayRequests} says who may ask for what on a
 * connection; {@link io.penstock.server.exchange.Exchange} knows the order: plan, hold, attempts, settlement, end. Each has a noun:
 * {@link io.penstock.server.exchange.Planner}, {@link io.penstock.server.exchange.Booking}, {@link
 * io.penstock.server.exchange.Attempts}, {@link io.penstock.server.exchange.Charge}, {@link
 * io.penstock.server.exchange.ClientAnswer}, {@link io.penstock.server.exchange.ExchangeClock}; a connection lends them, as
 * {@link io.penstock.server.exchange.ExchangeParts}.
 *
 * <p>Everything of one client runs on one event loop, its {@link io.penstock.server.wire.LoopResources}: the connection, the
 * exchange, the connection to the provider. What other threads have to say (the store's commit, a count of tokens) comes
 * back as a task.
 */
@NullMarked
package io.penstock.server.exchange;

import org.jspecify.annotations.NullMarked;
