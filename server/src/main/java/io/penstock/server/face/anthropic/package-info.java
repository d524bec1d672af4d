/** The anthropic face: Anthropic messages. */
@NullMarked
package io.penstock.server.face.anthropic;

import org.jspecify.annotations.NullMarked;
