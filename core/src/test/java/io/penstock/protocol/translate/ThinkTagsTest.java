package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tags cut anywhere; what is told is the same whatever the pieces. */
class ThinkTagsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // content | thinking | text
                "`<think>Hm.</think>Yes.` | `Hm.` | `Yes.`",
                "`\n <think>\nHm. 😀\n</think>\n\n Yes 😀.` | `\nHm. 😀\n` | `Yes 😀.`",
                "`<think></think>Yes.` | `` | `Yes.`",
                "`<think>a < b </thin> </think >c</think>` | `a < b </thin> </think >c` | ``",
                "`<think>never closed` | `never closed` | ``",
                "`<think>never closed</thi` | `never closed</thi` | ``",
                "`<thin` | `` | `<thin`",
                "`<thinking>no</thinking>` | `` | `<thinking>no</thinking>`",
                "`Yes <think>no</think>` | `` | `Yes <think>no</think>`",
                "` \n` | `` | ` \n`",
                "`<think>a</think>b<think>c</think>` | `a` | `b<think>c</think>`",
                "`` | `` | ``",
            })
    void everyCutTellsTheSame(String content, String thinking, String text) {
        assertThat(told(List.of(content), true)).isEqualTo(thinking + "|" + text);
        for (boolean escaped : new boolean[] {false, true}) {
            for (int one = 0; one <= content.length(); one++) {
                for (int two = one; two <= content.length(); two++) {
                    List<String> pieces =
                            List.of(content.substring(0, one), content.substring(one, two), content.substring(two));
                    assertThat(told(pieces, escaped))
                            .as("%s, escaped %s", pieces, escaped)
                            .isEqualTo(thinking + "|" + text);
                }
            }
            List<String> letters = new ArrayList<>();
            content.chars().forEach(c -> letters.add("" + (char) c));
            assertThat(told(letters, escaped)).isEqualTo(thinking + "|" + text);
        }
    }

    @Test
    void whatCannotBeATagAnyMoreIsToldAtOnce() {
        Told told = new Told();
        ThinkTags tags = new ThinkTags();
        tags.text(Slice.of("<th"), told);
        assertThat(told.text).isEmpty();
        tags.text(Slice.of("e"), told);
        assertThat(told.text.toString()).isEqualTo("<the");
        tags.text(Slice.of("<"), told);
        assertThat(told.text.toString()).isEqualTo("<the<");
    }

    private static String told(List<String> pieces, boolean escaped) {
        Told told = new Told();
        ThinkTags tags = new ThinkTags();
        for (String piece : pieces) {
            String json = Json.quoted(piece);
            if (escaped) {
                json = json.replace("<", "\\u003c").replace(">", "\\u003E");
            }
            byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
            tags.text(new Slice(bytes, 1, bytes.length - 1), told);
        }
        tags.end(told);
        return Json.parse("\"" + told.thinking + "\"").text() + "|"
                + Json.parse("\"" + told.text + "\"").text();
    }

    /** Listens to text and thinking. */
    private static final class Told implements AnswerText {
        private final StringBuilder text = new StringBuilder();
        private final StringBuilder thinking = new StringBuilder();

        @Override
        public void begin() {}

        @Override
        public void text(byte[] bytes, int from, int to) {
            text.append(new Slice(bytes, from, to));
        }

        @Override
        public void thinking(byte[] bytes, int from, int to) {
            assertThat(text).isEmpty();
            thinking.append(new Slice(bytes, from, to));
        }

        @Override
        public void finish(Finish why) {}
    }
}
