package io.penstock.server;

import io.penstock.catalog.Catalog;
import io.penstock.catalog.DataPolicy;
import io.penstock.catalog.Modality;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.catalog.Price;
import io.penstock.catalog.Rates;
import io.penstock.catalog.Tier;
import io.penstock.protocol.Protocol;
import io.penstock.provider.Endpoint;
import io.penstock.provider.Provider;
import io.penstock.provider.Providers;
import io.penstock.server.config.Config;
import io.penstock.server.config.ModelConfig;
import io.penstock.server.config.PriceConfig;
import io.penstock.server.config.ProviderConfig;
import io.penstock.server.config.Secret;
import io.penstock.server.upstream.Addresses;
import io.penstock.server.upstream.ProviderRegistry;
import io.penstock.server.upstream.Target;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Turns what is configured, and what was found on this machine, into what is on offer: providers, their targets, the
 * catalog with their models. Used at the start and whenever local servers come or go; by one thread at a time but for
 * {@link #targets(Provider)}.
 */
final class ProviderRegistryBuilder {
    private static final List<Target.Key> NO_CREDENTIAL = List.of(new Target.Key("", 1));
    private static final int CONTEXT_UNKNOWN = 32_768; // of a local model that does not tell; only routers look at it

    private final Config config;
    private final Providers known;
    private final Addresses addresses;
    private final String userAgent;
    private final Catalog builtIn = Catalog.builtIn();
    private final Map<String, Provider> configured = new LinkedHashMap<>();
    private final Map<Protocol, Map<String, Target>> targets = new EnumMap<>(Protocol.class);
    private final Map<Provider, Map<Protocol, Target>> found =
            new HashMap<>(); // of local servers, as many as are known

    ProviderRegistryBuilder(Config config, Providers known, Addresses addresses, String userAgent) {
        this.config = config;
        this.known = known;
        this.addresses = addresses;
        this.userAgent = userAgent;
        for (ProviderConfig provider : config.providers().values()) {
            add(provider);
        }
    }

    private void add(ProviderConfig from) {
        Provider provider = provider(from);
        configured.put(provider.id(), provider);
        List<Target.Key> keys = new ArrayList<>();
        for (ProviderConfig.Credential credential : from.credentials()) {
            keys.add(new Target.Key(credential.key().reveal(), credential.weight()));
        }
        if (keys.isEmpty()) {
            keys.addAll(NO_CREDENTIAL);
        }
        Map<String, String> headers = new LinkedHashMap<>();
        for (Map.Entry<String, Secret> header : from.headers().entrySet()) {
            headers.put(header.getKey(), header.getValue().reveal());
        }
        newTargets(provider, keys, headers).forEach((protocol, target) -> put(targets, protocol, target));
    }

    private static void put(Map<Protocol, Map<String, Target>> targets, Protocol protocol, Target target) {
        targets.computeIfAbsent(protocol, none -> new LinkedHashMap<>()).put(target.provider(), target);
    }

    private Provider provider(ProviderConfig from) {
        Optional<Provider> builtInOne = known.named(from.name());
        if (from.baseUrls().isEmpty()) {
            return builtInOne.orElseThrow(() ->
                    new IllegalArgumentException("providers." + from.name() + ": no base URL and not a known name"));
        }
        Provider own = null;
        for (Map.Entry<Protocol, URI> base : from.baseUrls().entrySet()) {
            String url = base.getValue().toString();
            Endpoint usual = builtInOne.map(p -> p.endpoint(base.getKey())).orElse(null);
            Endpoint endpoint = usual == null ? Endpoint.of(base.getKey(), url) : usual.at(url);
            own = own == null ? Provider.of(from.name(), endpoint) : own.with(endpoint);
        }
        if (own == null) {
            throw new IllegalStateException("no base URL");
        }
        return builtInOne
                .filter(known -> known.id().equals(from.name()))
                .map(own::like)
                .orElse(own);
    }

    /** Whether that provider is configured. */
    boolean configured(String provider) {
        return configured.containsKey(provider);
    }

    /** Whether anybody is configured. */
    boolean empty() {
        return configured.isEmpty();
    }

    /**
     * What is on offer.
     *
     * @param found providers that were found running, with their models; they ask for no credential
     */
    ProviderRegistry build(Collection<Local> found) {
        Catalog.Builder catalog = builtIn.toBuilder();
        for (ProviderConfig provider : config.providers().values()) {
            for (ModelConfig model : provider.models()) {
                declare(catalog, provider.name(), speaks(provider.name()), model);
            }
        }
        List<String> providers = new ArrayList<>(configured.keySet());
        Map<Protocol, Map<String, Target>> targetsNow = new EnumMap<>(Protocol.class);
        targets.forEach((protocol, byProvider) -> targetsNow.put(protocol, new LinkedHashMap<>(byProvider)));
        Providers all = known;
        for (Provider provider : configured.values()) {
            all = all.with(provider);
        }
        for (Local local : found) {
            all = all.with(local.provider());
            providers.add(local.provider().id());
            for (Map.Entry<Protocol, Target> target : local.targets().entrySet()) {
                put(targetsNow, target.getKey(), target.getValue());
            }
            for (LocalModel model : local.models()) {
                declare(catalog, local.provider().id(), local.provider().protocols(), model.can());
                if (model.embeds()) {
                    embeds(catalog, local.provider().id(), model.can());
                }
            }
        }
        config.aliases().forEach(catalog::alias);
        for (Provider provider : all.all()) {
            String tag = provider.traits().server().defaultTag();
            if (!tag.isEmpty()) {
                catalog.defaultTag(provider.id(), tag);
            }
        }
        Catalog built = catalog.configured(providers).build();
        List<Model> chat = new ArrayList<>();
        for (Model model : built.models()) {
            if (model.chats()) {
                chat.add(model);
            }
        }
        return new ProviderRegistry(new ProviderRegistry.Parts(
                built, all, config.routing().auto(), config.routing().prefer(), chat, targetsNow));
    }

    private Set<Protocol> speaks(String provider) {
        Provider it = configured.get(provider);
        return it == null ? Set.of() : it.protocols();
    }

    /** A model that is on offer because of that provider alone makes what the provider says. */
    private static void embeds(Catalog.Builder catalog, String provider, ModelConfig declared) {
        catalog.model(id(provider, declared))
                .filter(model -> model.offers().size() == 1)
                .ifPresent(model -> catalog.model(
                        model.toBuilder().output(Set.of(Modality.EMBEDDINGS)).build()));
    }

    private static String id(String provider, ModelConfig declared) {
        return declared.id().indexOf('/') >= 0 ? declared.id() : provider + "/" + declared.id();
    }

    /** Targets of a provider that asks for no credential: the same ones for the same provider, with what is known of them. */
    synchronized Map<Protocol, Target> targets(Provider provider) {
        return found.computeIfAbsent(provider, it -> newTargets(it, NO_CREDENTIAL, Map.of()));
    }

    private Map<Protocol, Target> newTargets(Provider provider, List<Target.Key> keys, Map<String, String> headers) {
        Map<Protocol, Target> targets = new LinkedHashMap<>();
        for (Protocol protocol : provider.protocols()) {
            Endpoint endpoint = provider.endpoint(protocol);
            if (endpoint != null) {
                targets.put(protocol, new Target(provider, endpoint, addresses.of(endpoint), keys, headers, userAgent));
            }
        }
        return targets;
    }

    /** Adds a declared model: {@code <provider>/<id>}, or, when the id holds a slash, one more offer of a public model. */
    private static void declare(
            Catalog.Builder catalog, String provider, Set<Protocol> protocols, ModelConfig declared) {
        String id = id(provider, declared);
        Optional<Model> existing = catalog.model(id);
        int context = declared.context() > 0
                ? declared.context()
                : existing.map(Model::context).orElse(CONTEXT_UNKNOWN);
        int maxOutput = declared.maxOutput() > 0
                ? declared.maxOutput()
                : existing.map(Model::maxOutput).orElse(context);
        Price price = declared.price() != null
                ? price(declared.price())
                : existing.flatMap(model -> offerOf(model, provider).map(Offer::price))
                        .orElse(Price.FREE);
        Offer offer = new Offer(
                provider, declared.nativeId(), price, context, maxOutput, protocols, false, DataPolicy.UNKNOWN);
        if (existing.isEmpty()) {
            catalog.model(Model.builder(id)
                    .limits(context, maxOutput)
                    .input(declared.input())
                    .tools(declared.tools())
                    .reasoning(declared.reasoning())
                    .structuredOutput(declared.structuredOutput())
                    .build());
        }
        catalog.offer(id, offer);
    }

    private static Optional<Offer> offerOf(Model model, String provider) {
        for (Offer offer : model.offers()) {
            if (offer.provider().equals(provider)) {
                return Optional.of(offer);
            }
        }
        return Optional.empty();
    }

    private static Price price(PriceConfig from) {
        List<Tier> tiers = new ArrayList<>();
        for (PriceConfig.Tier tier : from.tiers()) {
            tiers.add(new Tier(
                    tier.above(),
                    new Rates(
                            tier.inputNanos(),
                            tier.cacheReadNanos(),
                            tier.cacheWriteNanos(),
                            tier.cacheWrite1hNanos(),
                            tier.outputNanos())));
        }
        return new Price(
                new Rates(
                        from.inputNanos(),
                        from.cacheReadNanos(),
                        from.cacheWriteNanos(),
                        from.cacheWrite1hNanos(),
                        from.outputNanos()),
                tiers,
                from.imageNanos(),
                from.requestNanos(),
                0);
    }

    /**
     * A model server that was found running.
     *
     * @param models as it tells of them
     * @param why how it was found, for the start text
     */
    record Local(Provider provider, List<LocalModel> models, String why, Map<Protocol, Target> targets) {
        Local {
            models = List.copyOf(models);
            targets = Map.copyOf(targets);
        }
    }
}
