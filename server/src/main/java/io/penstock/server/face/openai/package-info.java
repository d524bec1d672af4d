/** The openai face: chat completions, Responses, embeddings and the older completions, as OpenAI has them. */
@NullMarked
package io.penstock.server.face.openai;

import org.jspecify.annotations.NullMarked;
