package io.penstock.server.config;

import io.penstock.routing.Preference;
import io.penstock.server.config.StoreConfig.RequestLog;
import io.penstock.store.Durability;
import io.penstock.store.Keepalive;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/** Puts the fields of {@code penstock.yaml} into a {@link ConfigBuilder}. */
final class FileBinder {
    private final Problems problems;
    private final Expansion expansion;
    private final ConfigBuilder builder;
    private final ProviderBinder providers;
    private final Path directory;
    private final Path home;

    /** {@code directory} is the file's own: its relative paths begin there. */
    FileBinder(
            Problems problems,
            Expansion expansion,
            ConfigBuilder builder,
            ProviderBinder providers,
            Path directory,
            Path home) {
        this.problems = problems;
        this.expansion = expansion;
        this.builder = builder;
        this.providers = providers;
        this.directory = directory;
        this.home = home;
    }

    /** Returns the place of {@code listen}, or null if the file has none. */
    @Nullable
    String bind(Node root) {
        var file = new Fields(problems, expansion, "", 1, root);
        ListenConfig listen = file.value("listen", ListenConfig::parse);
        builder.listen = listen == null ? builder.listen : listen;
        Path data = path(file, "data");
        builder.data = data == null ? builder.data : data;
        admin(file.fields("admin"));
        builder.hosts.addAll(file.values("hosts", Checks::hostName));
        tls(file.fields("tls"));
        keys(file);
        Fields named = file.fields("providers");
        for (String name : named.names()) {
            providers.bind(named, name, builder);
        }
        local(file.fields("local"));
        aliases(file.fields("aliases"));
        routing(file.fields("routing"));
        billing(file.fields("billing"));
        limits(file.fields("limits"));
        privacy(file.fields("privacy"));
        store(file.fields("store"));
        file.end();
        return listen == null ? null : problems.place(file.line("listen")) + ": listen";
    }

    private void admin(Fields admin) {
        String token = admin.value("token", Checks::token);
        builder.adminToken = token == null ? builder.adminToken : new Secret(token);
        admin.end();
    }

    private void tls(Fields tls) {
        Path certificate = readable(tls, "certificate");
        Path key = readable(tls, "key");
        if (certificate != null && key != null) {
            builder.tls = new TlsConfig(certificate, key);
        } else if (certificate != null && !tls.names().contains("key")) {
            tls.missing("key", "the file of the private key");
        } else if (key != null && !tls.names().contains("certificate")) {
            tls.missing("certificate", "the file of the certificate");
        }
        tls.end();
    }

    private void keys(Fields file) {
        Map<String, String> names = new HashMap<>();
        Map<String, String> texts = new HashMap<>();
        for (Fields key : file.list("keys")) {
            int before = problems.count();
            String name = key.value("name", Checks::keyName);
            String text = key.value("key", Checks::keyText);
            Keepalive keepalive = key.value("keepalive", Words::keepalive, Keepalive.COMMENT);
            key.notYet("budget");
            key.notYet("models", Fields.STAR);
            key.end();
            if (problems.count() == before && name == null) {
                key.missing("name", "a name");
            }
            if (problems.count() == before && text == null) {
                key.missing("key", "20 to 200 visible ASCII characters");
            }
            String first = name == null ? null : names.putIfAbsent(name, key.path());
            if (first != null) {
                key.problem("name", "the same as in " + first + " (expected: another name)");
            }
            first = text == null ? null : texts.putIfAbsent(text, key.path());
            if (first != null) {
                key.problem("key", "the same as in " + first + " (expected: another key)");
            } else if (text != null && builder.adminToken != null && text.equals(builder.adminToken.reveal())) {
                key.problem("key", "the same as admin.token (expected: another key)");
            }
            if (problems.count() == before && name != null && text != null) {
                builder.keys.add(new KeyConfig(name, new Secret(text), keepalive));
            }
        }
    }

    private void local(Fields local) {
        builder.localDiscover = local.flag("discover", builder.localDiscover);
        local.end();
    }

    private void aliases(Fields aliases) {
        for (String name : aliases.names()) {
            String model = aliases.value(name, Checks::modelId);
            if (!aliases.fits(name, Checks::aliasName)) {
                continue;
            }
            if (name.equals(model)) {
                aliases.problem(name, "itself (expected: another model id)");
            } else if (model != null) {
                builder.aliases.put(name, model);
            }
        }
        Set<String> told = new HashSet<>();
        for (String name : aliases.names()) {
            String circle = told.contains(name) ? null : AliasCircle.of(name, builder.aliases);
            if (circle != null) { // once, at its first alias in the file
                aliases.problem(name, circle + ", a circle (expected: " + AliasCircle.EXPECTED + ")");
                told.addAll(AliasCircle.names(circle));
            }
        }
        builder.aliases.keySet().removeAll(told); // the config would refuse them again
    }

