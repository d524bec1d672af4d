package io.penstock.server.testkit;

import io.penstock.protocol.Protocol;
import io.penstock.protocol.Usage;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A recorded conversation of {@code src/test/resources/wire}: what the client sends, what the provider answers, what the
 * client must get, and the usage in it; null where the provider tells none.
 */
public record Golden(String provider, String name, byte[] request, byte[] upstream, byte[] client, Usage usage) {
    public boolean openai() {
        return provider.equals("openai");
    }

    /** What both sides of it speak. */
    public Protocol protocol() {
        return switch (provider) {
            case "openai" -> Protocol.OPENAI;
            case "anthropic" -> Protocol.ANTHROPIC;
            default -> Protocol.RESPONSES;
        };
    }

    public String requestText() {
        return new String(request, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return provider + "/" + name;
    }

    /** Every stream of every protocol. */
    public static Stream<Golden> streams() {
        return all().filter(golden -> !golden.name.equals("plain"));
    }

    /** Every case of every protocol. */
    public static Stream<Golden> all() {
        return Stream.of("openai", "anthropic", "responses")
                .flatMap(provider -> names(provider).stream().map(name -> of(provider, name)));
    }

    public static Golden of(String provider, String name) {
        try {
            Path directory = root().resolve(provider).resolve(name);
            String end = Files.exists(directory.resolve("upstream.sse")) ? ".sse" : ".json";
            byte[] upstream = Files.readAllBytes(directory.resolve("upstream" + end));
            Path client = directory.resolve("client" + end);
            return new Golden(
                    provider,
                    name,
                    Files.readAllBytes(directory.resolve("request.json")),
                    upstream,
                    Files.exists(client) ? Files.readAllBytes(client) : upstream,
                    usage(Files.readString(directory.resolve("usage.txt"))));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> names(String provider) {
        try (Stream<Path> all = Files.list(root().resolve(provider))) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path root() {
        try {
            return Path.of(Golden.class.getResource("/wire").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Usage usage(String text) {
        if (text.startsWith("estimated")) {
            return null;
        }
        Map<String, Long> counts = new TreeMap<>();
        text.lines().forEach(line -> {
            int space = line.indexOf(' ');
            counts.put(line.substring(0, space), Long.valueOf(line.substring(space + 1)));
        });
        return new Usage(
                counts.getOrDefault("input", 0L),
                counts.getOrDefault("cache_read", 0L),
                counts.getOrDefault("cache_write", 0L),
                counts.getOrDefault("cache_write_1h", 0L),
                counts.getOrDefault("output", 0L),
                counts.getOrDefault("reasoning", 0L),
                false);
    }
}
