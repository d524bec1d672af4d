/**
 * One request from arrival to settlement. {@link io.penstock.server.exchange.GatewayRequests} says who may ask for
 * what on a connection; {@link io.penstock.server.exchange.Exchange} knows the order: key, model, route, hold, attempt, relay, usage, cost,
 * settlement, end.
 *
 * <p>Everything of one client runs on one event loop, its {@link io.penstock.server.wire.LoopResources}: the connection, the
 * exchange, the connection to the provider. What other threads have to say (the store's commit, a count of tokens) comes
 * back as a task.
 */
@NullMarked
package io.penstock.server.exchange;

import org.jspecify.annotations.NullMarked;
