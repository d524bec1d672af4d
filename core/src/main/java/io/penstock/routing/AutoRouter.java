package io.penstock.routing;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a model: what cannot serve the request is left out, the {@link Difficulty} and the preference's dial say what
 * quality is wanted, and the cheapest model that has it is taken (with {@link Preference#SPEED} the fastest). The next
 * two that would also do follow as fallbacks, then the best of the rest.
 *
 * <p>Nothing can override the filters: a model without what the request {@linkplain Needs needs}, or with too small a
 * context, is never chosen; nor is one that makes no text, or a free variant with its daily limit. A model that has not been
 * working lately is chosen only when no other would do.
 *
 * <p>Quality is the catalog's prior. A model without one counts as {@value #UNKNOWN_QUALITY}, and one that costs nothing as
 * costing a little, so that neither a stale nor a missing number wins or loses everything.
 *
 * <p>A request that names a model is served as {@link DirectRouter} does.
 */
public final class AutoRouter implements Router {
    private static final int UNKNOWN_QUALITY = 40;
    private static final int MODELS_MAX = 4;
    private static final double LEAST_WANTED = 20; // dial 0, difficulty 0
    private static final double PER_DIAL = 6; // dial 10 wants 60 more
    private static final double PER_DIFFICULTY = 40;
    private static final double CONTEXT_USED = 0.95; // head-room: token counts are estimates
    private static final double LEAST_COST = 20_000_000d * Order.USUAL_OUTPUT_TOKENS; // 0.02 USD per million out

    private final DirectRouter direct = new DirectRouter();

    /** For {@code ServiceLoader}. */
    public AutoRouter() {}

    @Override
    public String name() {
        return "auto";
    }

    /** One model that could serve the request; numbers read once. */
    private record Choice(
            Model model, List<Offer> offers, boolean available, int quality, double cost, long latencyMicros) {
        static final Comparator<Choice> CHEAPEST =
                Comparator.comparingDouble(Choice::cost).thenComparingInt(choice -> -choice.quality());
        static final Comparator<Choice> FASTEST =
                Comparator.comparingLong(Choice::latencyMicros).thenComparing(CHEAPEST);
        static final Comparator<Choice> BEST =
                Comparator.<Choice>comparingInt(choice -> -choice.quality()).thenComparingDouble(Choice::cost);
    }

    @Override
    public Route route(RouteRequest request, Routes routes) {
        if (request.model() != null) {
            return direct.route(request, routes);
        }
        List<Choice> enough = new ArrayList<>();
        List<Choice> failing = new ArrayList<>(); // would do, but has not been working lately
        String missing = "models";
        for (Model model : routes.models()) {
            String lacks = request.needs().missing(model);
            if (lacks != null) {
                missing = lacks;
                continue;
            }
            Choice choice = choice(model, request, routes);
            if (choice != null) {
                (choice.available() ? enough : failing).add(choice);
            }
        }
        if (enough.isEmpty()) {
            enough = failing; // better to try than to refuse
        }
        Preference preference = request.preference();
        if (enough.isEmpty()) {
            return new Route(List.of(), "auto:" + preference.label() + ";none;missing=" + missing);
        }
        int best = 0;
        for (Choice choice : enough) {
            best = Math.max(best, choice.quality());
        }
        double difficulty = Difficulty.of(request.features());
        int wanted = (int) Math.min(best, LEAST_WANTED + PER_DIAL * preference.dial() + PER_DIFFICULTY * difficulty);
        int size = enough.size();
        List<Choice> rest = new ArrayList<>();
        for (int i = enough.size() - 1; i >= 0; i--) {
            if (enough.get(i).quality() < wanted) {
                rest.add(enough.remove(i));
            }
        }
        enough.sort(preference.speed() ? Choice.FASTEST : Choice.CHEAPEST);
        rest.sort(Choice.BEST);
        List<Candidate> candidates = new ArrayList<>();
        int models = 0;
        for (List<Choice> choices : List.of(enough, rest)) {
            for (Choice choice : choices) {
                if (models++ < MODELS_MAX) {
                    for (Offer offer : choice.offers()) {
                        candidates.add(new Candidate(choice.model(), offer));
                    }
                }
            }
        }
        return new Route(candidates, reason(preference, difficulty, wanted, enough.get(0), size));
    }

    private static @Nullable Choice choice(Model model, RouteRequest request, Routes routes) {
        if (!model.chats() || model.id().endsWith(":free")) {
            return null;
        }
        List<Offer> fitting = fitting(routes.offers(model), request);
        if (fitting.isEmpty()) {
            return null;
        }
        List<Offer> offers = Order.of(fitting, request, routes);
        Offer first = offers.get(0);
        double cost = Math.max(LEAST_COST, Order.roughCost(first.price(), request));
        return new Choice(
                model, offers, routes.available(first), quality(model), cost, Order.latencyMicros(first, routes));
    }

    private static int quality(Model model) {
        return model.quality() == 0 ? UNKNOWN_QUALITY : model.quality();
    }

    /** The given list itself when all of it fits, which is the usual case. */
    private static List<Offer> fitting(List<Offer> offers, RouteRequest request) {
        int count = 0;
        for (Offer offer : offers) {
            count += fits(offer, request) ? 1 : 0;
        }
        if (count == offers.size()) {
            return offers;
        }
        List<Offer> fitting = new ArrayList<>(count);
        for (Offer offer : offers) {
            if (fits(offer, request)) {
                fitting.add(offer);
            }
        }
        return fitting;
    }

    private static boolean fits(Offer offer, RouteRequest request) {
        return !offer.protocols().isEmpty()
                && (double) request.inputTokens() + request.maxOutputTokens() <= CONTEXT_USED * offer.context()
                && request.maxOutputTokens() <= offer.maxOutput();
    }

    private static String reason(Preference preference, double difficulty, int wanted, Choice chosen, int models) {
        long hundredths = Math.round(difficulty * 100);
        return "auto:" + preference.label() + ";difficulty=" + hundredths / 100 + (hundredths % 100 < 10 ? ".0" : ".")
                + hundredths % 100 + ";wanted=" + wanted + ";quality=" + chosen.quality() + ";of=" + models;
    }
}
