package io.penstock.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MasksTest {
    private static final String SECRET = "own/secret-0123+456789";
    private static final String OTHER = "own/secret-0123+456789-and-more";
    private static final Masks MASKS = Masks.of(List.of(SECRET, OTHER, "none"));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "key own/secret-0123+456789 is wrong | key *** is wrong",
                "own/secret-0123+456789-and-more | ***",
                "own\\/secret-0123+456789 | ***",
                "own\\\\\\/secret-0123+456789 | ***",
                "own/secret\\u002d0123\\u002B456789 | ***",
                "own/secret\\\\u002d0123+456789 | ***",
                "own%2Fsecret-0123%2b456789&x=1 | ***&x=1",
                "own/secret-0123+45678 | own/secret-0123+45678",
                "none of them | none of them",
                "Incorrect API key provided: sk-ab***yz. | Incorrect API key provided: sk-***",
                "Bearer abcdef is no key | Bearer *** is no key",
                "a task-management | a task-management",
                "AIzaSyD0123456789 | AIza***",
            })
    void aSecretIsMaskedHoweverItIsWritten(String words, String told) {
        assertThat(MASKS.inError(words)).isEqualTo(told);
    }

    @Test
    void aSecretIsMaskedInBase64WhereverItLies() {
        for (String before : List.of("", "u", "us", "user:")) {
            for (String behind : List.of("", ":", "::", ":::")) {
                byte[] bytes = (before + SECRET + behind).getBytes(StandardCharsets.UTF_8);
                for (Base64.Encoder encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
                    assertThat(MASKS.inError("Basic " + encoder.encodeToString(bytes) + " is wrong"))
                            .isEqualTo("Basic *** is wrong");
                }
            }
        }
    }

    /** Also a secret with the letters that escapes begin with, and one that looks like escapes itself. */
    @ParameterizedTest
    @ValueSource(strings = {SECRET, "use-%-u\\u-%%uu-u", "u0075%25u0075%2525-u", "uuuuuuuuuuuuuuuu"})
    void whateverEscapesItsLettersHaveNothingOfItStays(String secret) {
        Masks masks = Masks.of(List.of(secret, "another-secret-0123"));
        for (long seed = 1; seed <= 3; seed++) {
            var random = new Random(seed);
            for (int run = 0; run < 2_000; run++) {
                var words = new StringBuilder("é ");
                for (int i = 0; i < secret.length(); i++) {
                    words.append(run == 0 ? String.valueOf(secret.charAt(i)) : written(secret.charAt(i), random));
                }
                String told = masks.known(words + " é");
                assertThat(told).as("seed %d, run %d: %s", seed, run, words).isEqualTo("é *** é");
                byte[] bytes = masks.known((words + " é").getBytes(StandardCharsets.UTF_8));
                assertThat(bytes).isEqualTo(told.getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private static String written(char c, Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> String.format("\\u%04x", (int) c);
            case 1 -> String.format("\\\\u%04X", (int) c);
            case 2 -> String.format("%%%02x", (int) c);
            case 3 -> c == '/' ? "\\/" : String.valueOf(c);
            default -> String.valueOf(c);
        };
    }

    @Test
    void wordsWithoutASecretAreTheSameObject() {
        String words = "the model does not exist: 100 % sure \\u0041";
        assertThat(MASKS.inError(words)).isSameAs(words);
        assertThat(MASKS.known(words.getBytes(StandardCharsets.UTF_8))).isNull();
    }

    @Test
    @Timeout(60) // each backslash looking at all that follow: many minutes
    void aLongRunOfBackslashesIsOneLook() {
        String run = "\\".repeat(500_000);
        assertThat(MASKS.known(run)).isSameAs(run);
        assertThat(MASKS.known(run + SECRET)).isEqualTo(run.substring(8) + "***");
    }
}
