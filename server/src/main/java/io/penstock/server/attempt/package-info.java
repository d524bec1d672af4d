/**
 * One try of one offer: {@link io.penstock.server.attempt.Attempt} makes a request fit for it, sends it and hands on what comes
 * back. It knows nothing of the client's connection but where to write, of money but what is counted, and of other attempts
 * nothing at all.
 */
@NullMarked
package io.penstock.server.attempt;

import org.jspecify.annotations.NullMarked;
