package io.penstock.catalog;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The models that can be asked for, and which of them the configured providers serve. Immutable, replaced whole; safe from
 * any thread.
 */
public final class Catalog {
    private static final String FREE = ":free";

    private final Map<String, Model> known; // as declared, with the offers of every provider
    private final Map<String, String> builtInAliases;
    private final Map<String, String> aliases;
    private final Map<String, Surcharges> surcharges; // by provider
    private final Map<String, String> defaultTags; // by provider
    private final @Nullable Set<String> configured; // null: every provider counts as configured
    private final Map<String, Model> reachable = new LinkedHashMap<>();
    private final List<Model> models;
    private final ModelNames spellings;

    private Catalog(Builder builder) {
        this.known = new LinkedHashMap<>(builder.models);
        this.builtInAliases = Map.copyOf(builder.builtInAliases);
        this.aliases = new LinkedHashMap<>(builder.aliases);
        this.surcharges = Map.copyOf(builder.surcharges);
        this.defaultTags = Map.copyOf(builder.defaultTags);
        this.configured = builder.configured == null ? null : Set.copyOf(builder.configured);
        Map<String, Model> freeVariants = new LinkedHashMap<>();
        for (Model model : known.values()) {
            split(model, freeVariants);
        }
        this.models = List.copyOf(reachable.values());
        this.spellings = new ModelNames(
                known, reachable, freeVariants, new ModelNames.Rules(configured, builtInAliases, aliases, defaultTags));
    }

    /** The free endpoints of a model become a model of their own, {@code …:free}; they never serve a paid request. */
    private void split(Model model, Map<String, Model> freeVariants) {
        List<Offer> sold = new ArrayList<>();
        List<Offer> free = new ArrayList<>();
        boolean variant = false;
        for (Offer offer : model.offers()) {
            if (configured != null && !configured.contains(offer.provider())) {
                continue;
            }
            if (!offer.free()) {
                sold.add(offer);
            }
            if (offer.free() || offer.price().free()) {
                free.add(offer);
                variant |= offer.free();
            }
        }
        if (!sold.isEmpty()) {
            reachable.put(model.id(), model.with(model.id(), model.name(), sold));
        }
        if (!free.isEmpty() && !model.id().endsWith(FREE)) {
            Model freeModel = model.with(model.id() + FREE, model.name() + " (free)", free);
            freeVariants.put(model.id(), freeModel);
            if (variant) {
                reachable.put(freeModel.id(), freeModel);
            }
        }
    }

    /**
     * The catalog that ships with the jar, every provider counted as configured. Reads the file at each call; keep it.
     *
     * @throws IllegalStateException if the file is missing or wrong, which a test rules out
     */
    public static Catalog builtIn() {
        return CatalogReader.readBuiltIn().build();
    }

    /** An empty catalog to fill. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that begins with all of this catalog, the offers of providers that are not configured included. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.models.putAll(known);
        builder.builtInAliases.putAll(builtInAliases);
        builder.aliases.putAll(aliases);
        builder.surcharges.putAll(surcharges);
        builder.defaultTags.putAll(defaultTags);
        builder.configured = configured;
        return builder;
    }

    /** The same catalog when only these providers, by id, are configured. */
    public Catalog restrictedTo(Collection<String> providers) {
        return toBuilder().configured(providers).build();
    }

    /** What configured providers serve, each with their offers alone, in the catalog's order. */
    public List<Model> models() {
        return models;
    }

    /** The model that configured providers serve under exactly that id. For what clients type see {@link #resolve}. */
    public Optional<Model> model(String id) {
        return Optional.ofNullable(reachable.get(id));
    }

    /** Every declared model with the offers of every provider, configured or not. */
    public Collection<Model> known() {
        return List.copyOf(known.values());
    }

    /** The configured aliases and those of the built-in catalog, name to model id, the configured ones winning. */
    public Map<String, String> aliases() {
        Map<String, String> all = new LinkedHashMap<>(builtInAliases);
        all.putAll(aliases);
        return all;
    }

    /** What a provider takes beside its models' prices. */
    public Surcharges surcharges(String provider) {
        return surcharges.getOrDefault(provider, Surcharges.NONE);
    }

