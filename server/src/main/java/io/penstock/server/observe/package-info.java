/**
 * What looks on while exchanges go their way, and decides nothing: {@link io.penstock.server.observe.ExchangeObserver}s count and
 * time, in Prometheus' words, without a label of unbounded values; the access log has a line for each; the watch over costs warns
 * where providers say something else.
 */
@NullMarked
package io.penstock.server.observe;

import org.jspecify.annotations.NullMarked;
