/**
 * The network side towards providers: where an offer is reached and how it does ({@link
 * io.penstock.server.upstream.ProviderRegistry}), connections kept alive per event loop, one attempt at a time on each. Nothing
 * here knows of keys, money or the client.
 */
@NullMarked
package io.penstock.server.upstream;

import org.jspecify.annotations.NullMarked;
