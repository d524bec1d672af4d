package io.penstock.provider;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;

/** The providers that are known, by name. Immutable; safe from any thread. */
public final class Providers {
    private final Map<String, Provider> byId;

    private Providers(Map<String, Provider> byId) {
        this.byId = byId;
    }

    /** Those of the class path: the built-in ones and those of plug-ins, the first of an id winning. */
    public static Providers found() {
        Map<String, Provider> byId = new LinkedHashMap<>();
        for (ProviderSource source : ServiceLoader.load(ProviderSource.class, Providers.class.getClassLoader())) {
            for (Provider provider : source.providers()) {
                byId.putIfAbsent(provider.id(), provider);
            }
        }
        return new Providers(byId);
    }

    /** These and one more, in place of one of the same id. */
    public Providers with(Provider provider) {
        Map<String, Provider> more = new LinkedHashMap<>(byId);
        more.put(provider.id(), provider);
        return new Providers(more);
    }

    /** All, in a stable order. */
    public List<Provider> all() {
        return List.copyOf(byId.values());
    }

    /** The provider of that id, display name or other name, in any case; an id counts before other names. */
    public Optional<Provider> named(String name) {
        Provider exact = byId.get(name);
        if (exact != null) {
            return Optional.of(exact);
        }
        for (Provider provider : byId.values()) {
            if (provider.id().equalsIgnoreCase(name)) {
                return Optional.of(provider);
            }
        }
        return byId.values().stream().filter(provider -> provider.named(name)).findFirst();
    }

    /**
     * What would configure any of these providers, for the hint behind an error: {@code set OPENAI_API_KEY, or
     * providers.openai in the configuration}.
     */
    public String hint(Collection<String> names) {
        List<String> variables = new ArrayList<>();
        List<String> fields = new ArrayList<>();
        for (String name : names) {
            Optional<Provider> provider = named(name);
            provider.ifPresent(p -> variables.addAll(p.environment()));
            fields.add("providers." + provider.map(Provider::id).orElse(name));
        }
        String field = (fields.isEmpty() ? "a provider" : String.join(" or ", fields)) + " in the configuration";
        return variables.isEmpty() ? "set " + field : "set " + String.join(" or ", variables) + ", or " + field;
    }
}
