package io.penstock.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What looks like a key though nobody told us of it; and people's words, which stay. */
class KeyLikeTest {
    private static final String LETTERS = "aB3-_dE9fGh1jK2mNp";

    static java.util.List<String> beginnings() {
        return KeyLike.beginnings();
    }

    @ParameterizedTest
    @MethodSource("beginnings")
    void aKeyOfEveryKindIsMaskedWhereverItStands(String beginning) {
        String key = beginning + LETTERS;
        String shown = beginning.startsWith("sk-") ? "sk-" : beginning;
        for (String before : new String[] {"", " ", "\"", "key=", "(", "\n"}) {
            for (String behind : new String[] {"", " ", "\"", ",", ")", "\n"}) {
                assertThat(KeyLike.masked(before + key + behind, KeyLike.LETTERS_MIN))
                        .isEqualTo(before + shown + "***" + behind);
            }
        }
        assertThat(KeyLike.masked(key + " " + key, KeyLike.LETTERS_MIN)).isEqualTo(shown + "*** " + shown + "***");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Bearer abcdefgh | Bearer ***",
                "bearer  abcdefgh | bearer  ***",
                "BEARER abc.d/e+f= and more | BEARER *** and more",
                "'Authorization: Bearer abcdefgh\"' | 'Authorization: Bearer ***\"'",
                "a bearer of bad news | a bearer of bad news",
                "Bearer abcdefg | Bearer abcdefg",
                "Bearer | Bearer",
                "Bearer: abcdefghij | Bearer: abcdefghij",
                "bearers abcdefghij | bearers abcdefghij"
            })
    void aBearersWordIsMasked(String text, String expected) {
        assertThat(KeyLike.masked(text, KeyLike.LETTERS_MIN)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "task-management-and-planning-of-work",
                "disk-encryption-and-more-words",
                "sk-or-v1-3f2…9ab",
                "sk-short",
                "an sk- and nothing",
                "hf_",
                "ask_me_anything_you_like_now"
            })
    void wordsOfPeopleStayAsTheyAre(String text) {
        assertThat(KeyLike.masked(text, KeyLike.LETTERS_MIN)).isSameAs(text);
    }

    /** Where it is said what is wrong with a key, less of one is enough. */
    @Test
    void inErrorsAPartIsMaskedToo() {
        String text = "Incorrect API key provided: sk-ab***yz.";
        assertThat(KeyLike.masked(text, KeyLike.LETTERS_MIN)).isSameAs(text);
        assertThat(KeyLike.masked(text, KeyLike.LETTERS_MIN_IN_ERRORS)).isEqualTo("Incorrect API key provided: sk-***");
    }

    /** Any words: masking ends, twice is as once, and no long key at the start of a word is left. */
    @Test
    void noWordsLeaveAKeyOrMakeItFail() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(8); i >= 0; i--) {
                switch (random.nextInt(6)) {
                    case 0 ->
                        text.append(KeyLike.beginnings()
                                .get(random.nextInt(KeyLike.beginnings().size())));
                    case 1 -> text.append("bearer", 0, random.nextInt(7));
                    case 2 -> text.append(' ');
                    case 3 -> text.append((char) random.nextInt(0x300));
                    default -> text.append(LETTERS, 0, random.nextInt(LETTERS.length() + 1));
                }
            }
            String key = " sk-" + LETTERS;
            for (int least : new int[] {KeyLike.LETTERS_MIN, KeyLike.LETTERS_MIN_IN_ERRORS}) {
                String masked = KeyLike.masked(text + key + " " + text, least);
                assertThat(masked).as("seed %d: %s", seed, text).doesNotContain(key);
                assertThat(KeyLike.masked(masked, least))
                        .as("seed %d: %s", seed, text)
                        .isSameAs(masked);
            }
        }
    }
}
