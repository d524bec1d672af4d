package io.penstock.server.config;

import io.penstock.catalog.Modality;
import io.penstock.protocol.Protocol;
import io.penstock.server.config.PriceConfig.Tier;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the providers of the file, their models and prices. */
final class ProviderBinder {
    private static final String TOKEN_PRICE = "USD per million tokens, 0 if free";

    private final Problems problems;
    private final Map<String, String> known;
    private final Set<String> configured = new HashSet<>();

    /** {@code known} has the providers that need no base URL, and the variable of their credential, empty if none. */
    ProviderBinder(Problems problems, Map<String, String> known) {
        this.problems = problems;
        this.known = known;
    }

    void bind(Fields providers, String name, ConfigBuilder builder) {
        configured.add(name);
        int before = problems.count();
        Fields fields = providers.fields(name);
        try {
            Checks.providerName("", name);
        } catch (Unfit unfit) {
            fields.problem(unfit);
        }
        ProviderConfig.Builder provider = ProviderConfig.builder(name).origin(problems.place(fields.line()));
        List<URI> urls = new ArrayList<>();
        for (Protocol protocol : Protocol.values()) {
            URI url = fields.value(protocol.label(), BaseUrl::parse);
            if (url != null) {
                urls.add(url);
                provider.baseUrl(protocol, url);
                warnAbout(fields, protocol, url);
            }
        }
        boolean credentials = credentials(fields, provider);
        headers(fields.fields("headers"), provider);
        boolean models = models(fields, provider);
        fields.end();
        if (problems.count() > before) {
            return; // what seems to be missing may be there, misspelt
        }
        if (urls.isEmpty() && !known.containsKey(name)) {
            String near = Text.nearest(name, known.keySet());
            problems.at(
                    fields.line(),
                    fields.path(),
                    "unknown provider without a base URL ("
                            + (near == null
                                    ? "expected: openai, anthropic or responses"
                                    : "did you mean \"" + near + "\"?")
                            + ")");
            return;
        }
        if (!credentials && !needsNone(name, urls)) {
            String variable = known.getOrDefault(name, "");
            problems.at(
                    fields.line(),
                    fields.path(),
                    "no credential (expected: "
                            + (variable.isEmpty()
                                    ? ProviderConfig.NO_CREDENTIAL
                                    : "api_key, such as \"${" + variable + "}\"")
                            + ")");
            return;
        }
        if (!models && !known.containsKey(name)) {
            problems.warn(fields.line(), fields.path(), "no models, so nothing is sent there");
        }
        builder.provider(provider.build());
    }

    /** Whether the file names this provider, rightly or not: then its variable does not count. */
    boolean configured(String name) {
        return configured.contains(name);
    }

    /** A known provider without a variable, or a server on this machine. */
    private boolean needsNone(String name, List<URI> urls) {
        for (URI url : urls) {
            if (!BaseUrl.isLoopback(url)) {
                return false;
            }
        }
        return !urls.isEmpty() || known.getOrDefault(name, "-").isEmpty();
    }

    private void warnAbout(Fields fields, Protocol protocol, URI url) {
        int line = fields.line(protocol.label());
        String path = fields.path(protocol.label());
        if (BaseUrl.isPlain(url) && !BaseUrl.isLoopback(url)) {
            problems.warn(line, path, "http to " + url.getHost() + " shows prompts and credentials to the network");
        }
        if (protocol == Protocol.ANTHROPIC && url.getRawPath().endsWith("/v1")) {
            problems.warn(line, path, "requests go to " + url + "/v1/messages (is the /v1 too much?)");
        }
    }

    /** Whether there is one. */
    private boolean credentials(Fields fields, ProviderConfig.Builder provider) {
        String single = fields.value("api_key", Checks::credential);
        if (single != null) {
            provider.apiKey(single);
        }
        List<Fields> several = fields.list("api_keys");
        if (single != null && !several.isEmpty()) {
            fields.problem("api_keys", "given beside api_key (expected: one of the two)");
        }
        for (Fields item : several) {
            int before = problems.count();
            String key = item.value("key", Checks::credential);
            int weight = item.number("weight", 1, ProviderConfig.WEIGHT_MAX, 1);
            item.end();
            if (key != null) {
                provider.apiKey(key, weight);
            } else if (problems.count() == before) {
                item.missing("key", "a credential");
            }
        }
        return single != null || !several.isEmpty();
    }

