package io.penstock.cli;

import io.penstock.provider.Masks;
import io.penstock.server.Gateway;
import io.penstock.server.config.Config;
import io.penstock.server.config.KeyConfig;
import io.penstock.server.config.ProviderConfig;
import io.penstock.server.config.Secret;
import io.penstock.store.NewKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Runs a gateway in this process until a signal ends it. */
final class Serving {

    private final Terminal terminal;
    private final Options options;
    private volatile @Nullable Gateway running;

    Serving(Terminal terminal, Options options) {
        this.terminal = terminal;
        this.options = options;
    }

    /** Returns only if the start failed. */
    int run() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::end, "penstock-stop"));
        Signals.exitOnFirst();
        start(Settings.read(terminal, options));
        while (true) {
            LockSupport.park(this);
        }
    }

    /** Starts a gateway and prints what a person wants to know about it. */
    Gateway start(Config config) {
        Logs.start(terminal.log(), options.verbose, secrets(config));
        Gateway gateway = Gateway.start(config, terminal.environment());
        NewKey first = gateway.report().firstKey();
        if (first != null) {
            List<String> secrets = secrets(config);
            secrets.add(first.text());
            Logs.secrets(secrets);
        }
        running = gateway;
        terminal.out().print(new StartText(gateway, options.data).toString());
        terminal.out().flush();
        return gateway;
    }

    /** The last hook: drains, writes what is still to be written, and says 0 where the JVM would say 143. */
    private void end() {
        Gateway gateway = running;
        if (gateway == null) {
            Logs.flush();
            return;
        }
        LoggerFactory.getLogger(Gateway.class)
                .info(
                        "stopping: running answers have up to {} s (Ctrl-C again: at once)",
                        gateway.config().limits().drain().toSeconds());
        try {
            gateway.close();
            LoggerFactory.getLogger(Gateway.class).info("stopped");
        } catch (RuntimeException bug) {
            LoggerFactory.getLogger(Gateway.class).error("the orderly end failed", bug);
        }
        Logs.flush();
        Runtime.getRuntime().halt(0);
    }

    private static List<String> secrets(Config config) {
        List<String> all = new ArrayList<>();
        add(all, config.adminToken());
        add(all, config.masterKey());
        for (KeyConfig key : config.keys()) {
            add(all, key.key());
        }
        for (ProviderConfig provider : config.providers().values()) {
            for (ProviderConfig.Credential credential : provider.credentials()) {
                add(all, credential.key());
            }
            for (Map.Entry<String, Secret> header : provider.headers().entrySet()) {
                if (Masks.secretHeader(header.getKey())) {
                    add(all, header.getValue());
                }
            }
        }
        return all;
    }

    private static void add(List<String> all, @Nullable Secret secret) {
        if (secret != null) {
            all.add(secret.reveal());
        }
    }
}
