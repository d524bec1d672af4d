package io.penstock.provider;

import io.penstock.protocol.Protocol;
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
 */
public record Provider(
        String id,
        String displayName,
        List<String> otherNames,
        List<String> environment,
        Map<Protocol, Endpoint> endpoints,
        boolean local) {

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

    /** The owner's own provider; local when all of its endpoints are on this machine. */
    public static Provider of(String id, Endpoint... endpoints) {
        Map<Protocol, Endpoint> byProtocol = new EnumMap<>(Protocol.class);
        boolean local = true;
        for (Endpoint endpoint : endpoints) {
            byProtocol.put(endpoint.protocol(), endpoint);
            local &= endpoint.loopback();
        }
        return new Provider(id, id, List.of(), List.of(), byProtocol, local);
    }

    /** The same provider with that endpoint, in place of its one for the protocol or beside those it has. */
    public Provider with(Endpoint endpoint) {
        Map<Protocol, Endpoint> changed = new EnumMap<>(Protocol.class);
        changed.putAll(endpoints);
        changed.put(endpoint.protocol(), endpoint);
        return new Provider(id, displayName, otherNames, environment, changed, local);
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
}
