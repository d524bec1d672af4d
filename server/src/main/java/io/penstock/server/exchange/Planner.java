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
import io.penstock.error.GatewayError.InvalidModel;
import io.penstock.error.GatewayError.ModelRequired;
import io.penstock.error.GatewayError.RoutingNotConfigured;
import io.penstock.error.GatewayError.UnknownModel;
import io.penstock.error.GatewayException;
import io.penstock.plan.Estimate;
import io.penstock.plan.InputGuess;
import io.penstock.plan.Plan;
import io.penstock.protocol.ChatRequest;
import io.penstock.protocol.translate.Loss;
import io.penstock.routing.Candidate;
import io.penstock.routing.Needs;
import io.penstock.routing.Route;
import io.penstock.server.attempt.Approach;
import io.penstock.server.attempt.ClientRequest;
import io.penstock.server.face.Operation;
import io.penstock.server.observe.Metrics;
import io.penstock.server.upstream.ProviderRegistry;
import io.penstock.store.GatewayKey;
import org.jspecify.annotations.Nullable;

/**
 * Makes the {@link Plan} of a request: which models at which offers, in which order, and what that may cost. Remembers how far
 * it came, so that the log of a refused request tells it. One per connection, for its exchange at hand. Event loop only.
 */
final class Planner {
    private final ModelsOnOffer models;
    private final Routing routing;
    private final Metrics metrics;
    private @Nullable ProviderRegistry registry; // as it was when the request was planned
    private @Nullable String requestedModel;
    private @Nullable Model model;
    private @Nullable String receipt;
    private @Nullable Approach approach;
    private @Nullable Approach lastApproach; // of any request before
    private @Nullable ProviderRegistry lastOffers; // that it is of

    Planner(ModelsOnOffer models, Routing routing, Metrics metrics) {
        this.models = models;
        this.routing = routing;
        this.metrics = metrics;
    }

    /** Forgets the request before. */
    void begin() {
        registry = null;
        requestedModel = null;
        model = null;
        receipt = null;
        approach = null;
    }

    /** Plans a request that was read. Throws {@link GatewayException} for one that nobody here can, or for that key may, serve. */
    Plan plan(ClientRequest from, GatewayKey by) {
        ChatRequest request = from.chat();
        FieldChecks.check(request, from.operation());
        ProviderRegistry offers = models.now();
        registry = offers;
        requestedModel = request.model();
        Resolution resolution = offers.catalog().resolve(modelName(request));
        Needs needs = Needs.of(request);
        Route route = route(from, by, needs, resolution, offers);
        Model first = route.model(0);
        Offer offer = route.offer(0);
        model = first;
        receipt = route.reason();
        approach = reach(offers, from, first, offer);
        checkOutput(first, from.operation());
        checkNeeds(needs, first);
        approach = checked(approach, from);
        return new Plan(
                route.candidates(), route.reason(), needs, InputGuess.tokens(request), estimate(from, offer, offers));
    }

    private static long estimate(ClientRequest from, Offer first, ProviderRegistry offers) {
        if (from.operation() == Operation.COUNT_TOKENS) {
            return 0;
        }
        return Estimate.nanos(
                from.chat(),
                from.face().protocol(),
                from.form(),
                from.operation() == Operation.EMBEDDINGS,
                first,
                offers.catalog().surcharges(first.provider()));
    }

    /** How another offer of the plan is asked. Throws {@link GatewayException} where it cannot be. */
    Approach approach(ClientRequest from, Candidate candidate) {
        return checked(Approach.to(registry(), from, candidate.model(), candidate.offer()), from);
    }

    /** As the last time, for most connections ask the same again. */
    @SuppressWarnings("ReferenceEquality") // the same object, or it is made anew
    private Approach reach(ProviderRegistry offers, ClientRequest from, Model first, Offer offer) {
        Approach usual = lastApproach;
        if (usual == null || lastOffers != offers || !usual.fits(from, first, offer)) {
            usual = Approach.to(offers, from, first, offer);
            lastApproach = usual;
            lastOffers = offers;
        }
        return usual;
    }

    private Approach checked(Approach reached, ClientRequest from) {
        Approach checked = reached.checked(from);
        if (checked.drops(from)) {
            metrics.dropped(Loss.SAMPLING.label());
        }
        return checked;
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

    private Route route(
            ClientRequest from, GatewayKey by, Needs needs, Resolution resolution, ProviderRegistry offers) {
        switch (resolution.kind()) {
            case FOUND -> {
                return routing.direct(
                        by, offers.routes(from.form()), resolution, from.face().protocol());
            }
            case AUTO -> {
                if (from.operation() == Operation.EMBEDDINGS) {
                    throw new GatewayException(new InvalidModel("auto chooses among models that make text"));
                }
                if (!offers.auto()) {
                    throw new GatewayException(new AutoRoutingOff());
                }
                return routing.auto(by, offers, resolution, from, needs);
            }
            case AMBIGUOUS -> throw new GatewayException(new AmbiguousModel(modelName(from.chat()), resolution.ids()));
            case NOT_CONFIGURED ->
                throw new GatewayException(
                        new RoutingNotConfigured(offers.hint(resolution.providers()), resolution.ids()));
            default -> throw new GatewayException(new UnknownModel(modelName(from.chat()), resolution.ids()));
        }
    }

    private static void checkOutput(Model served, Operation operation) {
        if (!served.chats() && operation != Operation.EMBEDDINGS) {
            throw new GatewayException(new InvalidModel(served.id()
                    + (served.embeds() ? " makes embeddings: post to /embeddings" : " does not make text")));
        }
    }

    private static void checkNeeds(Needs needs, Model served) {
        if (needs.images() && !served.input().contains(Modality.IMAGE)) {
            throw new GatewayException(new ImagesUnsupported(served.id()));
        }
        if (needs.audio() && !served.input().contains(Modality.AUDIO)) {
            throw new GatewayException(new AudioUnsupported(served.id()));
        }
    }

    /** The models on offer when the request was planned. */
    Catalog catalog() {
        return registry().catalog();
    }

    private ProviderRegistry registry() {
        ProviderRegistry planned = registry;
        if (planned == null) {
            throw new IllegalStateException("nothing planned");
        }
        return planned;
    }

    /** The model as the client named it; null if it named none. */
    @Nullable
    String requestedModel() {
        return requestedModel;
    }

    /** The first model's public id; null while undecided. */
    @Nullable
    String modelId() {
        return model == null ? null : model.id();
    }

    /** Why that one; null while undecided. */
    @Nullable
    String receipt() {
        return receipt;
    }

    /** How the first offer is asked; null while undecided. */
    @Nullable
    Approach approach() {
        return approach;
    }
}
