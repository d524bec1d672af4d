/**
 * The running gateway: event loops, listeners, what is on offer, start and orderly end. {@link io.penstock.server.Gateway}
 * puts the parts together; each part's own package explains it.
 */
@NullMarked
package io.penstock.server;

import org.jspecify.annotations.NullMarked;
