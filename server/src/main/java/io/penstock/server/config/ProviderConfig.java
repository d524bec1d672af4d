package io.penstock.server.config;

import io.penstock.protocol.Protocol;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A provider: where it is, what to show it, and which models it serves.
 *
 * <p>{@code baseUrls} has a base URL per protocol that it speaks, without a slash at the end; it is empty for a provider
 * that Penstock knows. {@code headers} are added to every request, in the order given; their values may be secrets.
 * {@code origin} says where this came from: {@code penstock.yaml:12}, or the name of an environment variable.
 */
public record ProviderConfig(
        String name,
        Map<Protocol, URI> baseUrls,
        List<Credential> credentials,
        Map<String, Secret> headers,
        List<ModelConfig> models,
        String origin) {

    static final int WEIGHT_MAX = 1_000;

    /** What is shown to the provider; of several, each is used in proportion to its {@code weight}. */
    public record Credential(Secret key, int weight) {
        public Credential {
            Checks.credential("key", key.reveal());
            Checks.range("weight", weight, 1, WEIGHT_MAX);
        }
    }

    public ProviderConfig {
        Checks.providerName("name", name);
        var urls = new EnumMap<Protocol, URI>(Protocol.class);
        urls.putAll(baseUrls);
        for (Map.Entry<Protocol, URI> url : urls.entrySet()) {
            url.setValue(BaseUrl.parse(url.getKey().label(), url.getValue().toString()));
        }
        baseUrls = Collections.unmodifiableMap(urls);
        credentials = List.copyOf(credentials);
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
        Set<String> seen = new HashSet<>();
        for (Map.Entry<String, Secret> header : headers.entrySet()) {
            Checks.headerName("headers", header.getKey());
            Checks.headerValue("headers", header.getValue().reveal());
            if (!seen.add(header.getKey().toLowerCase(Locale.ROOT))) {
                throw Unfit.shown("headers", header.getKey(), "each header once");
            }
        }
        models = List.copyOf(models);
        seen.clear();
        for (ModelConfig model : models) {
            if (!seen.add(model.id())) {
                throw Unfit.shown("models", model.id(), "each id once");
            }
        }
        if (credentials.isEmpty() && !baseUrls.isEmpty() && !loopback(baseUrls)) {
            throw new Unfit("", "no credential", NO_CREDENTIAL);
        }
    }

    static final String NO_CREDENTIAL = "api_key; any text will do for a server that asks for none";

    public static Builder builder(String name) {
        return new Builder(name);
    }

    private static boolean loopback(Map<Protocol, URI> baseUrls) {
        for (URI url : baseUrls.values()) {
            if (!BaseUrl.isLoopback(url)) {
                return false;
            }
        }
        return !baseUrls.isEmpty();
    }

    /** Field by field, with the names of the file. */
    public static final class Builder {
        private final String name;
        private final Map<Protocol, URI> baseUrls = new EnumMap<>(Protocol.class);
        private final List<Credential> credentials = new ArrayList<>();
        private final Map<String, Secret> headers = new LinkedHashMap<>();
        private final List<ModelConfig> models = new ArrayList<>();
        private String origin = "builder";

        private Builder(String name) {
            this.name = name;
        }

        public Builder openai(String baseUrl) {
            return baseUrl(Protocol.OPENAI, BaseUrl.parse("openai", baseUrl));
        }

        public Builder anthropic(String baseUrl) {
            return baseUrl(Protocol.ANTHROPIC, BaseUrl.parse("anthropic", baseUrl));
        }

        public Builder responses(String baseUrl) {
            return baseUrl(Protocol.RESPONSES, BaseUrl.parse("responses", baseUrl));
        }

        Builder baseUrl(Protocol protocol, URI url) {
            baseUrls.put(protocol, url);
            return this;
        }

        /** Adds a credential; several are used evenly. */
        public Builder apiKey(String key) {
            return apiKey(key, 1);
        }

        public Builder apiKey(String key, int weight) {
            credentials.add(new Credential(new Secret(key), weight));
            return this;
        }

        public Builder header(String header, String value) {
            headers.put(header, new Secret(value));
            return this;
        }

        public Builder model(ModelConfig model) {
            models.add(model);
            return this;
        }

        Builder origin(String place) {
            origin = place;
            return this;
        }

        public ProviderConfig build() {
            return new ProviderConfig(name, baseUrls, credentials, headers, models, origin);
        }
    }
}
