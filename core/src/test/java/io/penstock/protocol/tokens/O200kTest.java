package io.penstock.protocol.tokens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Counts against jtokkit's, which runs tiktoken's own expression. The seed of a failure is in its message. */
class O200kTest {
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    private static final List<String> BITS = List.of(
            "a", "e", "Z", "THE", "hello", "World", "iPhone", " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u2003",
            "\u0085", "'s", "'LL", "'re", "'", "\"", "\\", "/", "//", "!", "...", "(", "){", "_", "-", "+=", "0", "7",
            "1234", "٣", "½", "Ⅷ", "é", "É", "ß", "ñ", "ſ", "ǅ", "ʰ", "漢", "字", "かな", "한국", "हिन्दी", "ไทย", "e\u0301",
            "\u0301", "\u200d", "😀", "👩‍💻", "𝔘", "𝟙", "🇩🇪", "ﬁ", "\u0000", "\ufffd", "€", "Ж", "ж");

    private static O200k ours;
    private static Encoding theirs;

    @BeforeAll
    static void load() {
        ours = O200k.load();
        theirs = Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE);
    }

    private static long count(String text) {
        return ours.count(text.toCharArray(), 0, text.length());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "Hello, world!",
                "I've seen HTTPServer's XMLHttpRequest; it'LL do, won't it?\n\n\tif (x >= 10_000) { return \"é\"; }\r\n",
                "Penstock führt Wasser zur Turbine – größtenteils ohne Verluste.",
                "水車の各部について説明します。東京タワー",
                "https://example.com/a/b?c=d&e=f#g",
                "x  \n  \n   y   ",
                "漢字ABC漢dEf",
                "e\u0301\u0301A ZZ\u0301Z",
                "12345678901234567890",
            })
    void countsWhatJtokkitCounts(String text) {
        assertThat(count(text)).isEqualTo(theirs.countTokensOrdinary(text));
    }

    @Test
    void countsWhatJtokkitCountsOfAnything() {
        Random random = new Random(SEED);
        for (int run = 0; run < 20_000; run++) {
            StringBuilder text = new StringBuilder();
            for (int bits = random.nextInt(14); bits > 0; bits--) {
                text.append(
                        random.nextInt(8) == 0
                                ? Character.toString(character(random))
                                : BITS.get(random.nextInt(BITS.size())));
            }
            assertThat(count(text.toString()))
                    .as("seed %d, run %d: %s", SEED, run, text)
                    .isEqualTo(theirs.countTokensOrdinary(text.toString()));
        }
    }

    private static int character(Random random) {
        while (true) {
            int c = random.nextInt(random.nextBoolean() ? 0x3000 : 0x20000);
            if (c < 0xD800 || c > 0xDFFF) {
                return c;
            }
        }
    }

    @Test
    void aPartOfAnArrayIsCountedAloneAndHalfAPairCountsAsWhatReplacesIt() {
        char[] text = "xxHello, world!xx".toCharArray();
        assertThat(ours.count(text, 2, text.length - 2)).isEqualTo(4);
        assertThat(count("a\ud83d")).isEqualTo(theirs.countTokensOrdinary("a\ufffd"));
        assertThat(count("\ude00a")).isEqualTo(theirs.countTokensOrdinary("\ufffda"));
        assertThat(ours.count("😀".toCharArray(), 0, 1)).isEqualTo(count("\ufffd"));
    }

    @Test
    void longWordsAreCutAndTakeNoLongerThanTheirLength() {
        for (String bit : List.of("a", "A", " ", "\n", "=", "漢", "aB", "é", "\u0301", "漢A", "!", "1", "😀")) {
            String text = bit.repeat(1_000_000 / bit.length());
            long tokens = Assertions.assertTimeoutPreemptively(
                    Duration.ofMinutes(5), () -> O200k.load().count(text.toCharArray(), 0, text.length()));
            assertThat(tokens).as(bit).isBetween(1_000L, 2_000_000L);
        }
    }

    @Test
    void aTableThatIsNoneIsRefused() throws IOException {
        Ranks two = ranks("YQ== 0\nYWI= 1");
        byte[] text = "xab".getBytes(StandardCharsets.US_ASCII);
        assertThat(two.size()).isEqualTo(2);
        assertThat(two.of(text, 1, 2)).isZero();
        assertThat(two.of(text, 1, 3)).isEqualTo(1);
        assertThat(two.of(text, 0, 3)).isEqualTo(Ranks.NONE);
        assertThat(two.of(text, 0, 1)).isEqualTo(Ranks.NONE);
        for (String wrong : List.of("YQ== 1\n", "YQ== 0\nYg== 2\n", "Y§== 0\n", "YQ==\n", " 0\n", "YQ== 0\n\n")) {
            assertThatThrownBy(() -> ranks(wrong)).as(wrong).isInstanceOf(IOException.class);
        }
    }

    private static Ranks ranks(String table) throws IOException {
        return new Ranks(new ByteArrayInputStream(table.getBytes(StandardCharsets.UTF_8)));
    }
}
