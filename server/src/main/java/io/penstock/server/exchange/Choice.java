package io.penstock.server.exchange;

import io.penstock.catalog.Catalog;
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
import io.penstock.error.GatewayError.ParameterUnsupported;
import io.penstock.error.GatewayError.RoutingNotConfigured;
import io.penstock.error.GatewayError.UnknownModel;
import io.penstock.error.GatewayException;
import io.penstock.protocol.ChatRequest;
import io.penstock.protocol.ChatRequest.Field;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.translate.Form;
import io.penstock.protocol.translate.Loss;
import io.penstock.routing.Candidate;
import io.penstock.routing.Route;
import io.penstock.server.face.Face;
import io.penstock.server.face.Faces;
import io.penstock.server.face.Operation;
import io.penstock.server.upstream.OfferHealth;
import io.penstock.server.upstream.Target;
import io.penstock.server.wire.RequestBody;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Who serves a request, and what of the request is needed when its body has gone. Made step by step, so that the log of a
 * refused request tells how far it came. One per connection, for its exchange at hand. Event loop only.
 */
final class Choice {
    private final Services services;
    private Face face = Faces.OPENAI;
    private Operation operation = Operation.CHAT;
    private @Nullable String requestedModel;
    private @Nullable Model model;
    private @Nullable Offer offer;
    private @Nullable ProtocolPreference way;
    private @Nullable String routeReason;
    private Form form = Form.CHAT;
    private boolean translated;
    private boolean requiresParameters;
    private boolean wantsStream;
    private boolean usageUnasked;
    private boolean olderCalls;
    private long inputTokensGuess;

    Choice(Services services) {
        this.services = services;
    }

    /** Forgets the request before. */
    void begin(Face asked, Operation what) {
        face = asked;
        operation = what;
        requestedModel = null;
        model = null;
        offer = null;
        way = null;
        routeReason = null;
        form = Form.CHAT;
        translated = false;
        requiresParameters = false;
        wantsStream = false;
        usageUnasked = false;
        olderCalls = false;
        inputTokensGuess = 0;
    }

    Face face() {
        return face;
    }

    Operation operation() {
        return operation;
    }

    /** Decides. Throws {@link GatewayException} for a request that nobody here can serve. */
    void make(ChatRequest request, RequestBody body) {
        checkFields(request);
        ProviderRegistry registry = services.registry();
        requestedModel = request.model();
        form = form(request);
        Resolution resolution = registry.catalog().resolve(modelName(request));
        Route route = route(request, resolution, registry);
        Candidate first = route.candidates().get(0);
        Model served = first.model();
        Offer chosen = first.offer();
        model = served;
        offer = chosen;
        routeReason = route.reason();
        way = reach(registry, served, chosen);
        Target reached = way.target();
        checkOutput(served);
        checkCapabilities(request, served);
        wantsStream = request.stream() && operation.streams();
        usageUnasked = request.includeUsage() != ChatRequest.IncludeUsage.TRUE;
        olderCalls = request.has(Field.FUNCTIONS) && !request.has(Field.TOOLS);
        inputTokensGuess = InputGuess.tokens(request);
        if (reached.serves(asked())) {
            requiresParameters = Rewrite.check(request, body, reached).requireParameters();
        }
        Field refused = translated ? null : Rewrite.refused(request, served, chosen, reached);
        if (refused != null && requiresParameters) {
            throw new GatewayException(new ParameterUnsupported(refused.wireName(), served.id()));
        } else if (refused != null) {
            services.metrics().dropped(Loss.SAMPLING.label());
        }
    }

    /** The form of the request: mostly the path's own, but Cursor's agent sends that of Responses to chat. */
    private Form form(ChatRequest request) {
        return switch (operation) {
            case MESSAGES, COUNT_TOKENS -> Form.MESSAGES;
            case RESPONSES -> Form.RESPONSES;
            case COMPLETIONS -> Form.COMPLETIONS;
            default -> request.has(Field.INPUT) && !request.has(Field.MESSAGES) ? Form.RESPONSES : Form.CHAT;
        };
    }

