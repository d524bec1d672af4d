/**
 * Translation between the three client protocols (chat completions, messages, Responses), as pure functions on bytes.
 *
 * <p>There is no pair of protocols in here but a middle: a request is read into a {@link
 * io.penstock.protocol.translate.Prompt} and written from it, an answer is read into calls of {@link
 * io.penstock.protocol.translate.AnswerSink} and written by one. So each protocol has four classes (read and write a
 * request, read and write an answer), and the middle is rich enough that no pair loses what both of its protocols can say.
 * OpenAI's older completions are only read as requests and written as answers: no provider is asked in them.
 *
 * <pre>
 * client's body    ▸ ChatReader │ MessagesReader │ ResponsesReader ▸ Prompt ▸ ChatWriter │ MessagesWriter │ ResponsesWriter ▸ provider
 * provider's event ▸ ChatAnswer │ MessagesAnswer │ ResponsesAnswer ▸ AnswerSink ▸ ChatEvents │ MessagesEvents │ ResponsesEvents ▸ client
 * </pre>
 *
 * <p>Text is never decoded on the way: it goes as the escaped bytes that it came in ({@link
 * io.penstock.protocol.translate.Slice}), and so do numbers and schemas. What a recipient cannot be told is dropped by a
 * written rule and counted ({@link io.penstock.protocol.translate.Loss}). What one provider may not see of another's
 * (signatures, encrypted reasoning) travels sealed with its maker's name ({@link
 * io.penstock.protocol.translate.Opaque}).
 */
@NullMarked
package io.penstock.protocol.translate;

import org.jspecify.annotations.NullMarked;
