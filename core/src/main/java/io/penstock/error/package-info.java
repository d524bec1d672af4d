/**
 * What can be refused, and how it is said. {@link io.penstock.error.ErrorKind} gives the status and each protocol's
 * types; {@link io.penstock.error.GatewayError} carries the exact message and its facts; a face writes the body.
 */
@NullMarked
package io.penstock.error;

import org.jspecify.annotations.NullMarked;
