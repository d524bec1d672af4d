/**
 * HTTP/1.1 on both sides, parsed once and strictly (RFC 9112): heads are looked at in place, bodies are tracked, not
 * decoded, so that the very buffers that were read can be written on. What could be understood in two ways is refused.
 */
@NullMarked
package io.penstock.server.http;

import org.jspecify.annotations.NullMarked;
