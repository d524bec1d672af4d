package io.penstock.server.attempt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.penstock.error.GatewayError.BodyTooLarge;
import io.penstock.error.GatewayError.ParameterUnsupported;
import io.penstock.error.GatewayException;
import io.penstock.protocol.AnswerProbe;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.Usage;
import io.penstock.protocol.translate.AnswerFacts;
import io.penstock.protocol.translate.JsonOut;
import io.penstock.protocol.translate.Loss;
import io.penstock.protocol.translate.Losses;
import io.penstock.protocol.translate.ResponseEcho;
import io.penstock.protocol.translate.ResponseIdentity;
import io.penstock.protocol.translate.ThinkingEdits;
import io.penstock.protocol.translate.ThinkingRecall;
import io.penstock.protocol.translate.ThinkingWatch;
import io.penstock.protocol.translate.Translation;
import io.penstock.protocol.translate.WireProfile;
import io.penstock.server.face.Face;
import io.penstock.server.face.Operation;
import io.penstock.server.relay.EventRewriter;
import io.penstock.server.relay.EventWatch;
import io.penstock.server.relay.PlainReader;
import io.penstock.server.relay.StreamRelay;
import io.penstock.server.relay.ToldResponse;
import io.penstock.server.wire.RequestBody;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * In whose words an exchange is told: the provider's bytes as they are where both sides speak the same, a translation where
 * they do not, and on a face with a dialect of its own that dialect. Belongs to one exchange; event loop only; {@link #close}
 * releases what is held.
 */
final class ProtocolBridge implements PlainReader, AutoCloseable {
    private final Attempt attempt;
    private final ClientRequest request;
    private final boolean last;
    private @Nullable Translation translation; // null where both sides speak the same protocol
    private @Nullable RequestBody written; // owned: the request's translation, where the request itself is still needed
    private @Nullable List<Amendment> amendments; // of a large request; null where none were looked for
    private @Nullable AnswerWatch watch;
    private @Nullable ByteBuf translated; // owned: a plain answer in the client's protocol
    private @Nullable ByteBuf alreadyRead; // not owned: the plain answer that the translation has read

    /** Of an attempt; {@code last}: no other follows, so that a translation may take the request's own place. */
    ProtocolBridge(Attempt attempt, ClientRequest request, boolean last) {
        this.attempt = attempt;
        this.request = request;
        this.last = last;
    }

    /** What the provider speaks. */
    Protocol spoken() {
        return attempt.approach().target().protocol();
    }

    /** Whether the provider names errors as the client's protocol does not: OpenAI's two share theirs. */
    boolean foreignErrors() {
        return (spoken() == Protocol.ANTHROPIC) != (request.face().protocol() == Protocol.ANTHROPIC);
    }

    /** Whether request and answer are translated. */
    boolean translates() {
        return translation != null;
    }

    /** What a face may tell of this exchange; {@code relay} is the stream that passes to the client, null if there is none. */
    Face.Facts facts(@Nullable StreamRelay relay) {
        StreamRelay told = relay != null && relay.begun() ? relay : null; // what came before is held back, and nobody's
        long next = told == null ? 0 : translation == null ? told.nextEvent() : translation.events();
        return new Face.Facts(
                request.id(),
                request.createdSeconds(),
                model(),
                attempt.approach().target().providerName(),
                next,
                response(told == null ? null : told.response()));
    }

    /** Which response the client was told of: the provider's where its events pass as they are. */
    private ResponseIdentity response(@Nullable ToldResponse passed) {
        String id = ownDialect() ? request.id() : AnswerFacts.id("resp_", request.id());
        if (translation != null || passed == null) {
            ResponseEcho echo = translation == null ? ResponseEcho.DEFAULTS : translation.echo();
            return new ResponseIdentity(id, request.createdSeconds(), model(), echo);
        }
        return new ResponseIdentity(
                ownDialect() ? id : passed.id(),
                passed.createdSeconds(),
                ownDialect() ? model() : passed.model(),
                ResponseEcho.DEFAULTS);
    }

    private boolean ownDialect() {
        return request.face().ownDialect();
    }

    private String model() {
        return attempt.approach().model().id();
    }

    // ---- The request

    /** Makes a small request fit for its provider, where that is due. Throws {@link GatewayException} if it cannot be. */
    void request() {
        if (attempt.approach().translated()) {
            crossing().write(attempt.loop().json());
        }
    }

    /** The same for a large one: what is to be done, on any thread; null if nothing is. */
    @Nullable
    Runnable largeRequest() {
        int max = attempt.loop().resources().largeWork().bytesMax();
        if (attempt.approach().translated()) {
            if (request.body().bytes() > max) {
                throw new GatewayException(new BodyTooLarge(
                        max, "an eighth of -Xmx, since this model's provider speaks another protocol"));
            }
            Crossing crossing = crossing();
            return () -> crossing.write(new JsonOut());
        }
        if (!amends() || request.body().bytes() > max) { // one too large for the heap goes as it is
            return null;
        }
        Amending amending = new Amending();
        List<Amendment> found = new ArrayList<>();
        amendments = found;
        return () -> amending.of((from, to, by) -> found.add(new Amendment(from, to, by)));
    }

    private Crossing crossing() {
        return new Crossing(
                new Translation(
                        request.form(),
                        request.answerForm(),
                        spoken(),
                        attempt.approach().profile()),
                recall());
    }

    /** A request's translation, with all that it needs of the attempt. */
    private final class Crossing {
        private final Translation it;
        private final ThinkingRecall recall;
        private final @Nullable String required = attempt.approach().requiresParameters() ? model() : null;

        private Crossing(Translation it, ThinkingRecall recall) {
            this.it = it;
            this.recall = recall;
        }

        /** Writes the request anew: in its own place, or in another where it may yet have to be written for somebody else. */
        private void write(JsonOut scratch) {
            RequestBody body = request.body();
            byte[] bytes = body.toByteArray();
            JsonOut json = scratch.clear().reserve(bytes.length + bytes.length / 8 + 1024);
            Losses losses = it.request(bytes, 0, bytes.length, recall, json);
            if (required != null) {
                String refused = losses.firstParameter();
                if (refused != null) {
                    throw new GatewayException(new ParameterUnsupported(refused, required));
                }
            }
            for (Loss loss : losses.kinds()) {
                attempt.owner().dropped(loss.label());
            }
            RequestBody to =
                    last ? body : new RequestBody(attempt.loop().resources().buffers());
            written = last ? null : to; // owned from here on, should there be no memory for all of it
            to.replace(json.bytes(), json.length(), attempt.allocator());
            json.clear(); // what was large is not kept until the next
            translation = it;
        }
    }

    /** Whether the path's {@code ?beta=true} means something to whom it goes to. */
    boolean takesBeta() {
        return request.operation() == Operation.MESSAGES && translation == null;
    }

    /** What is sent: the request or its translation, with what is to be changed in it, which is nothing in a translated one. */
    RequestBody collect(BodyEdits edits) {
        RequestBody body = request.body();
        if (translation != null) {
            edits.clear();
            return written == null ? body : written;
        }
        Rewrite.collect(
                edits,
                request.chat(),
                body,
                request.operation(),
                attempt.approach().model(),
                attempt.approach().offer(),
                attempt.approach().target());
        amend(edits, body);
        return body;
    }

    /** The provider answers: the request need not be sent again, as it is when a connection was stale. */
    void answered() {
        RequestBody own = written;
        written = null;
        if (own != null) {
            own.release();
        }
    }

    /** What the provider could not take of the conversation, or misses in it. */
    private void amend(BodyEdits edits, RequestBody body) {
        List<Amendment> found = amendments;
        if (found != null) {
            for (Amendment one : found) {
                edits.replace(one.from(), one.to(), one.by());
            }
        } else if (body.bytes() <= LargeWork.BYTES_MIN && amends()) {
            new Amending().of(edits::replace);
        }
    }

    private boolean amends() {
        return request.chat().hasThinking() || recalls();
    }

    private boolean recalls() {
        return request.face().protocol() == Protocol.OPENAI
                && request.chat().hasCalls()
                && !thinking().isEmpty()
                && ThinkingWatch.wanted(attempt.approach().profile());
    }

    private ThinkingMemory thinking() {
        return attempt.loop().resources().thinking();
    }

    /** Bytes {@code [from, to)} of a body become {@code by}. */
    private record Amendment(int from, int to, byte[] by) {}

    /** A look for amendments, with all that it needs of the attempt. */
    private final class Amending {
        private final WireProfile recipient = attempt.approach().profile();
        private final ThinkingRecall recall = recall();
        private final Protocol protocol = request.face().protocol();
        private final String provider = attempt.approach().target().provider();

        private void of(ThinkingEdits.Change change) {
            byte[] bytes = request.body().toByteArray();
            if (protocol == Protocol.OPENAI && ThinkingWatch.wanted(recipient)
                    || thinking().knowsOthersThan(provider)
                    || ThinkingEdits.mayBeSealed(bytes)) {
                ThinkingEdits.of(protocol, bytes, recipient, recall, change);
            }
        }
    }

    private ThinkingRecall recall() {
        return thinking().of(request.keyId());
    }

    // ---- A stream

    /** What writes the provider's events anew; null where they pass as they are. */
    @Nullable
    EventRewriter rewriter() {
        EventRewriter dialect = ownDialect()
                ? Dialects.rewriter(
                        request.face(), request.operation(), request.olderCalls(), facts(null), attempt.meter())
                : null;
        Translation crossing = translation;
        if (crossing == null) {
            return dialect;
        }
        crossing.answer(answerFacts());
        return new TranslatedEvents(
                crossing,
                request.face().protocol(),
                attempt.meter(),
                dialect,
                attempt.loop().json());
    }

    /** Whether a usage chunk must be taken out that we asked for and the client did not. */
    boolean dropsUsage() {
        return request.usageUnasked() && spoken() == Protocol.OPENAI && translation == null;
    }

    /** Who looks on while the events pass; null for nobody. */
    @Nullable
    EventWatch watch() {
        watch = AnswerWatch.of(thinking(), attempt.approach(), request.operation());
        return watch;
    }

    private AnswerFacts answerFacts() {
        return new AnswerFacts(
                request.id(),
                request.createdSeconds(),
                model(),
                ownDialect(),
                !request.usageUnasked() && !ownDialect(),
                attempt.meter().inputTokens(),
                () -> System.currentTimeMillis() / 1000);
    }

    // ---- A plain answer

    /** Reads a small plain answer that is to be translated, and tells what it says; null if a look at it in place must tell. */
    @Override
    public @Nullable AnswerProbe read(ByteBuf json, int from, int to, ScriptCounter text) {
        Translation crossing = translation;
        if (crossing == null || to - from > LargeWork.BYTES_MIN) {
            return null;
        }
        crossing.read(ByteBufUtil.getBytes(json, from, to - from), 0, to - from);
        alreadyRead = json;
        return crossing.probe(text);
    }

    /** What reads a plain answer before it is settled, for what cannot be told must not be paid; null if nothing need do so. */
    @Nullable
    Reading reading() {
        Translation crossing = translation;
        if (crossing == null) {
            watch = AnswerWatch.of(thinking(), attempt.approach(), request.operation());
            return watch == null ? null : new Reading(null, watch);
        }
        crossing.answer(answerFacts());
        return new Reading(crossing, null);
    }

    /** The reading of one plain answer, with all that it needs of the exchange: on any thread. */
    final class Reading {
        private final @Nullable Translation crossing;
        private final @Nullable AnswerWatch watching;
        private final Usage usage = attempt.meter().usage();

        private Reading(@Nullable Translation crossing, @Nullable AnswerWatch watching) {
            this.crossing = crossing;
            this.watching = watching;
        }

        /** False if it cannot be told, not being JSON. The answer is left alone. */
        @SuppressWarnings("ReferenceEquality") // one that was masked since is another buffer
        boolean read(ByteBuf json, JsonOut scratch) {
            if (watching != null) {
                watching.whole(json);
            }
            if (crossing == null) {
                return true;
            }
            if (json != alreadyRead) {
                byte[] bytes = ByteBufUtil.getBytes(json);
                crossing.read(bytes, 0, bytes.length);
            }
            JsonOut out = scratch.clear();
            if (!crossing.whole(usage, out)) {
                return false;
            }
            translated = attempt.allocator().directBuffer(out.length()).writeBytes(out.bytes(), 0, out.length());
            out.clear();
            return true;
        }
    }

    /** A plain answer as the client shall read it. Ownership of the result moves; {@code whole} is left alone. */
    ByteBuf plain(ByteBuf whole) {
        ByteBuf said = translated == null ? whole : translated;
        return ownDialect()
                ? Dialects.plain(
                        request.face(), request.operation(), request.olderCalls(), facts(null), attempt.meter(), said)
                : said.retain();
    }

    /** Keeps of a complete answer's thinking what the client cannot bring back. */
    void keepThinking() {
        if (watch != null) {
            watch.keep(request.keyId());
        } else if (translation != null && !translation.thinkingByCall().isEmpty()) {
            thinking().keep(request.keyId(), translation.thinkingByCall());
        }
    }

    @Override
    public void close() {
        answered();
        ByteBuf anew = translated;
        translated = null;
        if (anew != null) {
            anew.release();
        }
    }
}
