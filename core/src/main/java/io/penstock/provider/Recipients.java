package io.penstock.provider;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.protocol.translate.Quirk;
import io.penstock.protocol.translate.Recipient;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Who a translated request is written for: what the catalog knows of the model, and how its provider differs from the protocol
 * it speaks (PROVIDERS section 1; vendors' documentation, July 2026). Static; safe from any thread.
 */
public final class Recipients {
    /** Claude models that decide themselves how much they think; earlier ones take a budget. */
    private static final Pattern ADAPTIVE = Pattern.compile("claude-(opus|sonnet|haiku)-(4[.-][6-9]|[5-9]).*");

    /** Claude models that refuse {@code temperature} together with {@code top_p}. */
    private static final Pattern ONE_SAMPLING =
            Pattern.compile("claude-(opus-4[.-]1|(opus|sonnet|haiku)-(4[.-][5-9]|[5-9])).*");

    /** OpenAI models whose effort goes from {@code none} to {@code xhigh}. */
    private static final Pattern NONE_TO_XHIGH = Pattern.compile("gpt-5\\.[1-9].*");

    private static final Map<String, Set<Quirk>> BY_PROVIDER = Map.ofEntries(
            Map.entry("openai", Set.of(Quirk.DEVELOPER_ROLE)),
            Map.entry("deepseek", Set.of(Quirk.REASONING_CONTENT_BACK, Quirk.THINKING_TOGGLE, Quirk.MAX_TOKENS_ONLY)),
            Map.entry("moonshot", Set.of(Quirk.REASONING_CONTENT_BACK, Quirk.THINKING_TOGGLE)),
            Map.entry("zai", Set.of(Quirk.REASONING_CONTENT_BACK, Quirk.THINKING_TOGGLE, Quirk.MAX_TOKENS_ONLY)),
            Map.entry("minimax", Set.of(Quirk.REASONING_CONTENT_BACK, Quirk.THINK_TAGS)),
            Map.entry("gemini", Set.of(Quirk.THOUGHT_SIGNATURE)),
            Map.entry("mistral", Set.of(Quirk.NINE_LETTER_IDS, Quirk.KNOWN_FIELDS_ONLY, Quirk.MAX_TOKENS_ONLY)),
            Map.entry("together", Set.of(Quirk.MAX_TOKENS_ONLY)),
            Map.entry("groq", Set.of(Quirk.REASONING_FORMAT)),
            Map.entry("openrouter", Set.of(Quirk.OPENROUTER_FIELDS)),
            Map.entry("ollama", Set.of(Quirk.THINK_TAGS)),
            Map.entry("lmstudio", Set.of(Quirk.THINK_TAGS)),
            Map.entry("vllm", Set.of(Quirk.THINK_TAGS)),
            Map.entry("llamacpp", Set.of(Quirk.THINK_TAGS)));

    /** Of a provider that nobody described: what thinks in the open is given back what it thought, and tags are understood. */
    private static final Set<Quirk> UNKNOWN = Set.of(Quirk.REASONING_CONTENT_BACK, Quirk.THINK_TAGS);

    /** Parameters that say how tokens are drawn; what a model's list holds of them is what it takes. */
    private static final List<String> SAMPLING = List.of(
            "temperature",
            "top_p",
            "top_k",
            "seed",
            "frequency_penalty",
            "presence_penalty",
            "logit_bias",
            "logprobs",
            "top_logprobs",
            "stop",
            "verbosity");

    private Recipients() {}

    /** The recipient of a request for that offer. */
    public static Recipient of(Model model, Offer offer) {
        EnumSet<Quirk> quirks = EnumSet.noneOf(Quirk.class);
        quirks.addAll(
                BY_PROVIDER.getOrDefault(offer.provider(), knownOtherwise(offer.provider()) ? Set.of() : UNKNOWN));
        String id = offer.nativeId().substring(offer.nativeId().lastIndexOf('/') + 1);
        if (!ADAPTIVE.matcher(id).matches()) {
            quirks.add(Quirk.THINKING_BUDGET);
        }
        if (ONE_SAMPLING.matcher(id).matches()) {
            quirks.add(Quirk.ONE_SAMPLING_PARAMETER);
        }
        if (model.needsMaxCompletionTokens() && offer.provider().equals("openai")) {
            quirks.add(Quirk.REFUSES_SAMPLING);
        }
        if (NONE_TO_XHIGH.matcher(id).matches()) {
            quirks.add(Quirk.EFFORT_NONE_TO_XHIGH);
        }
        return new Recipient(
                offer.provider(),
                offer.nativeId(),
                offer.maxOutput(),
                model.reasoning(),
                model.structuredOutput(),
                model.needsMaxCompletionTokens(),
                parameters(model),
                quirks);
    }

    private static boolean knownOtherwise(String provider) {
        return provider.equals("anthropic") || provider.equals("xai") || provider.equals("fireworks");
    }

    /** All that the model takes, and of what its list cannot know (it names sampling only) everything. */
    private static Set<String> parameters(Model model) {
        Set<String> taken = new java.util.HashSet<>(model.parameters());
        taken.add("service_tier");
        if (model.parameters().stream().noneMatch(SAMPLING::contains)) {
            return Set.of();
        }
        return taken;
    }
}