    /** Where the request goes, and whether it must be translated for that. */
    private ProtocolPreference reach(ProviderRegistry registry, Model served, Offer chosen) {
        boolean plain = operation == Operation.EMBEDDINGS || operation == Operation.COMPLETIONS;
        ProtocolPreference reached = plain ? registry.untranslated(chosen) : null;
        if (reached == null || !reached.target().serves(asked())) {
            reached = operation == Operation.EMBEDDINGS ? null : registry.way(form, served, chosen);
            translated = plain;
        }
        if (reached == null) {
            throw new GatewayException(new NoHandlerForProtocol(
                    chosen.provider() + " does not serve " + operation.name().toLowerCase(Locale.ROOT)));
        }
        translated |=
                reached.target().protocol() != face.protocol() || operation == Operation.CHAT && form != Form.CHAT;
        return reached;
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

    private void checkFields(ChatRequest request) {
        if (request.isInvalid(Field.STREAM)) {
            throw new GatewayException(new InvalidField("stream", "true or false"));
        }
        if (request.isInvalid(Field.STREAM_OPTIONS)) {
            throw new GatewayException(new InvalidField("stream_options", "an object"));
        }
        if (request.isInvalid(Field.MESSAGES)) {
            throw new GatewayException(new InvalidField("messages", "an array"));
        }
        switch (operation) {
            case RESPONSES -> checkResponses(request);
            case EMBEDDINGS -> checkGiven(request, Field.INPUT, Field.INPUT);
            case COMPLETIONS -> {
                checkGiven(request, Field.PROMPT, Field.PROMPT);
                checkChat(request);
            }
            default -> checkChat(request);
        }
    }

    private static void checkChat(ChatRequest request) {
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

    /** A text or several, in a field or in another; that the model is missing is said before that they are. */
    private static void checkGiven(ChatRequest request, Field field, Field other) {
        boolean missing = !request.has(field) && !request.has(other) && request.has(Field.MODEL);
        if (missing || request.isInvalid(field)) {
            throw new GatewayException(new InvalidField(field.wireName(), "a string or an array"));
        }
    }

    private static void checkResponses(ChatRequest request) {
        checkGiven(request, Field.INPUT, Field.PROMPT);
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

    private Route route(ChatRequest request, Resolution resolution, ProviderRegistry registry) {
        switch (resolution.kind()) {
            case FOUND -> {
                return Routing.direct(services, registry.routes(form), resolution, face.protocol());
            }
            case AUTO -> {
                if (operation == Operation.EMBEDDINGS) {
                    throw new GatewayException(new InvalidModel("auto chooses among models that make text"));
                }
                if (!registry.auto()) {
                    throw new GatewayException(new AutoRoutingOff());
                }
                return Routing.auto(services, registry, form, resolution, request, face.protocol());
            }
            case AMBIGUOUS -> throw new GatewayException(new AmbiguousModel(modelName(request), resolution.ids()));
            case NOT_CONFIGURED ->
                throw new GatewayException(
                        new RoutingNotConfigured(registry.hint(resolution.providers()), resolution.ids()));
            default -> throw new GatewayException(new UnknownModel(modelName(request), resolution.ids()));
        }
    }

    private void checkOutput(Model served) {
        if (!served.chats() && operation != Operation.EMBEDDINGS) {
            throw new GatewayException(new InvalidModel(served.id()
                    + (served.embeds() ? " makes embeddings: post to /embeddings" : " does not make text")));
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

    /** What the provider is asked for. */
    io.penstock.provider.Operation asked() {
        return switch (operation) {
            case COUNT_TOKENS -> io.penstock.provider.Operation.COUNT_TOKENS;
            case EMBEDDINGS -> io.penstock.provider.Operation.EMBEDDINGS;
            case COMPLETIONS ->
                translated ? io.penstock.provider.Operation.GENERATE : io.penstock.provider.Operation.COMPLETIONS;
            default -> io.penstock.provider.Operation.GENERATE;
        };
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
        return way == null ? null : way.target();
    }

    /** How the offer does where it is asked; null while undecided. */
    @Nullable
    OfferHealth health() {
        return way == null ? null : way.health();
    }

    /** Whether the provider does not speak what the client does, so that request and answer are translated. */
    boolean translated() {
        return translated;
    }

    /** Whether a parameter that the provider cannot be told is refused rather than dropped. */
    boolean requiresParameters() {
        return requiresParameters;
    }

    /** The form of the request. */
    Form form() {
        return form;
    }

    /** The form that the answer must have. */
    Form answerForm() {
        return operation == Operation.CHAT ? Form.CHAT : form;
    }

    /** The provider's name for people. */
    /** The models on offer now. */
    Catalog catalog() {
        return services.registry().catalog();
    }

    String providerName() {
        return way == null ? "the provider" : way.target().providerName();
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

    /** Whether the client asked with {@code functions}, and so reads {@code function_call}. */
    boolean olderCalls() {
        return olderCalls;
    }

    long inputTokensGuess() {
        return inputTokensGuess;
    }
}
