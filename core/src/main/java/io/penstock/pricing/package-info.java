/**
 * What a request may cost before it is sent and did cost afterwards: usage times price, in nano-USD, and an estimate of
 * the tokens when nobody reported them.
 */
@NullMarked
package io.penstock.pricing;

import org.jspecify.annotations.NullMarked;
