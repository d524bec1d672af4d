package io.penstock.server.exchange;

import io.penstock.catalog.Modality;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.catalog.Resolution;
import io.penstock.error.GatewayError.AmbiguousModel;
import io.penstock.error.GatewayError.AudioUnsupported;
import io.penstock.error.GatewayError.AutoRoutingOff;
import io.penstock.error.GatewayError.ImagesUnsupported;
import io.penstock.error.GatewayError.InvalidField;
import io.penstock.error.GatewayError.InvalidModel;
import io.penstock.error.GatewayError.ModelRequired;
import io.penstock.error.GatewayError.NoHandlerForProtocol;
import io.penstock.error.GatewayError.RoutingNotConfigured;
import io.penstock.error.GatewayError.UnknownModel;
import io.penstock.error.GatewayException;
import io.penstock.protocol.ChatRequest;
import io.penstock.protocol.ChatRequest.Field;
import io.penstock.protocol.Protocol;
import io.penstock.routing.Candidate;
import io.penstock.routing.Route;
import io.penstock.server.face.Face;
import io.penstock.server.face.Operation;
import io.penstock.server.upstream.Target;
import org.jspecify.annotations.Nullable;

/**
 * Who serves a request, and what of the request is needed when its body has gone. Made step by step, so that the log of a
 * refused request tells how far it came. Event loop only.
 */
final class Choice {
    private final Services services;
    private final Face face;
    private final Operation operation;
    private @Nullable String requestedModel;
    private @Nullable Model model;
    private @Nullable Offer offer;
    private @Nullable Target target;
    private @Nullable String routeReason;
    private boolean wantsStream;
    private boolean usageUnasked;
    private long inputTokensGuess;

    Choice(Services services, Face face, Operation operation) {
        this.services = services;
        this.face = face;
        this.operation = operation;
    }

    /** Decides. Throws {@link GatewayException} for a request that nobody here can serve. */
    void make(ChatRequest request) {
        checkFields(request, face.protocol());
        Offering offering = services.offering();
        requestedModel = request.model();
        Resolution resolution = offering.catalog().resolve(modelName(request));
        Route route = route(request, resolution, offering);
        Candidate first = route.candidates().get(0);
        Model served = first.model();
        Offer chosen = first.offer();
        model = served;
        offer = chosen;
        routeReason = route.reason();
        Target reached = Way.to(offering, served, chosen, face.protocol());
        if (reached == null) {
            throw new GatewayException(
                    new NoHandlerForProtocol(chosen.provider() + " speaks no protocol that Penstock does"));
        }
        target = reached;
        checkCapabilities(request, served);
        wantsStream = request.stream() && operation != Operation.COUNT_TOKENS;
        usageUnasked = request.includeUsage() != ChatRequest.IncludeUsage.TRUE;
        inputTokensGuess = InputGuess.tokens(request);
        if (operation != Operation.COUNT_TOKENS || reached.countsTokens()) {
            Rewrite.check(request, reached);
        }
    }

    private static String modelName(ChatRequest request) {
        String name = request.model();
        if (name != null) {
            return name;
        }
        throw new GatewayException(
                switch (request.modelState()) {
                    case ABSENT -> new ModelRequired();
                    case NOT_A_STRING -> new InvalidModel("a string is expected");
                    case TOO_LONG -> new InvalidModel("at most " + ChatRequest.MODEL_BYTES_MAX + " bytes");
                    default -> new InvalidModel(null);
                });
    }

