package io.penstock.server.config;

import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that a gateway is told, checked and immutable; {@link #toString} shows no secret.
 *
 * <p>{@code data} is null when nothing is kept on disk; {@code hosts} are names that a Host header may bear besides
 * loopback's own, an IPv6 address in brackets; {@code providers} are by name, those of the file first, in its
 * order; {@code aliases} map a name to a model id; {@code rememberThinking}: whether thinking that plain chat cannot carry is
 * kept in memory for the next turn. {@code file} is what was read, null if nothing was, and {@code warnings}
 * are for a person to see at the start.
 */
public record Config(
        ListenConfig listen,
        @Nullable TlsConfig tls,
        @Nullable Path data,
        @Nullable Secret adminToken,
        @Nullable Secret masterKey,
        List<String> hosts,
        List<KeyConfig> keys,
        Map<String, ProviderConfig> providers,
        boolean localDiscover,
        Map<String, String> aliases,
        RoutingConfig routing,
        LimitsConfig limits,
        boolean rememberThinking,
        StoreConfig store,
        @Nullable Path file,
        List<String> warnings) {

    static final String NEEDS_TOKEN =
            "an admin token, as admin.token or PENSTOCK_ADMIN_TOKEN, because other machines" + " can connect";

    private static final String DATA = "<data>";

    public Config {
        if (adminToken != null) {
            Checks.token("admin.token", adminToken.reveal());
        } else if (!listen.isLoopback()) {
            throw Unfit.shown("listen", listen.toString(), NEEDS_TOKEN);
        }
        if (masterKey != null) {
            Checks.token("master_key", masterKey.reveal());
        }
        hosts = List.copyOf(hosts);
        for (String host : hosts) {
            Checks.hostName("hosts", host);
        }
        keys = List.copyOf(keys);
        Set<String> seen = new HashSet<>();
        Set<Secret> texts = new HashSet<>();
        for (KeyConfig key : keys) {
            if (!seen.add(key.name())) {
                throw Unfit.shown("keys", key.name(), "each name once");
            }
            if (!texts.add(key.key()) || key.key().equals(adminToken)) {
                throw new Unfit("keys", "a key given twice", "each key once, and another text than the admin token");
            }
        }
        providers = Collections.unmodifiableMap(new LinkedHashMap<>(providers));
        for (Map.Entry<String, ProviderConfig> provider : providers.entrySet()) {
            if (!provider.getKey().equals(provider.getValue().name())) {
                throw Unfit.shown(
                        "providers", provider.getKey(), provider.getValue().name());
            }
        }
        aliases = Collections.unmodifiableMap(new LinkedHashMap<>(aliases));
        for (Map.Entry<String, String> alias : aliases.entrySet()) {
            Checks.aliasName("aliases", alias.getKey());
            Checks.modelId("aliases", alias.getValue());
            if (alias.getKey().equals(alias.getValue())) {
                throw Unfit.shown("aliases", alias.getValue(), "another model id");
            }
            String circle = AliasCircle.of(alias.getKey(), aliases);
            if (circle != null) {
                throw new Unfit("aliases", circle + ", a circle", AliasCircle.EXPECTED);
            }
        }
        String url = store.url();
        if (url != null && url.contains(DATA)) {
            if (data == null) {
                throw Unfit.shown("store.url", url, "a data directory, or no " + DATA);
            }
            store = store.at(url.replace(DATA, data.toString()));
        }
        warnings = List.copyOf(warnings);
    }

    public static ConfigBuilder builder() {
        return new ConfigBuilder();
    }
}
