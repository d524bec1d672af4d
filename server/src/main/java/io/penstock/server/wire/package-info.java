/**
 * The one HTTP/1.1 server of gateway, admin API and demo. {@link io.penstock.server.wire.HttpConnection} receives requests,
 * keeps deadlines and memory, and lets one {@link io.penstock.server.wire.RequestHandler} answer them; it knows no face, no key
 * and no provider. {@link io.penstock.server.wire.RequestFilter} is what a guardrail, a table of repeated requests or a recorder
 * extends to stand in front of another handler.
 *
 * <p>Everything of one client runs on one event loop, with what {@link io.penstock.server.wire.LoopResources} lends.
 */
@NullMarked
package io.penstock.server.wire;

import org.jspecify.annotations.NullMarked;
