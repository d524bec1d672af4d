/**
 * The client protocols, read and written on plain values: a view over a request's bytes, usage, errors. No sockets, no
 * Netty.
 */
@NullMarked
package io.penstock.protocol;

import org.jspecify.annotations.NullMarked;
