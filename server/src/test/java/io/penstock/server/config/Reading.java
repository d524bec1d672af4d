package io.penstock.server.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads configurations in a directory of their own, with an environment of their own. */
final class Reading {
    static final Flags NO_FLAGS = new Flags(null, null, false);
    static final Map<String, String> KNOWN = known();

    final Path directory;
    final Path home;
    final Map<String, String> environment = new LinkedHashMap<>();

    Reading(Path temporary) {
        directory = temporary.resolve("work");
        home = temporary.resolve("home");
        try {
            Files.createDirectories(directory);
            Files.createDirectories(home);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    Reading with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    Reading file(String yaml) {
        return file(directory.resolve("penstock.yaml"), yaml.getBytes(StandardCharsets.UTF_8));
    }

    Reading file(Path path, byte[] bytes) {
        try {
            Files.createDirectories(path.getParent());
            Files.write(path, bytes);
            return this;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    Config read() {
        return read(null, NO_FLAGS);
    }

    Config read(@Nullable Path file, Flags flags) {
        return new ConfigReader(KNOWN, directory, home).read(file, environment, flags);
    }

    Config read(String yaml) {
        return file(yaml).read();
    }

    /** The problems of a configuration that must have some. */
    List<String> problems() {
        return problems(null, NO_FLAGS);
    }

    List<String> problems(@Nullable Path file, Flags flags) {
        try {
            throw new AssertionError("read without a problem: " + read(file, flags));
        } catch (ConfigException refused) {
            return refused.problems();
        }
    }

    List<String> problems(String yaml) {
        return file(yaml).problems();
    }

    private static Map<String, String> known() {
        var known = new LinkedHashMap<String, String>();
        known.put("openai", "OPENAI_API_KEY");
        known.put("anthropic", "ANTHROPIC_API_KEY");
        known.put("openrouter", "OPENROUTER_API_KEY");
        known.put("deepseek", "DEEPSEEK_API_KEY");
        known.put("gemini", "GEMINI_API_KEY");
        known.put("ollama", "");
        return known;
    }
}
