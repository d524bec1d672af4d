/**
 * How many input tokens a request has, counted here where its provider does not count: an estimate, for every vendor cuts
 * text in its own way and adds words of its own. No sockets; nothing here knows a thread.
 *
 * <p>{@link io.penstock.protocol.tokens.InputTokens} walks a body and finds what the model reads; a
 * {@link io.penstock.protocol.tokens.Tokenizer} counts the text of it, {@link io.penstock.protocol.tokens.MediaTokens} the
 * images and files.
 *
 * <p>The one tokenizer is OpenAI's o200k_base, whose table jtokkit carries. Claude's is not public, and its counts differ;
 * there is no published factor between them, so none is applied. DeepSeek's, Qwen's and others' differ likewise.
 */
@NullMarked
package io.penstock.protocol.tokens;

import org.jspecify.annotations.NullMarked;
