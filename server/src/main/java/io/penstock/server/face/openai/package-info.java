/** The openai face: OpenAI chat completions. */
@NullMarked
package io.penstock.server.face.openai;

import org.jspecify.annotations.NullMarked;
