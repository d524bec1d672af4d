package io.penstock.server.attempt;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.error.GatewayError.NoHandlerForProtocol;
import io.penstock.error.GatewayError.ParameterUnsupported;
import io.penstock.error.GatewayException;
import io.penstock.protocol.ChatRequest;
import io.penstock.protocol.ChatRequest.Field;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.translate.Form;
import io.penstock.protocol.translate.WireProfile;
import io.penstock.provider.Operation;
import io.penstock.server.upstream.OfferHealth;
import io.penstock.server.upstream.ProtocolPreference;
import io.penstock.server.upstream.ProviderRegistry;
import io.penstock.server.upstream.Target;
import java.util.Locale;

/**
 * How an offer is asked for requests of one kind: where, in which of its provider's protocols, and whether request and answer
 * are translated for that. Immutable.
 */
@SuppressWarnings("ReferenceEquality") // of models and offers: the same object, or it is made anew
public final class Approach {
    private final Model model;
    private final Offer offer;
    private final ProtocolPreference way;
    private final Operation asked;
    private final boolean translated;
    private final boolean rivals;
    private final boolean requiresParameters;
    private final Protocol protocol; // the client's
    private final io.penstock.server.face.Operation operation;
    private final Form form;

    private Approach(
            ClientRequest request,
            Model model,
            Offer offer,
            ProtocolPreference way,
            boolean translated,
            boolean rivals) {
        this.protocol = request.face().protocol();
        this.operation = request.operation();
        this.form = request.form();
        this.model = model;
        this.offer = offer;
        this.way = way;
        this.asked = asked(request, translated);
        this.translated = translated;
        this.rivals = rivals;
        this.requiresParameters = false;
    }

    private Approach(Approach other, boolean requires) {
        this.protocol = other.protocol;
        this.operation = other.operation;
        this.form = other.form;
        this.model = other.model;
        this.offer = other.offer;
        this.way = other.way;
        this.asked = other.asked;
        this.translated = other.translated;
        this.rivals = other.rivals;
        this.requiresParameters = requires;
    }

    /** Throws {@link GatewayException} where the provider cannot be asked that. */
    public static Approach to(ProviderRegistry registry, ClientRequest request, Model model, Offer offer) {
        boolean embeddings = request.operation() == io.penstock.server.face.Operation.EMBEDDINGS;
        boolean plain = embeddings || request.operation() == io.penstock.server.face.Operation.COMPLETIONS;
        ProtocolPreference way = plain ? registry.untranslated(offer) : null;
        boolean translated = false;
        if (way == null || !way.target().serves(asked(request, false))) {
            way = embeddings ? null : registry.way(request.form(), model, offer);
            translated = plain;
        }
        if (way == null) {
            throw new GatewayException(new NoHandlerForProtocol(offer.provider() + " does not serve "
                    + request.operation().name().toLowerCase(Locale.ROOT)));
        }
        translated |= way.target().protocol() != request.face().protocol()
                || request.operation() == io.penstock.server.face.Operation.CHAT
                        && request.form() != request.answerForm();
        return new Approach(
                request,
                model,
                offer,
                way,
                translated,
                registry.speaking(way.target().protocol()) > 1);
    }

    private static Operation asked(ClientRequest request, boolean translated) {
        return switch (request.operation()) {
            case COUNT_TOKENS -> Operation.COUNT_TOKENS;
            case EMBEDDINGS -> Operation.EMBEDDINGS;
            case COMPLETIONS -> translated ? Operation.GENERATE : Operation.COMPLETIONS;
            default -> Operation.GENERATE;
        };
    }

    /** The same for a request that is checked: throws {@link GatewayException} for a field that may be neither sent there nor dropped. */
    public Approach checked(ClientRequest from) {
        ChatRequest request = from.chat();
        boolean requires = target().serves(asked)
                && Rewrite.check(request, from.body(), target()).requireParameters();
        if (requires && !translated) {
            Field refused = Rewrite.refused(request, model, offer, target());
            if (refused != null) {
                throw new GatewayException(new ParameterUnsupported(refused.wireName(), model.id()));
            }
        }
        return requires ? new Approach(this, true) : this;
    }

    /** Whether something in a request goes as it is, but for a field that the model refuses. */
    public boolean drops(ClientRequest from) {
        return !translated && !requiresParameters && Rewrite.refused(from.chat(), model, offer, target()) != null;
    }

    /** Whether it is how that offer is asked for a request of that face, operation and form. */
    public boolean fits(ClientRequest request, Model its, Offer one) {
        return model == its
                && offer == one
                && protocol == request.face().protocol()
                && operation == request.operation()
                && form == request.form();
    }

    public Model model() {
        return model;
    }

    public Offer offer() {
        return offer;
    }

    public Target target() {
        return way.target();
    }

    /** How the offer does where it is asked. */
    OfferHealth health() {
        return way.health();
    }

    /** What the provider is asked for. */
    Operation asked() {
        return asked;
    }

    /** Whether the provider does not speak what the client does, so that request and answer are translated. */
    public boolean translated() {
        return translated;
    }

    /** Whether another provider speaks the same protocol, so that one's signatures may come back to another. */
    boolean rivals() {
        return rivals;
    }

    /** Whether a parameter that the provider cannot be told is refused rather than dropped. */
    boolean requiresParameters() {
        return requiresParameters;
    }

    /** What the provider takes, and how. */
    WireProfile profile() {
        return target().offers().of(model, offer);
    }
}
