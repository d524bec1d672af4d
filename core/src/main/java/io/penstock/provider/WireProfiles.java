package io.penstock.provider;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.protocol.translate.Quirk;
import io.penstock.protocol.translate.WireProfile;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Who a translated request is written for: what the catalog knows of the model, and how its provider differs from the protocol
 * it speaks. Static; safe from any thread. {@code wire/provider} among the tests' resources has for each built-in provider what
 * is sent and what comes.
 */
final class WireProfiles {
    /** What holds for a vendor's models, whoever serves them. */
    private static final List<ModelRule> FAMILIES = BuiltInProviders.all().stream()
            .flatMap(provider -> provider.traits().family().stream())
            .toList();

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

    /** The recipient of a request for that offer, by a provider of these traits. */
    static WireProfile of(ProviderTraits traits, Model model, Offer offer) {
        EnumSet<Quirk> quirks = EnumSet.of(Quirk.THINKING_BUDGET);
        quirks.addAll(traits.quirks());
        Set<String> refused = new HashSet<>();
        String name = offer.nativeId().substring(offer.nativeId().lastIndexOf('/') + 1);
        apply(FAMILIES, model, name, quirks, refused);
        apply(traits.models(), model, name, quirks, refused);
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

    private static void apply(List<ModelRule> rules, Model model, String name, Set<Quirk> quirks, Set<String> refused) {
        for (ModelRule rule : rules) {
            if (rule.fits(model, name)) {
                quirks.addAll(rule.has());
                quirks.removeAll(rule.lacks());
                refused.addAll(rule.refuses());
            }
        }
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