    /** The models that the owner's aliases hide, alias to id: that id is spelled as the alias, and another model is meant. */
    public Map<String, String> hidden() {
        Map<String, String> hidden = new LinkedHashMap<>();
        for (String alias : aliases.keySet()) {
            for (String id : known.keySet()) {
                if (ModelNames.loosened(id).equals(ModelNames.loosened(alias)) && !means(alias, id)) {
                    hidden.put(alias, id);
                }
            }
        }
        return hidden;
    }

    private boolean means(String alias, String id) {
        Model meant = resolve(alias).model();
        return meant != null && meant.id().equals(id);
    }

    /**
     * Finds what a client means by a model name: the id, its spellings with dashes for dots or with an upstream's date, a
     * bare name that is unique, an alias, a provider's own name for it; with a client's prefix ({@code penstock/},
     * {@code gaterouter/}, {@code gateai/}, {@code openrouter/}) in front and a suffix ({@code :free}, {@code :nitro},
     * {@code :floor}) behind. Something that is in the catalog as it stands always wins over a prefix or suffix.
     *
     * <p>Never throws. Takes one hash lookup and no allocation for the listed spellings; an unknown name is compared with
     * every id.
     */
    public Resolution resolve(String requested) {
        return spellings.resolve(requested);
    }

    /** A model's name without the prefixes that {@link #resolve} drops. */
    public static String withoutClientPrefix(String requested) {
        return ModelNames.withoutPrefixes(requested.strip());
    }

    /** Collects models, offers and aliases; not for use by several threads. */
    public static final class Builder {
        private final Map<String, Model> models = new LinkedHashMap<>();
        private final Map<String, String> builtInAliases = new LinkedHashMap<>();
        private final Map<String, String> aliases = new LinkedHashMap<>();
        private final Map<String, Surcharges> surcharges = new LinkedHashMap<>();
        private final Map<String, String> defaultTags = new LinkedHashMap<>();
        private @Nullable Set<String> configured;

        private Builder() {}

        /** Adds a model, or replaces the one of the same id in its place. */
        public Builder model(Model model) {
            models.put(model.id(), model);
            return this;
        }

        /** The model declared under that id so far. */
        public Optional<Model> model(String id) {
            return Optional.ofNullable(models.get(id));
        }

        /**
         * Adds a way to serve a known model, tried after those it has; or replaces the same provider's way, which keeps its
         * place. This is how the owner overrides a price or a limit.
         *
         * @throws IllegalArgumentException if the model is not known
         */
        public Builder offer(String modelId, Offer offer) {
            Model model = models.get(modelId);
            if (model == null) {
                throw new IllegalArgumentException("model: " + modelId + " (expected: one that the catalog has)");
            }
            List<Offer> offers = new ArrayList<>(model.offers());
            int place = -1;
            for (int i = 0; i < offers.size(); i++) {
                Offer old = offers.get(i);
                if (old.provider().equals(offer.provider()) && old.free() == offer.free()) {
                    place = i;
                }
            }
            if (place >= 0) {
                offers.set(place, offer);
            } else {
                offers.add(offer);
            }
            models.put(modelId, model.toBuilder().offers(offers).build());
            return this;
        }

        /** A name of the owner's for a model, or for {@code auto}; it wins even over an id of the same spelling. */
        public Builder alias(String name, String target) {
            aliases.put(name, target);
            return this;
        }

        /** What a provider takes beside its models' prices, instead of what was known. */
        public Builder surcharges(String provider, Surcharges known) {
            surcharges.put(provider, known);
            return this;
        }

        /** What that provider's names have behind their colon where a client leaves it out; never empty. */
        public Builder defaultTag(String provider, String tag) {
            defaultTags.put(provider, tag);
            return this;
        }

        Builder builtInAlias(String name, String target) {
            builtInAliases.put(name, target);
            return this;
        }

        /** Only these providers, by id in any case, are configured. Without this call all are. */
        public Builder configured(Collection<String> providers) {
            Set<String> ids = new LinkedHashSet<>();
            for (String provider : providers) {
                ids.add(provider.toLowerCase(Locale.ROOT));
            }
            configured = ids;
            return this;
        }

        /** The catalog as collected so far; the builder may go on afterwards. */
        public Catalog build() {
            return new Catalog(this);
        }
    }
}
