/**
 * The one HTTP/1.1 server of gateway, admin API and demo: it listens, receives requests, admits bodies by memory, keeps
 * deadlines and writes. One {@link io.penstock.server.wire.RequestHandler} for each connection answers, with an
 * {@link io.penstock.server.wire.HttpConnection} in hand. Nothing here knows a face, a key or a provider.
 *
 * <p>{@code HttpChannelHandler} is the state machine of a connection; what it keeps stands in small classes beside it: the
 * request at hand, the reception of its body, bytes that have yet to be taken, deadlines, what the client has yet to take, and
 * how a connection ends. {@link io.penstock.server.wire.RequestFilter} is what a guardrail, a table of repeated requests or a
 * recorder extends to stand in front of another handler; {@link io.penstock.server.wire.StreamedAnswer} writes over time.
 *
 * <p>Everything of one client runs on one event loop, with what {@link io.penstock.server.wire.LoopResources} lends.
 */
@NullMarked
package io.penstock.server.wire;

import org.jspecify.annotations.NullMarked;
