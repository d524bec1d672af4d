package io.penstock.server.face.openrouter;

import io.penstock.catalog.Catalog;
import io.penstock.catalog.Modality;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.catalog.Price;
import io.penstock.catalog.Rates;
import io.penstock.catalog.Tier;
import io.penstock.money.Nanos;
import io.penstock.protocol.JsonText;
import io.penstock.server.face.openai.OpenAiFace;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes {@code GET /api/v1/models} (OPENROUTER section 7), with every key that the schemas of OpenRouter's SDK demand. Prices
 * are strings in USD per token, or per image and request. Static; safe from any thread.
 */
final class ModelListing {
    private static final String PATH = "/api/v1/models";
    private static final String AUTO = "openrouter/auto";

    private ModelListing() {}

    /** All that chat can reach. */
    static byte[] write(Catalog catalog, boolean auto) {
        return write(catalog, auto, "");
    }

    /** What the query (the text behind the {@code ?}) asks for; {@code openrouter/auto} first while automatic routing is on. */
    static byte[] write(Catalog catalog, boolean auto, String query) {
        ModelQuery asked = new ModelQuery(query);
        List<Model> found = new ArrayList<>();
        for (Model model : catalog.models()) {
            if (asked.fits(model)) {
                found.add(model);
            }
        }
        Comparator<Model> order = asked.order();
        if (order != null) {
            found.sort(order);
        }
        Model any = auto ? auto(catalog) : null;
        if (any != null && asked.fits(any)) {
            found.add(0, any);
        }
        int from = Math.min(asked.offset(), found.size());
        int to = (int) Math.min(found.size(), (long) from + asked.limit());
        StringBuilder out = new StringBuilder(1024 * (to - from + 1)).append("{\"data\":[");
        for (int i = from; i < to; i++) {
            entry(i == from ? out : out.append(','), found.get(i));
        }
        out.append("],\"total_count\":").append(found.size()).append(",\"links\":{\"next\":");
        JsonText.quoteOrNull(out, to < found.size() ? next(query, to) : null);
        return out.append("}}").toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String next(String query, int offset) {
        StringBuilder next = new StringBuilder(PATH).append('?');
        for (String part : query.split("&", -1)) {
            if (!part.isEmpty() && !part.startsWith("offset=")) {
                next.append(part).append('&');
            }
        }
        return next.append("offset=").append(offset).toString();
    }

    /** What automatic routing can do: whatever one of the models can. Null if there is none to choose from. */
    private static @Nullable Model auto(Catalog catalog) {
        int context = 0;
        int maxOutput = 0;
        boolean reasoning = false;
        Set<Modality> input = EnumSet.noneOf(Modality.class);
        Set<String> parameters = new LinkedHashSet<>();
        for (Model model : catalog.models()) {
            if (model.chats()) {
                context = Math.max(context, model.context());
                maxOutput = Math.max(maxOutput, model.maxOutput());
                reasoning |= model.reasoning();
                input.addAll(model.input());
                parameters.addAll(model.parameters());
            }
        }
        return context == 0
                ? null
                : Model.builder(AUTO)
                        .name("Auto Router")
                        .limits(context, maxOutput)
                        .input(input)
                        .reasoning(reasoning)
                        .parameters(List.copyOf(parameters))
                        .build();
    }

    private static void entry(StringBuilder out, Model model) {
        JsonText.quote(out.append("{\"id\":"), model.id());
        JsonText.quote(out.append(",\"canonical_slug\":"), withoutVariant(model.id()));
        JsonText.quote(out.append(",\"name\":"), model.name());
        out.append(",\"created\":").append(model.created());
        JsonText.quote(out.append(",\"description\":"), description(model));
        out.append(",\"context_length\":").append(model.context());
        out.append(",\"hugging_face_id\":null,\"knowledge_cutoff\":null,\"expiration_date\":null,\"architecture\":{");
        out.append("\"modality\":\"").append(join(model.input(), "+")).append("->");
        out.append(join(model.output(), "+")).append("\",\"input_modalities\":[\"");
        out.append(join(model.input(), "\",\"")).append("\"],\"output_modalities\":[\"");
        out.append(join(model.output(), "\",\"")).append("\"],\"tokenizer\":\"").append(family(model));
        out.append("\",\"instruct_type\":null},\"pricing\":");
        pricing(out, model);
        top(out.append(",\"top_provider\":"), model);
        out.append(",\"per_request_limits\":null,\"default_parameters\":null,\"supported_parameters\":");
        JsonText.array(out, model.parameters()).append(",\"supported_voices\":null");
        if (model.reasoning()) {
            out.append(",\"reasoning\":{\"supported_efforts\":null,\"default_effort\":null,\"mandatory\":false}");
        }
        JsonText.quote(out.append(",\"links\":{\"details\":"), PATH + '/' + model.id() + "/endpoints");
        out.append("}}");
    }

    private static String withoutVariant(String id) {
        int colon = id.indexOf(':');
        return colon < 0 ? id : id.substring(0, colon);
    }

    private static String description(Model model) {
        if (model.id().equals(AUTO)) {
            return "Chooses a model for each request by its task, price and latency.";
        }
        Set<String> providers = new LinkedHashSet<>();
        model.offers().forEach(offer -> providers.add(offer.provider()));
        return "Served by " + String.join(", ", providers) + '.';
    }

    /** In the order of the enum: a set's own would differ from start to start. */
    private static String join(Set<Modality> modalities, String between) {
        StringBuilder out = new StringBuilder();
        for (Modality modality : Modality.values()) {
            if (modalities.contains(modality)) {
                out.append(out.length() == 0 ? "" : between).append(modality.label());
            }
        }
        return out.toString();
    }

    /** OpenRouter's name for the family of tokenizers. */
    private static String family(Model model) {
        String slug = model.slug();
        return switch (model.author()) {
            case "openrouter" -> model.id().equals(AUTO) ? "Router" : "Other";
            case "openai" -> "GPT";
            case "anthropic" -> "Claude";
            case "google" -> slug.startsWith("gemma") ? "Gemma" : "Gemini";
            case "x-ai" -> "Grok";
            case "deepseek" -> "DeepSeek";
            case "mistralai" -> "Mistral";
            case "cohere" -> "Cohere";
            case "amazon" -> "Nova";
            case "qwen" -> slug.startsWith("qwen3") ? "Qwen3" : "Qwen";
            case "meta-llama" ->
                slug.startsWith("llama-4") ? "Llama4" : slug.startsWith("llama-3") ? "Llama3" : "Other";
            default -> "Other";
        };
    }

    /** {@code "-1"} is OpenRouter's price for what depends on the model that is chosen. */
    private static void pricing(StringBuilder out, Model model) {
        if (model.id().equals(AUTO)) {
            out.append("{\"prompt\":\"-1\",\"completion\":\"-1\"}");
            return;
        }
        Price price = model.price();
        rates(out.append('{'), price.rates());
        out.append(",\"request\":\"").append(Nanos.shortest(price.request()));
        out.append("\",\"image\":\"").append(Nanos.shortest(price.image()));
        out.append("\",\"web_search\":\"0\",\"internal_reasoning\":\"0\"");
        String before = ",\"overrides\":[";
        for (Tier tier : price.tiers()) {
            out.append(before)
                    .append("{\"min_prompt_tokens\":")
                    .append(tier.above())
                    .append(',');
            rates(out, tier.rates());
            out.append('}');
            before = ",";
        }
        out.append(price.tiers().isEmpty() ? "}" : "]}");
    }

    private static void rates(StringBuilder out, Rates rates) {
        out.append("\"prompt\":\"").append(OpenAiFace.perToken(rates.input()));
        out.append("\",\"completion\":\"").append(OpenAiFace.perToken(rates.output()));
        out.append("\",\"input_cache_read\":\"").append(OpenAiFace.perToken(rates.cacheRead()));
        out.append("\",\"input_cache_write\":\"").append(OpenAiFace.perToken(rates.cacheWrite()));
        out.append("\",\"input_cache_write_1h\":\"")
                .append(OpenAiFace.perToken(rates.cacheWrite1h()))
                .append('"');
    }

    private static void top(StringBuilder out, Model model) {
        Offer first = model.offers().isEmpty() ? null : model.offers().get(0);
        out.append("{\"context_length\":").append(first == null ? model.context() : first.context());
        out.append(",\"max_completion_tokens\":").append(first == null ? model.maxOutput() : first.maxOutput());
        out.append(",\"is_moderated\":false}");
    }
}
