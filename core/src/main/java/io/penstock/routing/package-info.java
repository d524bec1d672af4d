/**
 * Which offers serve a request, in which order, and why. Plain values in, plain values out: no sockets, no clocks, no
 * state of its own; what is measured comes in through {@link io.penstock.routing.Routes}.
 *
 * <p>A {@link io.penstock.routing.Router} decides once for each request. {@link io.penstock.routing.DirectRouter} serves
 * the model that was asked for; {@link io.penstock.routing.AutoRouter} chooses one. Both only put offers in order: what a
 * key may use is settled before, by the {@code Routes} they are shown ({@link io.penstock.routing.AllowedRoutes}), and an
 * attempt that fails goes on with the next offer of the route.
 */
@NullMarked
package io.penstock.routing;

import org.jspecify.annotations.NullMarked;