    private static void checkFields(ChatRequest request, Protocol protocol) {
        if (request.isInvalid(Field.STREAM)) {
            throw new GatewayException(new InvalidField("stream", "true or false"));
        }
        if (request.isInvalid(Field.STREAM_OPTIONS)) {
            throw new GatewayException(new InvalidField("stream_options", "an object"));
        }
        if (request.isInvalid(Field.MESSAGES)) {
            throw new GatewayException(new InvalidField("messages", "an array"));
        }
        if (protocol == Protocol.RESPONSES) {
            checkResponses(request);
            return;
        }
        if (request.isInvalid(Field.MAX_TOKENS)) {
            throw new GatewayException(new InvalidField("max_tokens", "a whole number"));
        }
        if (request.isInvalid(Field.MAX_COMPLETION_TOKENS)) {
            throw new GatewayException(new InvalidField("max_completion_tokens", "a whole number"));
        }
        if (request.isInvalid(Field.N)) {
            throw new GatewayException(new InvalidField("n", "a whole number"));
        }
    }

    private static void checkResponses(ChatRequest request) {
        boolean missing = !request.has(Field.INPUT) && !request.has(Field.PROMPT) && request.has(Field.MODEL);
        if (missing || request.isInvalid(Field.INPUT)) {
            throw new GatewayException(new InvalidField("input", "a string or an array"));
        }
        if (request.isInvalid(Field.MAX_OUTPUT_TOKENS)) {
            throw new GatewayException(new InvalidField("max_output_tokens", "a whole number"));
        }
        if (request.background()) { // nobody would settle it
            throw new GatewayException(
                    new InvalidField("background", "false: answers are not kept to be fetched later"));
        }
    }

    /** The output that a request asks for at most, in tokens; negative if it leaves that open. */
    static long outputAsked(ChatRequest request, Protocol protocol) {
        return protocol == Protocol.RESPONSES
                ? request.maxOutputTokens()
                : Math.max(request.maxTokens(), request.maxCompletionTokens());
    }

    private Route route(ChatRequest request, Resolution resolution, Offering offering) {
        switch (resolution.kind()) {
            case FOUND -> {
                return Routing.direct(services, offering, resolution, face.protocol());
            }
            case AUTO -> {
                if (!offering.auto()) {
                    throw new GatewayException(new AutoRoutingOff());
                }
                return Routing.auto(services, offering, resolution, request, face.protocol());
            }
            case AMBIGUOUS -> throw new GatewayException(new AmbiguousModel(modelName(request), resolution.ids()));
            case NOT_CONFIGURED ->
                throw new GatewayException(
                        new RoutingNotConfigured(offering.hint(resolution.providers()), resolution.ids()));
            default -> throw new GatewayException(new UnknownModel(modelName(request), resolution.ids()));
        }
    }

    private static void checkCapabilities(ChatRequest request, Model served) {
        if (request.hasImages() && !served.input().contains(Modality.IMAGE)) {
            throw new GatewayException(new ImagesUnsupported(served.id()));
        }
        if (request.hasAudio() && !served.input().contains(Modality.AUDIO)) {
            throw new GatewayException(new AudioUnsupported(served.id()));
        }
    }

    /** The model as the client named it; null if it named none. */
    @Nullable
    String requestedModel() {
        return requestedModel;
    }

    /** Null while undecided, as are {@link #offer} and {@link #routeReason}. */
    @Nullable
    Model model() {
        return model;
    }

    /** The model's public id; null while undecided. */
    @Nullable
    String modelId() {
        return model == null ? null : model.id();
    }

    @Nullable
    Offer offer() {
        return offer;
    }

    /** Null while undecided. */
    @Nullable
    Target target() {
        return target;
    }

    /** Whether the provider speaks another protocol than the client, so that request and answer are translated. */
    boolean translated() {
        return target != null && target.protocol() != face.protocol();
    }

    /** The provider's name for people. */
    String providerName() {
        return target == null ? "the provider" : target.providerName();
    }

    @Nullable
    String routeReason() {
        return routeReason;
    }

    boolean wantsStream() {
        return wantsStream;
    }

    /** Whether the client did not ask for the usage that OpenAI's streams can end with. */
    boolean usageUnasked() {
        return usageUnasked;
    }

    long inputTokensGuess() {
        return inputTokensGuess;
    }
}
