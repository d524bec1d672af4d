/** The openrouter face: OpenRouter's dialect of both, written anew event by event. */
@NullMarked
package io.penstock.server.face.openrouter;

import org.jspecify.annotations.NullMarked;
