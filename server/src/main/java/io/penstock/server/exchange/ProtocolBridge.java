package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.error.GatewayError.BodyTooLarge;
import io.penstock.error.GatewayError.ParameterUnsupported;
import io.penstock.error.GatewayException;
import io.penstock.protocol.ChatRequest;
import io.penstock.protocol.Protocol;
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
import io.penstock.server.relay.StreamRelay;
import io.penstock.server.relay.ToldResponse;
import io.penstock.server.upstream.Target;
import io.penstock.server.wire.RequestBody;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * In whose words an exchange is told: the provider's bytes as they are where both sides speak the same, a translation where
 * they do not, and on a face with a dialect of its own that dialect. Belongs to one exchange; event loop only; {@link #close}
 * releases what is held.
 */
final class ProtocolBridge implements AutoCloseable {
    private final GatewayRequests lender;
    private final Services services;
    private final Face face;
    private final Operation operation;
    private final long keyId;
    private final String requestId;
    private final long createdSeconds = System.currentTimeMillis() / 1000; // of the answer, in all that tells it
    private final Choice choice;
    private final Charge charge;
    private @Nullable Translation translation; // null where both sides speak the same protocol
    private @Nullable List<Amendment> amendments; // of a large request; null where none were looked for
    private @Nullable AnswerWatch watch;
    private @Nullable ByteBuf translated; // owned: a plain answer in the client's protocol

    ProtocolBridge(
            GatewayRequests lender,
            Services services,
            Face face,
            Operation operation,
            long keyId,
            String requestId,
            Choice choice,
            Charge charge) {
        this.lender = lender;
        this.services = services;
        this.face = face;
        this.operation = operation;
        this.keyId = keyId;
        this.requestId = requestId;
        this.choice = choice;
        this.charge = charge;
    }

    /** What the provider speaks. */
    Protocol spoken() {
        Target to = choice.target();
        return to == null ? face.protocol() : to.protocol();
    }

    /** Whether the provider names errors as the client's protocol does not: OpenAI's two share theirs. */
    boolean foreignErrors() {
        return (spoken() == Protocol.ANTHROPIC) != (face.protocol() == Protocol.ANTHROPIC);
    }

    /** Whether request and answer are translated. */
    boolean translates() {
        return translation != null;
    }

    /** What a face may tell of this exchange; {@code relay} is the stream that passes to the client, null if there is none. */
    Face.Facts facts(@Nullable StreamRelay relay) {
        Target to = choice.target();
        StreamRelay told = relay != null && relay.begun() ? relay : null; // what came before is held back, and nobody's
        long next = told == null ? 0 : translation == null ? told.nextEvent() : translation.events();
        return new Face.Facts(
                requestId,
                createdSeconds,
                model(),
                to == null ? null : to.providerName(),
                next,
                response(told == null ? null : told.response()));
    }

    /** Which response the client was told of: the provider's where its events pass as they are. */
    private ResponseIdentity response(@Nullable ToldResponse passed) {
        String id = face.ownDialect() ? requestId : AnswerFacts.id("resp_", requestId);
        if (translation != null || passed == null) {
            ResponseEcho echo = translation == null ? ResponseEcho.DEFAULTS : translation.echo();
            return new ResponseIdentity(id, createdSeconds, model(), echo);
        }
        return new ResponseIdentity(
                face.ownDialect() ? id : passed.id(),
                passed.createdSeconds(),
                face.ownDialect() ? model() : passed.model(),
                ResponseEcho.DEFAULTS);
    }

    /** The model's public id; empty while undecided. */
    String model() {
        String id = choice.modelId();
        return id == null ? "" : id;
    }

    // ---- The request

    /** Makes a small request fit for its provider, where that is due. Throws {@link GatewayException} if it cannot be. */
    void request(RequestBody body) {
        if (choice.translated()) {
            crossing().write(body, lender.upstreams().json());
        }
    }

    /** The same for a large one: what is to be done, on any thread; null if nothing is. */
    @Nullable
    Runnable largeRequest(ChatRequest request, RequestBody body) {
        int max = services.largeWork().bytesMax();
        if (choice.translated()) {
            if (body.bytes() > max) {
                throw new GatewayException(new BodyTooLarge(
                        max, "an eighth of -Xmx, since this model's provider speaks another protocol"));
            }
            Crossing crossing = crossing();
            return () -> crossing.write(body, new JsonOut());
        }
        if (!amends(request) || body.bytes() > max) { // one too large for the heap goes as it is
            return null;
        }
        Amending amending = new Amending();
        List<Amendment> found = new ArrayList<>();
        amendments = found;
        return () -> amending.of(body, (from, to, by) -> found.add(new Amendment(from, to, by)));
    }

    private Crossing crossing() {
        return new Crossing(
                new Translation(choice.form(), choice.answerForm(), spoken(), recipient()),
                recall(),
                choice.requiresParameters() ? model() : null,
                lender.client().channel().alloc());
    }

    /** A request's translation, with all that it needs of the exchange. */
    private final class Crossing {
        private final Translation it;
        private final ThinkingRecall recall;
        private final @Nullable String required; // the model, where the request requires its parameters
        private final ByteBufAllocator allocator;

        private Crossing(Translation it, ThinkingRecall recall, @Nullable String required, ByteBufAllocator allocator) {
            this.it = it;
            this.recall = recall;
            this.required = required;
            this.allocator = allocator;
        }

        /** Writes the request anew in its own place. */
        private void write(RequestBody body, JsonOut scratch) {
            byte[] bytes = array(body);
            JsonOut json = scratch.clear().reserve(bytes.length + bytes.length / 8 + 1024);
            Losses losses = it.request(bytes, 0, bytes.length, recall, json);
            if (required != null) {
                String refused = losses.firstParameter();
                if (refused != null) {
                    throw new GatewayException(new ParameterUnsupported(refused, required));
                }
            }
            for (Loss loss : losses.kinds()) {
                services.metrics().dropped(loss.label());
            }
            body.replace(json.bytes(), json.length(), allocator);
            json.clear(); // what was large is not kept until the next
            translation = it;
        }
    }

    /** Collects what is to be changed in a body before it is sent; in a translated one, nothing. */
    void collect(BodyEdits edits, ChatRequest request, RequestBody body) {
        if (translation != null) {
            edits.clear();
        } else {
            Rewrite.collect(edits, request, body, operation, served(), chosen(), reached());
            amend(edits, request, body);
        }
    }

    /** What the provider could not take of the conversation, or misses in it. */
    private void amend(BodyEdits edits, ChatRequest request, RequestBody body) {
        List<Amendment> found = amendments;
        if (found != null) {
            for (Amendment one : found) {
                edits.replace(one.from(), one.to(), one.by());
            }
        } else if (body.bytes() <= LargeWork.BYTES_MIN && amends(request)) {
            new Amending().of(body, edits::replace);
        }
    }

    private boolean amends(ChatRequest request) {
        return request.hasThinking() || recalls(request);
    }

    private boolean recalls(ChatRequest request) {
        return face.protocol() == Protocol.OPENAI
                && request.hasCalls()
                && !services.thinking().isEmpty()
                && ThinkingWatch.wanted(recipient());
    }

    /** Bytes {@code [from, to)} of a body become {@code by}. */
    private record Amendment(int from, int to, byte[] by) {}

    /** A look for amendments, with all that it needs of the exchange. */
    private final class Amending {
        private final WireProfile recipient = recipient();
        private final ThinkingRecall recall = recall();
        private final String provider = reached().provider();

        private void of(RequestBody body, ThinkingEdits.Change change) {
            byte[] bytes = array(body);
            if (face.protocol() == Protocol.OPENAI && ThinkingWatch.wanted(recipient)
                    || services.thinking().knowsOthersThan(provider)
                    || ThinkingEdits.mayBeSealed(bytes)) {
                ThinkingEdits.of(face.protocol(), bytes, recipient, recall, change);
            }
        }
    }

    private ThinkingRecall recall() {
        return services.thinking().of(keyId);
    }

    private WireProfile recipient() {
        return reached().recipient(served(), chosen());
    }

    private Model served() {
        return known(choice.model());
    }

    private Offer chosen() {
        return known(choice.offer());
    }

    private Target reached() {
        return known(choice.target());
    }

    private static <T> T known(@Nullable T decided) {
        if (decided == null) {
            throw new IllegalStateException("nothing chosen");
        }
        return decided;
    }

    private static byte[] array(RequestBody body) {
        byte[] bytes = new byte[body.bytes()];
        body.copy(0, bytes.length, Unpooled.wrappedBuffer(bytes).clear());
        return bytes;
    }

    // ---- A stream

    /** What writes the provider's events anew; null where they pass as they are. */
    @Nullable
    EventRewriter rewriter() {
        EventRewriter dialect =
                face.ownDialect() ? Dialects.rewriter(face, operation, choice.olderCalls(), facts(null), charge) : null;
        Translation crossing = translation;
        if (crossing == null) {
            return dialect;
        }
        crossing.answer(answerFacts());
        return new TranslatedEvents(
                crossing, face.protocol(), charge, dialect, lender.upstreams().json());
    }

    /** Whether a usage chunk must be taken out that we asked for and the client did not. */
    boolean dropsUsage() {
        return choice.usageUnasked() && spoken() == Protocol.OPENAI && translation == null;
    }

    /** Who looks on while the events pass; null for nobody. */
    @Nullable
    EventWatch watch() {
        watch = AnswerWatch.of(services, choice, operation);
        return watch;
    }

    private AnswerFacts answerFacts() {
        return new AnswerFacts(
                requestId,
                createdSeconds,
                model(),
                face.ownDialect(),
                !choice.usageUnasked() && !face.ownDialect(),
                choice.inputTokensGuess(),
                () -> System.currentTimeMillis() / 1000);
    }

    // ---- A plain answer

    /** What reads a plain answer before it is settled, for what cannot be told must not be paid; null if nothing need do so. */
    @Nullable
    Reading reading() {
        Translation crossing = translation;
        if (crossing == null) {
            watch = AnswerWatch.of(services, choice, operation);
            return watch == null ? null : new Reading(null, watch);
        }
        crossing.answer(answerFacts());
        return new Reading(crossing, null);
    }

    /** The reading of one plain answer, with all that it needs of the exchange: on any thread. */
    final class Reading {
        private final @Nullable Translation crossing;
        private final @Nullable AnswerWatch watching;
        private final Usage usage = charge.usage();
        private final ByteBufAllocator allocator = lender.client().channel().alloc();

        private Reading(@Nullable Translation crossing, @Nullable AnswerWatch watching) {
            this.crossing = crossing;
            this.watching = watching;
        }

        /** False if it cannot be told, not being JSON. The answer is left alone. */
        boolean read(ByteBuf json, JsonOut scratch) {
            if (watching != null) {
                watching.whole(json);
            }
            if (crossing == null) {
                return true;
            }
            byte[] bytes = new byte[json.readableBytes()];
            json.getBytes(json.readerIndex(), bytes);
            JsonOut out = scratch.clear();
            if (!crossing.whole(bytes, 0, bytes.length, usage, out)) {
                return false;
            }
            translated = allocator.directBuffer(out.length()).writeBytes(out.bytes(), 0, out.length());
            out.clear();
            return true;
        }
    }

    /** A plain answer as the client shall read it. Ownership of the result moves; {@code whole} is left alone. */
    ByteBuf plain(ByteBuf whole) {
        ByteBuf said = translated == null ? whole : translated;
        return face.ownDialect()
                ? Dialects.plain(face, operation, choice.olderCalls(), facts(null), charge, said)
                : said.retain();
    }

    /** Keeps of a complete answer's thinking what the client cannot bring back. */
    void keepThinking() {
        if (watch != null) {
            watch.keep(keyId);
        } else if (translation != null && !translation.thinkingByCall().isEmpty()) {
            services.thinking().keep(keyId, translation.thinkingByCall());
        }
    }

    @Override
    public void close() {
        ByteBuf anew = translated;
        translated = null;
        if (anew != null) {
            anew.release();
        }
    }
}
