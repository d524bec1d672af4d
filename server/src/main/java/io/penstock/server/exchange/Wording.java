package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.error.GatewayError.BodyTooLarge;
import io.penstock.error.GatewayError.ParameterUnsupported;
import io.penstock.error.GatewayException;
import io.penstock.protocol.ChatRequest;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.translate.Amendments;
import io.penstock.protocol.translate.AnswerFacts;
import io.penstock.protocol.translate.JsonOut;
import io.penstock.protocol.translate.Loss;
import io.penstock.protocol.translate.Losses;
import io.penstock.protocol.translate.Recipient;
import io.penstock.protocol.translate.ResponseEcho;
import io.penstock.protocol.translate.ResponseIdentity;
import io.penstock.protocol.translate.ThinkingRecall;
import io.penstock.protocol.translate.ThinkingWatch;
import io.penstock.protocol.translate.Translation;
import io.penstock.server.face.Face;
import io.penstock.server.face.Operation;
import io.penstock.server.relay.EventRewriter;
import io.penstock.server.relay.EventWatch;
import io.penstock.server.relay.StreamRelay;
import io.penstock.server.relay.ToldResponse;
import io.penstock.server.upstream.Target;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * In whose words an exchange is told: the provider's bytes as they are where both sides speak the same, a translation where
 * they do not, and on a face with a dialect of its own that dialect. Belongs to one exchange; event loop only; {@link #close}
 * releases what is held.
 */
final class Wording implements AutoCloseable {
    /** A translation needs about four times the body on the heap, of which it may take half. */
    private static final long BODY_BYTES_MAX = Runtime.getRuntime().maxMemory() / 8;

    private static final Logger LOG = LoggerFactory.getLogger(Wording.class);

    private final ClientConnection client;
    private final Services services;
    private final Face face;
    private final Operation operation;
    private final long keyId;
    private final String requestId;
    private final long createdSeconds = System.currentTimeMillis() / 1000; // of the answer, in all that tells it
    private final Choice choice;
    private final Account account;
    private @Nullable Translation translation; // null where both sides speak the same protocol
    private @Nullable AnswerWatch watch;
    private @Nullable ByteBuf translated; // owned: a plain answer in the client's protocol

    Wording(
            ClientConnection client,
            Services services,
            Face face,
            Operation operation,
            long keyId,
            String requestId,
            Choice choice,
            Account account) {
        this.client = client;
        this.services = services;
        this.face = face;
        this.operation = operation;
        this.keyId = keyId;
        this.requestId = requestId;
        this.choice = choice;
        this.account = account;
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

    /** Writes a request anew in its own place, where that is due. Throws {@link GatewayException} if it cannot be. */
    void request(RequestBody body) {
        if (!choice.translated()) {
            return;
        }
        if (body.bytes() > BODY_BYTES_MAX) {
            throw new GatewayException(new BodyTooLarge(
                    BODY_BYTES_MAX, "an eighth of -Xmx, since this model's provider speaks another protocol"));
        }
        byte[] bytes = array(body);
        JsonOut json = client.loop().json().clear().reserve(bytes.length + bytes.length / 8 + 1024);
        Translation crossing = new Translation(choice.form(), choice.answerForm(), spoken(), recipient());
        Losses losses = crossing.request(bytes, 0, bytes.length, recall(), json);
        String refused = choice.requiresParameters() ? losses.firstParameter() : null;
        if (refused != null) {
            throw new GatewayException(new ParameterUnsupported(refused, model()));
        }
        for (Loss loss : losses.kinds()) {
            services.metrics().dropped(loss.label());
        }
        body.replace(json.bytes(), json.length(), client.channel().alloc());
        json.clear(); // what was large is not kept until the next
        translation = crossing;
    }

    /** Collects what is to be changed in a body before it is sent; in a translated one, nothing. */
    void collect(Splices splices, ChatRequest request, RequestBody body) {
        if (translation != null) {
            splices.clear();
        } else {
            Rewrite.collect(splices, request, body, operation, served(), chosen(), reached());
            amend(splices, request, body);
        }
    }

    /** What the provider could not take of the conversation, or misses in it; a body too large for the heap goes as it is. */
    private void amend(Splices splices, ChatRequest request, RequestBody body) {
        boolean recalls = face.protocol() == Protocol.OPENAI
                && request.hasCalls()
                && !services.thinking().isEmpty()
                && ThinkingWatch.wanted(recipient());
        if (!recalls && !request.hasThinking() || body.bytes() > BODY_BYTES_MAX) {
            return;
        }
        byte[] bytes = array(body);
        if (recalls || services.thinking().knowsOthersThan(reached().provider()) || Amendments.mayBeSealed(bytes)) {
            Amendments.of(face.protocol(), bytes, recipient(), recall(), splices::replace);
        }
    }

    private ThinkingRecall recall() {
        return services.thinking().of(keyId);
    }

    private Recipient recipient() {
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
        EventRewriter dialect = face.ownDialect()
                ? Dialects.rewriter(face, operation, choice.olderCalls(), facts(null), account)
                : null;
        Translation crossing = translation;
        if (crossing == null) {
            return dialect;
        }
        crossing.answer(answerFacts());
        return new TranslatedEvents(
                crossing, face.protocol(), account, dialect, client.loop().json());
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

    /**
     * Reads a plain answer, before it is settled: what cannot be told must not be paid. Returns why it cannot be told, or null.
     * The answer is left alone.
     */
    @Nullable
    String read(ByteBuf json) {
        Translation crossing = translation;
        if (crossing == null) {
            watch = AnswerWatch.of(services, choice, operation);
            if (watch != null) {
                watch.whole(json);
            }
            return null;
        }
        if (json.readableBytes() > BODY_BYTES_MAX) {
            return "its answer is larger than an eighth of -Xmx, and must be translated";
        }
        crossing.answer(answerFacts());
        byte[] bytes = new byte[json.readableBytes()];
        json.getBytes(json.readerIndex(), bytes);
        JsonOut out = client.loop().json().clear();
        try {
            if (!crossing.whole(bytes, 0, bytes.length, account.usage(), out)) {
                return "its answer is not JSON";
            }
        } catch (RuntimeException bug) {
            LOG.error("request {}: the answer could not be translated", requestId, bug);
            return "its answer could not be translated";
        }
        translated = client.channel().alloc().directBuffer(out.length()).writeBytes(out.bytes(), 0, out.length());
        out.clear();
        return null;
    }

    /** A plain answer as the client shall read it. Ownership of the result moves; {@code whole} is left alone. */
    ByteBuf plain(ByteBuf whole) {
        ByteBuf said = translated == null ? whole : translated;
        return face.ownDialect()
                ? Dialects.plain(face, operation, choice.olderCalls(), facts(null), account, said)
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
