/** The openrouter face: OpenRouter's dialect of chat, messages and Responses, written anew event by event. */
@NullMarked
package io.penstock.server.face.openrouter;

import org.jspecify.annotations.NullMarked;