    private static void headers(Fields headers, ProviderConfig.Builder provider) {
        Set<String> seen = new HashSet<>();
        for (String name : headers.names()) {
            String value = headers.value(name, Checks::headerValue);
            if (!headers.fits(name, Checks::headerName)) {
                continue;
            }
            if (!seen.add(name.toLowerCase(Locale.ROOT))) {
                headers.problem(name, "given twice, in other letters");
            } else if (value != null) {
                provider.header(name, value);
            }
        }
    }

    private boolean models(Fields fields, ProviderConfig.Builder provider) {
        Map<String, String> ids = new HashMap<>();
        for (Fields item : fields.list("models")) {
            int before = problems.count();
            ModelConfig model = model(item);
            if (model == null || problems.count() > before) {
                continue;
            }
            String first = ids.putIfAbsent(model.id(), item.path());
            if (first != null) {
                item.problem("id", "the same as in " + first + " (expected: another id)");
            } else {
                provider.model(model);
            }
        }
        return !ids.isEmpty();
    }

    private @Nullable ModelConfig model(Fields item) {
        int before = problems.count();
        String id = item.value("id", Checks::modelId);
        String nativeId = item.value("native", Checks::modelId);
        int context = item.number("context", 1, ModelConfig.TOKENS_MAX, 0);
        int maxOutput = item.number("max_output", 1, ModelConfig.TOKENS_MAX, 0);
        PriceConfig price = item.asks("price") ? price(item.fields("price")) : null;
        List<Modality> input = item.values("input", Words::modality);
        boolean tools = item.flag("tools", true);
        boolean reasoning = item.flag("reasoning", false);
        boolean structuredOutput = item.flag("structured_output", false);
        item.end();
        if (id == null) {
            if (problems.count() == before) {
                item.missing("id", "a model id");
            }
            return null;
        }
        ModelConfig.Builder model = ModelConfig.builder(id)
                .context(context)
                .maxOutput(maxOutput)
                .price(price)
                .tools(tools)
                .reasoning(reasoning)
                .structuredOutput(structuredOutput);
        if (nativeId != null) {
            model.nativeId(nativeId);
        }
        if (!input.isEmpty()) {
            model.input(EnumSet.copyOf(input));
        }
        return model.build();
    }

    private @Nullable PriceConfig price(Fields price) {
        int before = problems.count();
        Long input = price.value("input", Checks::usd);
        Long output = price.value("output", Checks::usd);
        Long cacheRead = price.value("cache_read", Checks::usd);
        Long cacheWrite = price.value("cache_write", Checks::usd);
        Long cacheWrite1h = price.value("cache_write_1h", Checks::usd);
        long image = price.value("image", Checks::usd, 0L);
        long request = price.value("request", Checks::usd, 0L);
        List<Tier> tiers = new ArrayList<>();
        for (Fields item : price.list("tiers")) {
            Tier tier = tier(item);
            if (tier == null) {
                continue;
            }
            if (!tiers.isEmpty() && tier.above() <= tiers.get(tiers.size() - 1).above()) {
                item.problem("above", tier.above() + " (expected: more than in the tier before)");
            }
            tiers.add(tier);
        }
        price.end();
        if (!complete(price, before, input, output) || input == null || output == null) {
            return null;
        }
        long write = orElse(cacheWrite, input);
        return new PriceConfig(
                input, output, orElse(cacheRead, input), write, orElse(cacheWrite1h, write), image, request, tiers);
    }

    private @Nullable Tier tier(Fields tier) {
        int before = problems.count();
        int above = tier.number("above", 1, ModelConfig.TOKENS_MAX, 0);
        Long input = tier.value("input", Checks::usd);
        Long output = tier.value("output", Checks::usd);
        Long cacheRead = tier.value("cache_read", Checks::usd);
        Long cacheWrite = tier.value("cache_write", Checks::usd);
        Long cacheWrite1h = tier.value("cache_write_1h", Checks::usd);
        tier.end();
        if (above == 0 && problems.count() == before) {
            tier.missing("above", "a number of tokens");
        }
        if (!complete(tier, before, input, output) || input == null || output == null) {
            return null;
        }
        long write = orElse(cacheWrite, input);
        return new Tier(above, input, output, orElse(cacheRead, input), write, orElse(cacheWrite1h, write));
    }

    /** Reports what is missing, unless there is something else to put right first. */
    private boolean complete(Fields price, int before, @Nullable Long input, @Nullable Long output) {
        if (problems.count() > before) {
            return false;
        }
        if (input == null) {
            price.missing("input", TOKEN_PRICE);
        }
        if (output == null) {
            price.missing("output", TOKEN_PRICE);
        }
        return problems.count() == before;
    }

    private static long orElse(@Nullable Long value, long fallback) {
        return value == null ? fallback : value;
    }
}
