package io.penstock.server.attempt;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.error.GatewayError.NoHandlerForProtocol;
import io.penstock.error.GatewayError.ParameterUnsupported;
import io.penstock.error.GatewayException;
import io.penstock.protocol.ChatRequest;
import io.penstock.protocol.ChatRequest.Field;
import io.penstock.protocol.translate.WireProfile;
import io.penstock.provider.Operation;
import io.penstock.server.upstream.OfferHealth;
import io.penstock.server.upstream.ProtocolPreference;
import io.penstock.server.upstream.ProviderRegistry;
import io.penstock.server.upstream.Target;
import java.util.Locale;

/**
 * How an offer is asked for one request: where, in which of its provider's protocols, and whether request and answer are
 * translated for that. Event loop only.
 */
public final class Approach {
    private final Model model;
    private final Offer offer;
    private final ProtocolPreference way;
    private final Operation asked;
    private final boolean translated;
    private final boolean rivals;
    private boolean requiresParameters;

    private Approach(
            Model model, Offer offer, ProtocolPreference way, Operation asked, boolean translated, boolean rivals) {
        this.model = model;
        this.offer = offer;
        this.way = way;
        this.asked = asked;
        this.translated = translated;
        this.rivals = rivals;
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
                model,
                offer,
                way,
                asked(request, translated),
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

    /**
     * Throws {@link GatewayException} for a field that may be neither sent there nor dropped. True if one is dropped that the
     * model refuses.
     */
    public boolean check(ClientRequest from) {
        ChatRequest request = from.chat();
        if (target().serves(asked)) {
            requiresParameters = Rewrite.check(request, from.body(), target()).requireParameters();
        }
        Field refused = translated ? null : Rewrite.refused(request, model, offer, target());
        if (refused != null && requiresParameters) {
            throw new GatewayException(new ParameterUnsupported(refused.wireName(), model.id()));
        }
        return refused != null;
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
