/**
 * Passing a provider's answer on. A chunk that holds whole, ordinary events goes to the client as the very buffer that was
 * read, framing and all; only a cut event is joined, and only an event that must not (or not yet) be seen is taken out.
 *
 * <p>{@link io.penstock.server.relay.StreamRelay} walks the bytes of a stream. {@link io.penstock.server.relay.EventJudge} looks
 * at each event, once, and says what is to become of it; {@link io.penstock.server.relay.EventData} knows where its data stands.
 * {@link io.penstock.server.relay.CutEvent}, {@link io.penstock.server.relay.LargeEvent} and {@link
 * io.penstock.server.relay.UnaskedUsage} hold back what must wait, {@link io.penstock.server.relay.RelayEnd} knows how it ended.
 * An answer that is no stream is a {@link io.penstock.server.relay.HeldAnswer}.
 *
 * <h2>A map of the JSON readers</h2>
 *
 * There are several because each is asked something else, at another price. An event is read by one of them: by the tape where
 * it is translated or written in a dialect, in place by the probe otherwise.
 *
 * <table>
 * <caption>Who reads which JSON</caption>
 * <tr><th>reader</th><th>reads</th><th>strict</th><th>why it is one of its own</th></tr>
 * <tr><td>{@link io.penstock.protocol.BodyScanner}, with {@code StringScanner} and {@code Place}</td>
 *     <td>a client's request while it arrives, cut at any byte, into a {@link io.penstock.protocol.ChatRequest}</td>
 *     <td>to the letter: what passes is sent on as it is</td>
 *     <td>resumes anywhere, keeps offsets alone, allocates nothing</td></tr>
 * <tr><td>{@link io.penstock.server.relay.JsonProbe}</td>
 *     <td>an event or a plain answer in the buffer that it was read in</td>
 *     <td>no: what is malformed passes as it is</td>
 *     <td>0 bytes of garbage: all that passes untouched, and, first, all that is large</td></tr>
 * <tr><td>{@link io.penstock.protocol.translate.JsonTape}</td>
 *     <td>a request or an answer that is translated, an event in a dialect: an index of 13 bytes a value</td>
 *     <td>yes, but for UTF-8</td>
 *     <td>walked at will, back and forth, and copied from; {@link io.penstock.protocol.translate.TapeProbe} tells of it what the
 *     probe tells in place, by the same rules ({@link io.penstock.protocol.AnswerProbe})</td></tr>
 * <tr><td>{@link io.penstock.server.relay.JsonMembers}</td>
 *     <td>members of an object that the probe found whole</td>
 *     <td>no</td>
 *     <td>cuts a usage out of a chunk in place, for nothing else is to change in it</td></tr>
 * <tr><td>{@code TapeCopy} and {@code StreamCopy} in the OpenRouter face</td>
 *     <td>an event along its tape; what is large, and plain answers, by Jackson</td>
 *     <td>yes</td>
 *     <td>one walk (next member, copy, skip) over both: a million numbers of embeddings have no place in an index</td></tr>
 * <tr><td>{@code PlainUsage}, then {@code StrictUsage} (Jackson), and {@link io.penstock.protocol.ExtraUsage}</td>
 *     <td>the usage object alone, which all the above find and none reads</td>
 *     <td>yes: it is money</td>
 *     <td>the usual one without garbage, any other by a full parser; what is used beside tokens at any depth</td></tr>
 * <tr><td>{@link io.penstock.protocol.ProviderError}, {@link io.penstock.server.relay.ToldResponse}</td>
 *     <td>an error; the first event of a stream of Responses</td>
 *     <td>as far as Jackson is</td>
 *     <td>rare, or once a stream: Jackson is plainest</td></tr>
 * <tr><td>{@code JsonProgress}</td>
 *     <td>a call's arguments in fragments, inside a string</td>
 *     <td>no</td>
 *     <td>knows only whether they are complete</td></tr>
 * </table>
 *
 * Configuration, catalog, admin bodies and what is typed at the command line are read by Jackson, too.
 */
@NullMarked
package io.penstock.server.relay;

import org.jspecify.annotations.NullMarked;
