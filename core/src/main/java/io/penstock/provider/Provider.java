package io.penstock.provider;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.translate.Quirk;
import io.penstock.protocol.translate.WireProfile;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who runs models. Immutable; safe from any thread.
 *
 * @param id its name in the configuration and in a catalog's offers, in lower case
 * @param displayName for people
 * @param otherNames further names that clients use for it, in lower case
 * @param environment the environment variables that may hold its credential, the first set one counting; empty when it
 *     needs none
 * @param endpoints by protocol; at least one
 * @param local whether it runs on this machine: it may be slow to start, costs nothing and keeps prompts here
 * @param traits what else is known of it
 */
public record Provider(
        String id,
        String displayName,
        List<String> otherNames,
        List<String> environment,
        Map<Protocol, Endpoint> endpoints,
        boolean local,
        ProviderTraits traits) {

    public Provider {
        if (!id.matches("[a-z0-9][a-z0-9._-]*")) {
            throw new IllegalArgumentException(
                    "provider id: \"" + id + "\" (expected: lower-case letters, digits, dots, dashes)");
        }
        if (endpoints.isEmpty()) {
            throw new IllegalArgumentException(
                    "provider " + id + " has no base URL (expected: one for openai, anthropic" + " or responses)");
        }
        endpoints.forEach((protocol, endpoint) -> {
            if (protocol != endpoint.protocol()) {
                throw new IllegalArgumentException("provider " + id + ": an endpoint of "
                        + endpoint.protocol().label() + " under " + protocol.label() + " (expected: the same)");
            }
        });
        otherNames = List.copyOf(otherNames);
        environment = List.copyOf(environment);
        endpoints = Map.copyOf(endpoints);
    }

    /** A builder for a provider that asks for a credential and has no traits until told otherwise. */
    public static Builder builder(String id, String displayName) {
        return new Builder(id, displayName);
    }

    /**
     * The owner's own provider; local when all of its endpoints are on this machine. Under the id of a built-in one it has
     * the traits of that.
     */
    public static Provider of(String id, Endpoint... endpoints) {
        Map<Protocol, Endpoint> byProtocol = new EnumMap<>(Protocol.class);
        boolean local = true;
        for (Endpoint endpoint : endpoints) {
            byProtocol.put(endpoint.protocol(), endpoint);
            local &= endpoint.loopback();
        }
        return new Provider(id, id, List.of(), List.of(), byProtocol, local, BuiltInProviders.traits(id));
    }

    /** The same provider with that endpoint, in place of its one for the protocol or beside those it has. */
    public Provider with(Endpoint endpoint) {
        Map<Protocol, Endpoint> changed = new EnumMap<>(Protocol.class);
        changed.putAll(endpoints);
        changed.put(endpoint.protocol(), endpoint);
        return at(changed);
    }

    /** The same provider with these endpoints alone. */
    public Provider at(Map<Protocol, Endpoint> others) {
        return new Provider(id, displayName, otherNames, environment, others, local, traits);
    }

    /** The same provider with the traits of another. */
    public Provider like(Provider other) {
        return new Provider(id, displayName, otherNames, environment, endpoints, local, other.traits);
    }

    /** The protocols it speaks. */
    public Set<Protocol> protocols() {
        return endpoints.keySet();
    }

    /** Where it speaks that protocol, or null if it does not. */
    public @Nullable Endpoint endpoint(Protocol protocol) {
        return endpoints.get(protocol);
    }

    /** Whether that is its id, its display name or another of its names, in any case. */
    public boolean named(String name) {
        return id.equalsIgnoreCase(name)
                || displayName.equalsIgnoreCase(name)
                || otherNames.stream().anyMatch(other -> other.equalsIgnoreCase(name));
    }

    /** Whether it takes OpenRouter's own request fields ({@code provider}, {@code models}, …). */
    public boolean takesOpenRouterFields() {
        return traits.quirks().contains(Quirk.OPENROUTER_FIELDS);
    }

    /** Who a request for that offer of its own is written for. */
    public WireProfile profile(Model model, Offer offer) {
        return WireProfiles.of(traits, model, offer);
    }

    /** Collects the facts of a provider; not for use by several threads. */
    public static final class Builder {
        private final String id;
        private final String displayName;
        private List<String> otherNames = List.of();
        private List<String> environment = List.of();
        private final Map<Protocol, Endpoint> endpoints = new EnumMap<>(Protocol.class);
        private boolean local;
        private Set<Quirk> quirks = Set.of();
        private List<ModelRule> models = List.of();
        private List<ModelRule> family = List.of();
        private final List<ImageTokens.Rule> images = new ArrayList<>();
        private List<String> credentials = List.of();
        private LocalTraits server = LocalTraits.NONE;

        private Builder(String id, String displayName) {
            this.id = id;
            this.displayName = displayName;
        }

        /** Further names that clients use for it, in lower case. */
        public Builder otherNames(String... names) {
            otherNames = List.of(names);
            return this;
        }

        /** The environment variables that may hold its credential, the first set one counting. */
        public Builder environment(String... variables) {
            environment = List.of(variables);
            return this;
        }

        /** How its credentials begin, so that one is known wherever it turns up. */
        public Builder credentials(String... beginnings) {
            credentials = List.of(beginnings);
            return this;
        }

        /** Where it is; one for each protocol that it speaks. */
        public Builder at(Endpoint... places) {
            for (Endpoint endpoint : places) {
                endpoints.put(endpoint.protocol(), endpoint);
            }
            return this;
        }

        /** It runs on this machine, and tells so of its models. */
        public Builder local(LocalTraits traits) {
            local = true;
            server = traits;
            return this;
        }

        /** How it differs from the protocols it speaks. */
        public Builder quirks(Quirk... all) {
            quirks = Set.of(all);
            return this;
        }

        /** What holds for some of its models, as it serves them itself. */
        public Builder models(ModelRule... rules) {
            models = List.of(rules);
            return this;
        }

        /** What holds for some of its models, whoever serves them. Asked of built-in providers alone. */
        public Builder family(ModelRule... rules) {
            family = List.of(rules);
            return this;
        }

        /**
         * What an image counts for at most with some of its models, whoever serves them; the first that fits counts. Asked
         * of built-in providers alone.
         *
         * @param part of the model's name at its provider, a regular expression over lower case
         */
        public Builder imageTokens(String part, long most) {
            images.add(new ImageTokens.Rule(part, most));
            return this;
        }

        /** The provider as collected so far. */
        public Provider build() {
            return new Provider(
                    id,
                    displayName,
                    otherNames,
                    environment,
                    endpoints,
                    local,
                    new ProviderTraits(quirks, models, family, images, credentials, server));
        }
    }
}
