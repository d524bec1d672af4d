package io.penstock.server.face.openrouter;

import io.penstock.catalog.DataPolicy;
import io.penstock.catalog.Modality;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.money.Nanos;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a request for the model listing asks for, by OpenRouter's names. What is not known, or makes no sense, is as if it had
 * not been said: a listing is never refused.
 */
final class ModelQuery {
    private static final int LIMIT_MAX = 1_000;

    private static final Comparator<Model> BY_PRICE = Comparator.comparingLong(
            model -> model.price().input() / 2 + model.price().output() / 2);

    private final Map<String, String> asked = new HashMap<>();
    private final List<String> parameters;
    private final List<String> input;
    private final List<String> output;
    private final List<String> authors;
    private final List<String> providers;

    /** Reads the text behind the {@code ?}; empty if there is none. */
    ModelQuery(String query) {
        for (String part : query.split("&", -1)) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                asked.put(part.substring(0, equals), decoded(part.substring(equals + 1)));
            }
        }
        parameters = list("supported_parameters");
        input = list("input_modalities");
        List<String> makes = list("output_modalities");
        output = makes.isEmpty() ? List.of("text") : makes;
        authors = list("model_authors");
        providers = list("providers");
    }

    private static String decoded(String value) {
        try {
            return URLDecoder.decode(value, StandardCharsets.UTF_8).strip();
        } catch (IllegalArgumentException badEscape) {
            return value;
        }
    }

    private List<String> list(String name) {
        return Arrays.stream(
                        asked.getOrDefault(name, "").toLowerCase(Locale.ROOT).split(",", -1))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .toList();
    }

    /** Whether the model is among those asked for. One without an offer has no price, and none that is asked for. */
    boolean fits(Model model) {
        String words = asked.getOrDefault("q", "").toLowerCase(Locale.ROOT);
        return (model.id() + ' ' + model.name()).toLowerCase(Locale.ROOT).contains(words)
                && model.parameters().containsAll(parameters)
                && labels(model.input()).containsAll(input)
                && (output.contains("all") || labels(model.output()).stream().anyMatch(output::contains))
                && (authors.isEmpty() || authors.contains(model.author()))
                && model.context() >= number("context", 0)
                && (offered(model) || !offerAsked());
    }

    private boolean offerAsked() {
        return !providers.isEmpty() || zdr() || nanos("min_price") != null || nanos("max_price") != null;
    }

    private boolean zdr() {
        return "true".equals(asked.get("zdr"));
    }

    private boolean offered(Model model) {
        Long least = nanos("min_price");
        Long most = nanos("max_price");
        for (Offer offer : model.offers()) {
            long price = offer.price().input();
            if ((providers.isEmpty() || providers.contains(offer.provider().toLowerCase(Locale.ROOT)))
                    && (!zdr() || offer.dataPolicy() == DataPolicy.ZDR)
                    && (least == null || price >= least)
                    && (most == null || price <= most)) {
                return true;
            }
        }
        return false;
    }

    private static List<String> labels(Iterable<Modality> modalities) {
        List<String> labels = new ArrayList<>();
        modalities.forEach(modality -> labels.add(modality.label()));
        return labels;
    }

    /** The order asked for; null for the catalog's. */
    @Nullable
    Comparator<Model> order() {
        return switch (asked.getOrDefault("sort", "")) {
            case "pricing-low-to-high" -> BY_PRICE;
            case "pricing-high-to-low" -> BY_PRICE.reversed();
            case "context-high-to-low" ->
                Comparator.comparingInt(Model::context).reversed();
            case "newest" -> Comparator.comparingLong(Model::created).reversed();
            case "intelligence-high-to-low" ->
                Comparator.comparingInt(Model::quality).reversed();
            default -> null;
        };
    }

    int offset() {
        return (int) Math.min(Integer.MAX_VALUE, number("offset", 0));
    }

    /** How many at most; all unless a limit or an offset is asked for. */
    int limit() {
        boolean paged = asked.containsKey("limit") || asked.containsKey("offset");
        return paged ? (int) Math.max(1, Math.min(LIMIT_MAX, number("limit", LIMIT_MAX))) : Integer.MAX_VALUE;
    }

    private long number(String name, long otherwise) {
        String digits = asked.getOrDefault(name, "");
        return digits.matches("[0-9]{1,18}") ? Long.parseLong(digits) : otherwise;
    }

    /** USD per million tokens, in nano-USD. */
    private @Nullable Long nanos(String name) {
        String usd = asked.get(name);
        try {
            return usd == null || !usd.matches("[0-9]{1,9}(\\.[0-9]{1,9})?") ? null : Nanos.parseUsd(usd);
        } catch (ArithmeticException tooLarge) {
            return null;
        }
    }
}
