/**
 * The network side towards providers: where an offer is reached, connections kept alive per event loop, one attempt at a
 * time on each. Nothing here knows of keys, money or the client.
 */
@NullMarked
package io.penstock.server.upstream;

import org.jspecify.annotations.NullMarked;
