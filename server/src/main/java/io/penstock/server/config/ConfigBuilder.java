package io.penstock.server.config;

import io.penstock.routing.Preference;
import io.penstock.store.Durability;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Config} in code, with the names of the file, beginning with its defaults. Without {@link #data} nothing is
 * kept on disk. Values that do not fit are refused with an {@link IllegalArgumentException}, some only by {@link #build}.
 */
public final class ConfigBuilder {
    ListenConfig listen = ListenConfig.DEFAULT;

    @Nullable
    TlsConfig tls;

    @Nullable
    Path data;

    @Nullable
    Secret adminToken;

    @Nullable
    Secret masterKey;

    final List<String> hosts = new ArrayList<>();
    final List<KeyConfig> keys = new ArrayList<>();
    final Map<String, ProviderConfig> providers = new LinkedHashMap<>();
    boolean localDiscover = true;
    final Map<String, String> aliases = new LinkedHashMap<>();
    RoutingConfig routing = RoutingConfig.DEFAULT;
    LimitsConfig limits = LimitsConfig.DEFAULT;
    boolean rememberThinking = true;

    @Nullable
    StoreConfig store;

    boolean acceptRedoLoss;

    @Nullable
    Path file;

    List<String> warnings = List.of();

    ConfigBuilder() {}

    /** {@code host:port}, {@code [IPv6]:port}, or a port on 127.0.0.1; port 0 is any free one. */
    public ConfigBuilder listen(String hostAndPort) {
        listen = ListenConfig.parse("listen", hostAndPort);
        return this;
    }

    public ConfigBuilder listen(String host, int port) {
        listen = new ListenConfig(host, port);
        return this;
    }

    public ConfigBuilder tls(Path certificate, Path key) {
        tls = new TlsConfig(certificate, key);
        return this;
    }

    public ConfigBuilder data(Path directory) {
        data = directory;
        return this;
    }

    public ConfigBuilder adminToken(String token) {
        adminToken = new Secret(Checks.token("admin.token", token));
        return this;
    }

    public ConfigBuilder masterKey(String key) {
        masterKey = new Secret(Checks.token("master_key", key));
        return this;
    }

    /** A name, or an address, that a Host header may bear besides loopback's own; without a port. */
    public ConfigBuilder host(String name) {
        hosts.add(Checks.hostName("hosts", name));
        return this;
    }

    public ConfigBuilder key(String name, String key) {
        return key(new KeyConfig(name, key));
    }

    public ConfigBuilder key(KeyConfig key) {
        keys.add(key);
        return this;
    }

    /** Adds a provider, or replaces the one of that name. */
    public ConfigBuilder provider(ProviderConfig provider) {
        providers.put(provider.name(), provider);
        return this;
    }

    public ConfigBuilder localDiscover(boolean discover) {
        localDiscover = discover;
        return this;
    }

    public ConfigBuilder alias(String name, String model) {
        aliases.put(name, model);
        return this;
    }

    public ConfigBuilder routing(boolean auto, Preference prefer) {
        routing = new RoutingConfig(auto, prefer);
        return this;
    }

    public ConfigBuilder limits(LimitsConfig bounds) {
        limits = bounds;
        return this;
    }

    /** Whether thinking that plain chat cannot carry is kept in memory for the next turn; on by default. */
    public ConfigBuilder rememberThinking(boolean remember) {
        rememberThinking = remember;
        return this;
    }

    /** Such as {@code jdbc:sqlite:penstock.db}; left out: in {@link #data}, or in memory without that. */
    public ConfigBuilder store(String url) {
        return store(new StoreConfig(url, Durability.PROCESS, StoreConfig.RequestLog.DEFAULT));
    }

    public ConfigBuilder store(StoreConfig settings) {
        store = settings;
        return this;
    }

    /** For one start: to do without the charges of a redo log that is missing or damaged, where the start would stop. */
    public ConfigBuilder acceptRedoLoss(boolean accept) {
        acceptRedoLoss = accept;
        return this;
    }

    public Config build() {
        StoreConfig remembered = store != null
                ? store
                : new StoreConfig(
                        data == null ? null : StoreConfig.SQLITE, Durability.PROCESS, StoreConfig.RequestLog.DEFAULT);
        if (acceptRedoLoss) {
            remembered = remembered.acceptingRedoLoss();
        }
        return new Config(
                listen,
                tls,
                data,
                adminToken,
                masterKey,
                hosts,
                keys,
                providers,
                localDiscover,
                aliases,
                routing,
                limits,
                rememberThinking,
                remembered,
                file,
                warnings);
    }
}
