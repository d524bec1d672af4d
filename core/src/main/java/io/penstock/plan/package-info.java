/**
 * What will be tried for a request, and what it may cost: made once per request, from the request and the router's route, and
 * never changed.
 */
@NullMarked
package io.penstock.plan;

import org.jspecify.annotations.NullMarked;
