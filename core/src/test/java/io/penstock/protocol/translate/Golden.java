package io.penstock.protocol.translate;

import io.penstock.protocol.Protocol;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One rule of CLIENTS sections 6 and 7 as files: {@code wire/translate/<kind>/<rule>.<client>-<provider>/}. Written by hand
 * from the tables. JSON may be laid out over lines and indented by blanks, which are taken out again; events stand as they
 * are. {@code setup.properties} tells how the recipient differs from {@link #recipient}'s defaults.
 */
record Golden(Path folder, Properties setup) {
    static Golden of(String kind, String name) {
        try {
            Path folder = root(kind).resolve(name);
            Properties setup = new Properties();
            Path file = folder.resolve("setup.properties");
            if (Files.exists(file)) {
                try (var in = Files.newInputStream(file)) {
                    setup.load(in);
                }
            }
            return new Golden(folder, setup);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static List<String> requests() {
        return names("request");
    }

    static List<String> answers() {
        return names("answer");
    }

    static List<String> streams() {
        return names("stream");
    }

    private static List<String> names(String kind) {
        try (Stream<Path> folders = Files.list(root(kind))) {
            return folders.map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Path root(String kind) {
        try {
            return Path.of(Objects.requireNonNull(Golden.class.getResource("/wire/translate/" + kind))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    Protocol client() {
        return protocol(0);
    }

    Protocol provider() {
        return protocol(1);
    }

    private Protocol protocol(int side) {
        String name = folder.getFileName().toString();
        return switch (name.substring(name.lastIndexOf('.') + 1).split("-", 2)[side]) {
            case "chat" -> Protocol.OPENAI;
            case "messages" -> Protocol.ANTHROPIC;
            case "responses" -> Protocol.RESPONSES;
            default -> throw new AssertionError("no protocols in the name " + name);
        };
    }

    boolean has(String file) {
        return Files.exists(folder.resolve(file));
    }

    String text(String file) {
        try {
            return Files.readString(folder.resolve(file));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    String json(String file) {
        return text(file).replaceAll("\n *", "");
    }

    byte[] bytes(String file) {
        return text(file).strip().getBytes(StandardCharsets.UTF_8);
    }

    Translation translation() {
        return translation(client(), provider(), recipient());
    }

    /** Between two protocols, the answer in the form of the request. */
    static Translation translation(Protocol client, Protocol provider, WireProfile recipient) {
        Form form = switch (client) {
            case OPENAI -> Form.CHAT;
            case ANTHROPIC -> Form.MESSAGES;
            case RESPONSES -> Form.RESPONSES;
        };
        return new Translation(form, form, provider, recipient);
    }

    WireProfile recipient() {
        return new WireProfile(
                setup.getProperty("provider", "acme"),
                "native-1",
                Integer.parseInt(setup.getProperty("maxOutput", "8192")),
                flag("reasoning", true),
                flag("structuredOutput", true),
                flag("maxCompletionTokens", false),
                Set.copyOf(words("parameters")),
                words("quirks").stream()
                        .map(Quirk::valueOf)
                        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Quirk.class))));
    }

    AnswerFacts facts() {
        return new AnswerFacts(
                "req-0a1b",
                1_700_000_000L,
                "lab/model",
                flag("details", false),
                flag("usage", true),
                7,
                () -> 1_700_000_002L);
    }

    private boolean flag(String name, boolean otherwise) {
        return Boolean.parseBoolean(setup.getProperty(name, "" + otherwise));
    }

    private List<String> words(String name) {
        String words = setup.getProperty(name, "").strip();
        return words.isEmpty() ? List.of() : List.of(words.split(" *, *"));
    }
}
