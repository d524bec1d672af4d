/**
 * Passing a provider's answer on. A chunk that holds whole, ordinary events goes to the client as the very buffer that was
 * read, framing and all; only a cut event is joined, and only an event that must not (or not yet) be seen is taken out.
 */
@NullMarked
package io.penstock.server.relay;

import org.jspecify.annotations.NullMarked;
