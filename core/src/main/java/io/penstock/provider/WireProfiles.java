package io.penstock.provider;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.protocol.translate.Quirk;
import io.penstock.protocol.translate.WireProfile;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Who a translated request is written for: what the catalog knows of the model, and how its provider differs from the protocol
 * it speaks. Static; safe from any thread. Where each row comes from (PROVIDERS section 1 of July 2026 unless another source
 * is named; what nobody read at the vendor's says so):
 *
 * <ul>
 *   <li>openai: {@code max_completion_tokens} (the catalog's), sampling that is refused; {@code developer} and the levels of
 *       effort as general knowledge has them
 *   <li>anthropic: adaptive thinking, effort up to {@code max}, one of two sampling parameters: CLIENTS section 6
 *       and general knowledge
 *   <li>deepseek: toggle, {@code reasoning_effort}, {@code reasoning_content} back after calls; the words of the effort from
 *       api-docs.deepseek.com/guides/thinking_mode. {@code max_tokens} alone: not verified
 *   <li>moonshot: toggle and {@code reasoning_content}; that Kimi from K2.5 refuses sampling parameters is what its clients
 *       document (AgentScope, November 2026), not read at the vendor's
 *   <li>zai: toggle and {@code reasoning_content}; docs.z.ai/guides/capabilities/thinking-mode. {@code max_tokens} alone: not
 *       verified
 *   <li>minimax: {@code <think>} in the content; that it must come back there: platform.minimax.io/docs/api-reference/text-openai-api
 *       (of M2.1)
 *   <li>gemini: {@code thought_signature} on calls
 *   <li>xai: what Grok 4 refuses: docs.x.ai/docs/guides/reasoning
 *   <li>mistral: ids of nine letters and strict fields (not verified); thinking as parts of the content as its AI SDK provider
 *       sends it back (3.0.52)
 *   <li>groq: {@code reasoning_format}. Which of its models refuse it is not verified
 *   <li>fireworks: {@code reasoning_content}: docs.fireworks.ai/guides/reasoning; that it is read in earlier turns:
 *       docs.fireworks.ai/fine-tuning/thinking-history
 *   <li>together: {@code max_tokens} alone, not verified; whether it wants its {@code reasoning} back is not known
 *   <li>openrouter: OPENROUTER sections 3 and 4
 *   <li>ollama, lmstudio, vllm, llamacpp: tags, for models that the server has no parser for (general knowledge). Whether
 *       they want thinking back is a matter of the model's template, and they do without it
 * </ul>
 *
 * <p>{@code wire/provider} among the tests' resources has for each what is sent and what comes.
 */
public final class WireProfiles {
    /** Claude models that decide themselves how much they think; earlier ones take a budget. */
    private static final Pattern ADAPTIVE = Pattern.compile("claude-(opus|sonnet|haiku)-(4[.-][6-9]|[5-9]).*");

    /** Claude models whose effort goes up to {@code max}. */
    private static final Pattern MAX_EFFORT = Pattern.compile("claude-opus-(4[.-][6-9]|[5-9]).*");

    /** Claude models that refuse {@code temperature} together with {@code top_p}. */
    private static final Pattern ONE_SAMPLING =
            Pattern.compile("claude-(opus-4[.-]1|(opus|sonnet|haiku)-(4[.-][5-9]|[5-9])).*");

    /** OpenAI models whose effort goes from {@code none} to {@code xhigh}. */
    private static final Pattern NONE_TO_XHIGH = Pattern.compile("gpt-5\\.[1-9].*");

    /** Grok models that think and refuse to be told how much; later ones are told. */
    private static final Pattern NO_EFFORT = Pattern.compile("grok-4(-[0-9]{4}|-latest|(-1)?-fast.*)?");

    /** Kimi models whose sampling is fixed. */
    private static final Pattern FIXED_SAMPLING = Pattern.compile("kimi-k(2[.-][5-9]|[3-9]).*");

    private static final Map<String, Set<Quirk>> BY_PROVIDER = Map.ofEntries(
            Map.entry("openai", Set.of(Quirk.DEVELOPER_ROLE)),
            Map.entry(
                    "deepseek",
                    Set.of(
                            Quirk.REASONING_CONTENT_BACK,
                            Quirk.THINKING_TOGGLE,
                            Quirk.EFFORT_BESIDE_TOGGLE,
                            Quirk.MAX_TOKENS_ONLY)),
            Map.entry("moonshot", Set.of(Quirk.REASONING_CONTENT_BACK, Quirk.THINKING_TOGGLE)),
            Map.entry("zai", Set.of(Quirk.REASONING_CONTENT_BACK, Quirk.THINKING_TOGGLE, Quirk.MAX_TOKENS_ONLY)),
            Map.entry("minimax", Set.of(Quirk.THINK_TAGS, Quirk.THINK_TAGS_BACK)),
            Map.entry("gemini", Set.of(Quirk.THOUGHT_SIGNATURE)),
            Map.entry("mistral", Set.of(Quirk.NINE_LETTER_IDS, Quirk.KNOWN_FIELDS_ONLY, Quirk.MAX_TOKENS_ONLY)),
            Map.entry("fireworks", Set.of(Quirk.REASONING_CONTENT_BACK)),
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

    private WireProfiles() {}

    /** The recipient of a request for that offer. */
    public static WireProfile of(Model model, Offer offer) {
        EnumSet<Quirk> quirks = EnumSet.noneOf(Quirk.class);
        quirks.addAll(
                BY_PROVIDER.getOrDefault(offer.provider(), knownOtherwise(offer.provider()) ? Set.of() : UNKNOWN));
        String id = offer.nativeId().substring(offer.nativeId().lastIndexOf('/') + 1);
        if (!ADAPTIVE.matcher(id).matches()) {
            quirks.add(Quirk.THINKING_BUDGET);
        }
        if (MAX_EFFORT.matcher(id).matches()) {
            quirks.add(Quirk.EFFORT_MAX);
        }
        if (ONE_SAMPLING.matcher(id).matches()) {
            quirks.add(Quirk.ONE_SAMPLING_PARAMETER);
        }
        if (model.needsMaxCompletionTokens() && offer.provider().equals("openai")) {
            quirks.add(Quirk.REFUSES_SAMPLING);
        }
        Set<String> refused = Set.of();
        if (offer.provider().equals("xai") && model.reasoning()) {
            refused = Set.of("stop", "presence_penalty", "frequency_penalty");
            if (NO_EFFORT.matcher(id).matches()) {
                quirks.add(Quirk.NO_EFFORT);
            }
        } else if (offer.provider().equals("moonshot")
                && FIXED_SAMPLING.matcher(id).matches()) {
            refused = Set.of("temperature", "top_p", "presence_penalty", "frequency_penalty");
        } else if (offer.provider().equals("mistral") && model.reasoning()) {
            quirks.add(Quirk.THINKING_PARTS_BACK);
        }
        if (!refused.isEmpty()) {
            quirks.add(Quirk.REFUSES_SAMPLING);
        }
        if (NONE_TO_XHIGH.matcher(id).matches()) {
            quirks.add(Quirk.EFFORT_NONE_TO_XHIGH);
        }
        return new WireProfile(
                offer.provider(),
                offer.nativeId(),
                offer.maxOutput(),
                model.reasoning(),
                model.structuredOutput(),
                model.needsMaxCompletionTokens(),
                parameters(model, refused),
                quirks);
    }

    private static boolean knownOtherwise(String provider) {
        return provider.equals("anthropic") || provider.equals("xai");
    }

    /** All that the model takes, and of what its list cannot know (it names sampling only) everything but what is refused. */
    private static Set<String> parameters(Model model, Set<String> refused) {
        Set<String> taken = new HashSet<>(model.parameters());
        taken.add("service_tier");
        if (model.parameters().stream().noneMatch(SAMPLING::contains)) {
            if (refused.isEmpty()) {
                return Set.of();
            }
            taken.addAll(SAMPLING);
        }
        taken.removeAll(refused);
        return taken;
    }
}
