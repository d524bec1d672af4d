/**
 * Money as integers. {@link io.penstock.money.Nanos} is the only place that turns text into nano-USD and back; nothing
 * here, and nothing that uses it, holds an amount in floating point.
 */
@NullMarked
package io.penstock.money;

import org.jspecify.annotations.NullMarked;
