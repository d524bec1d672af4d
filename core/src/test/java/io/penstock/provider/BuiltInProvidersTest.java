package io.penstock.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.Protocol;
import io.penstock.protocol.tokens.MediaTokens;
import io.penstock.protocol.translate.Quirk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The providers that ship, and that what is known of them stands in their rows alone. */
class BuiltInProvidersTest extends ProviderContract {
    /** Ids that are names of something else too: of a protocol, of a face, of a model's author. */
    private static final Map<String, List<String>> OTHER_MEANINGS = Map.of(
            "openai",
                    List.of("protocol/Protocol.java", "/face/", "config/ProviderConfig.java", "penstock/Penstock.java"),
            "anthropic",
                    List.of("protocol/Protocol.java", "/face/", "config/ProviderConfig.java", "penstock/Penstock.java"),
            "openrouter", List.of("/face/", "penstock/Penstock.java"),
            "deepseek", List.of("/face/openrouter/ModelListing.java"));

    @Override
    protected ProviderSource source() {
        return new BuiltInProviders();
    }

    @ParameterizedTest
    @MethodSource("providers")
    void aCredentialOfItsIsMaskedWhereverItTurnsUp(Provider provider) {
        for (String beginning : provider.traits().credentials()) {
            String credential = beginning + "0123456789abcdefABCDEF";

            assertThat(Masks.NONE.masked("with " + credential + " they"))
                    .startsWith("with ")
                    .doesNotContain("0123456");
        }
    }

    @Test
    void theOwnersProviderOfAKnownIdHasItsTraitsAndAnotherThoseOfNobody() {
        Endpoint lab = Endpoint.of(Protocol.OPENAI, "http://127.0.0.1:1/v1");

        assertThat(Provider.of("openrouter", lab).takesOpenRouterFields()).isTrue();
        assertThat(Provider.of("groq", lab).traits().quirks()).containsExactly(Quirk.REASONING_FORMAT);
        assertThat(Provider.of("google", lab).traits()).isEqualTo(ProviderTraits.UNKNOWN);
        assertThat(Provider.of("lab", lab)
                        .like(Provider.of("groq", lab))
                        .traits()
                        .quirks())
                .containsExactly(Quirk.REASONING_FORMAT);
    }

    @ParameterizedTest
    @CsvSource({
        "gpt-4o-mini, 48169",
        "openai/gpt-4o-mini-2024-07-18, 48169",
        "GPT-5-Mini, 2489",
        "openai/gpt-5-nano, 3779",
        "gpt-nano, 3779",
        "google/gemini-2.5-pro, 4128"
    })
    void anImageCountsAsItsVendorSaysWhoeverServesTheModel(String nativeId, long most) {
        assertThat(ImageTokens.max(nativeId)).isEqualTo(most);
        assertThat(ImageTokens.max("mini-" + nativeId.length())).isEqualTo(MediaTokens.IMAGE_TOKENS_MAX);
    }

    // ---- One place

    @Test
    void noOtherCodeNamesAProviderOrItsHost() throws IOException {
        List<String> found = new ArrayList<>();
        for (String module : List.of("core", "store", "server")) {
            Path sources = root().resolve(module).resolve("src/main/java");
            try (Stream<Path> files = Files.walk(sources)) {
                for (Path file :
                        files.filter(f -> f.toString().endsWith(".java")).toList()) {
                    String path = file.toString().replace('\\', '/');
                    if (!path.contains("/io/penstock/provider/")) {
                        found.addAll(providersIn(Files.readString(file), path));
                    }
                }
            }
        }
        assertThat(found).isEmpty();
    }

    @Test
    void aProviderInOtherCodeWouldBeFound() {
        assertThat(providersIn("/* \"groq\" */ x(\"groq\"); // \"xai\"", "A.java"))
                .containsExactly("A.java: groq");
        assertThat(providersIn("case \"openai\" -> '\"' + \"https://api.x.ai/v1\"", "A.java"))
                .containsExactly("A.java: openai", "A.java: https://api.x.ai/v1");
        assertThat(providersIn("\"\"\"\n  zai \"deepseek\"\n\"\"\" + \"a\\\"b\" + \"zai\"", "A.java"))
                .containsExactly("A.java: zai");
    }

    /** Each class of facts has its line; else nobody would find the provider. */
    @Test
    void everyRowIsInTheTable() throws IOException {
        Set<String> rows = new HashSet<>();
        try (Stream<Path> files = Files.list(root().resolve("core/src/main/java/io/penstock/provider"))) {
            for (Path file : files.toList()) {
                if (Files.readString(file).contains("static Provider row()")) {
                    rows.add(file.getFileName().toString());
                }
            }
        }
        assertThat(rows).hasSameSizeAs(providers());
    }

    private static Path root() {
        Path at = Path.of("").toAbsolutePath();
        while (at != null && !Files.isDirectory(at.resolve("core/src/main/java"))) {
            at = at.getParent();
        }
        return Objects.requireNonNull(at, "no sources above the working directory");
    }

    private List<String> providersIn(String source, String path) {
        List<String> found = new ArrayList<>();
        for (String literal : literals(source)) {
            for (Provider provider : providers()) {
                boolean otherwise = OTHER_MEANINGS.getOrDefault(provider.id(), List.of()).stream()
                        .anyMatch(path::contains);
                boolean host = !provider.local()
                        && provider.endpoints().values().stream().anyMatch(at -> literal.contains(at.host()));
                if (literal.equals(provider.id()) && !otherwise || host) {
                    found.add(path + ": " + literal);
                }
            }
        }
        return found;
    }

    /** The strings of Java source, text blocks whole; none of comments. */
    private static List<String> literals(String source) {
        List<String> literals = new ArrayList<>();
        for (int i = 0; i < source.length(); ) {
            if (source.startsWith("//", i)) {
                i = behind(source, "\n", i);
            } else if (source.startsWith("/*", i)) {
                i = behind(source, "*/", i + 2);
            } else if (source.startsWith("\"\"\"", i)) {
                int end = behind(source, "\"\"\"", i + 3);
                literals.add(source.substring(i + 3, end - 3));
                i = end;
            } else if (source.charAt(i) == '"' || source.charAt(i) == '\'') {
                int end = i + 1;
                while (source.charAt(end) != source.charAt(i)) {
                    end += source.charAt(end) == '\\' ? 2 : 1;
                }
                if (source.charAt(i) == '"') {
                    literals.add(source.substring(i + 1, end));
                }
                i = end + 1;
            } else {
                i++;
            }
        }
        return literals;
    }

    private static int behind(String source, String end, int from) {
        int at = source.indexOf(end, from);
        return at < 0 ? source.length() : at + end.length();
    }
}
