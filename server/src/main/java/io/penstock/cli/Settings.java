package io.penstock.cli;

import io.penstock.provider.Provider;
import io.penstock.provider.Providers;
import io.penstock.server.config.Config;
import io.penstock.server.config.ConfigReader;
import io.penstock.server.config.Flags;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the configuration that the options and the environment speak of. */
final class Settings {
    private Settings() {}

    static Config read(Terminal terminal, Options options) {
        Map<String, String> environment = terminal.environment();
        return new ConfigReader(knownProviders(environment))
                .read(options.config, environment, new Flags(options.listen, options.data, options.acceptRedoLoss));
    }

    /** The data directory if it is plain without reading the configuration; null otherwise. */
    static @Nullable Path plainData(Terminal terminal, Options options) {
        String data = options.data == null ? terminal.environment().get("PENSTOCK_DATA") : options.data;
        return data == null || data.isBlank() || data.startsWith("~")
                ? null
                : Path.of(data.strip()).toAbsolutePath();
    }

    /** Each provider's variable: of several the first that is set. */
    private static Map<String, String> knownProviders(Map<String, String> environment) {
        Map<String, String> known = new LinkedHashMap<>();
        for (Provider provider : Providers.found().all()) {
            String variable = provider.environment().isEmpty()
                    ? ""
                    : provider.environment().get(0);
            for (String candidate : provider.environment()) {
                if (!environment.getOrDefault(candidate, "").isBlank()) {
                    variable = candidate;
                    break;
                }
            }
            known.put(provider.id(), variable);
        }
        return known;
    }
}
