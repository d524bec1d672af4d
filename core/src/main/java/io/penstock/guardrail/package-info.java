/**
 * Rules with a verdict: whether an offer may be used, what may go out to a provider, what may come back to a client. Pure: no
 * clock, no counts, no sockets. What needs to remember (budgets, rates, limits of a day) is the ledger's.
 */
@NullMarked
package io.penstock.guardrail;

import org.jspecify.annotations.NullMarked;