    private void routing(Fields routing) {
        boolean auto = routing.flag("auto", builder.routing.auto());
        Preference prefer = routing.value("prefer", Words::preference, builder.routing.prefer());
        builder.routing = new RoutingConfig(auto, prefer);
        routing.notYet("models", Fields.STAR);
        routing.notYet("complex_model");
        routing.notYet("complex_triggers");
        routing.notYet("fallbacks");
        routing.notYet("max_retries", "2");
        routing.notYet("fallback_price_factor", "3");
        routing.end();
    }

    private static void billing(Fields billing) {
        billing.notYet("mode", "metered");
        billing.notYet("markup_percent", "0");
        billing.notYet("topup_fee_percent", "0");
        billing.notYet("topup_fee_min", "0");
        billing.notYet("byok_fee_percent", "0");
        billing.notYet("byok_free_requests", "0");
        billing.notYet("credits_expire_days", "0");
        billing.notYet("free_daily_per_user", "0");
        billing.notYet("free_daily_global", "0");
        billing.notYet("guest_daily", "0");
        billing.end();
    }

    private void privacy(Fields privacy) {
        privacy.notYet("log_prompts", "false");
        privacy.notYet("data_collection", "allow");
        privacy.notYet("zdr", "false");
        builder.rememberThinking = privacy.flag("remember_thinking", builder.rememberThinking);
        privacy.end();
    }

    private void limits(Fields limits) {
        LimitsConfig less = LimitsConfig.DEFAULT;
        int before = problems.count();
        LimitsConfig.Builder bounds = LimitsConfig.builder()
                .body(limits.bytes("body", LimitsConfig.BYTES_MIN, LimitsConfig.BYTES_MAX, less.bodyBytes()))
                .bodies(limits.bytes("bodies", LimitsConfig.BYTES_MIN, LimitsConfig.BODIES_MAX, less.bodiesBytes()))
                .response(
                        limits.bytes("response", LimitsConfig.BYTES_MIN, LimitsConfig.BYTES_MAX, less.responseBytes()))
                .head(limits.duration("head", LimitsConfig.RECEIVE_MIN, LimitsConfig.RECEIVE_MAX, less.head()))
                .request(limits.duration("request", LimitsConfig.RECEIVE_MIN, LimitsConfig.RECEIVE_MAX, less.request()))
                .connect(limits.duration("connect", LimitsConfig.CONNECT_MIN, LimitsConfig.CONNECT_MAX, less.connect()))
                .firstByte(limits.duration(
                        "first_byte", LimitsConfig.SILENCE_MIN, LimitsConfig.SILENCE_MAX, less.firstByte()))
                .idle(limits.duration("idle", LimitsConfig.SILENCE_MIN, LimitsConfig.SILENCE_MAX, less.idle()))
                .total(limits.duration("total", LimitsConfig.SILENCE_MIN, LimitsConfig.TOTAL_MAX, less.total()))
                .keepalive(limits.duration(
                        "keepalive", LimitsConfig.SILENCE_MIN, LimitsConfig.KEEPALIVE_MAX, less.keepalive()))
                .drain(limits.duration("drain", LimitsConfig.DRAIN_MIN, LimitsConfig.DRAIN_MAX, less.drain()))
                .connections(limits.number("connections", 1, LimitsConfig.CONNECTIONS_MAX, less.connections()));
        limits.end();
        if (problems.count() == before) {
            try {
                builder.limits = bounds.build();
            } catch (Unfit unfit) {
                limits.problem(unfit);
            }
        }
    }

    private void store(Fields store) {
        String url = store.value("url", StoreConfig::url, StoreConfig.SQLITE);
        Durability durability = store.value("durability", Words::durability, Durability.PROCESS);
        Fields log = store.fields("request_log");
        var requestLog = new RequestLog(
                log.duration("keep", RequestLog.KEEP_MIN, RequestLog.KEEP_MAX, RequestLog.DEFAULT.keep()),
                log.bytes("max", RequestLog.BYTES_MIN, RequestLog.BYTES_MAX, RequestLog.DEFAULT.maxBytes()));
        log.end();
        store.end();
        builder.store = new StoreConfig(url, durability, requestLog);
    }

    private @Nullable Path readable(Fields fields, String name) {
        Path path = path(fields, name);
        if (path != null && !Files.isReadable(path)) {
            fields.problem(name, "cannot be read (expected: a PEM file)");
        }
        return path;
    }

    private @Nullable Path path(Fields fields, String name) {
        return fields.value(name, (field, text) -> path(field, text, directory, home));
    }

    /** Absolute; {@code ~} is the home directory, and what is relative begins at {@code directory}. */
    static Path path(String field, String text, Path directory, Path home) {
        try {
            if (text.equals("~")) {
                return home;
            }
            Path path = text.startsWith("~/") ? home.resolve(text.substring(2)) : directory.resolve(text);
            return path.toAbsolutePath().normalize();
        } catch (InvalidPathException invalid) {
            throw Unfit.shown(field, text, "a path");
        }
    }
}
