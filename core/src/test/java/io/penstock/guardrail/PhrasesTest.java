package io.penstock.guardrail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.guardrail.Verdict.Edit;
import io.penstock.guardrail.Verdict.Kind;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PhrasesTest extends GuardrailContract {
    private static final List<String> PHRASES =
            List.of("Project Nightjar", "nightjar", "night", "aab", "aaab", "\ud83d\ude00!", "ſecret");

    @Override
    protected Guardrail guardrail() {
        return new Phrases("code-names", Kind.REDACT, PHRASES);
    }

    @Override
    protected List<String> seeds() {
        return PHRASES;
    }

    @Test
    void eachPieceThatGoesOutIsReadForItself() {
        assertThat(guardrail().outgoing(List.of("tell of NIGHTJAR and night", "night", "ni", "ght")))
                .isEqualTo(Verdict.redact(
                        "code-names found a phrase of its list",
                        List.of(new Edit(0, 8, 16, "***"), new Edit(0, 21, 26, "***"), new Edit(1, 0, 5, "***"))));
        assertThat(guardrail().outgoing(List.of("nothing of that kind"))).isEqualTo(Verdict.ALLOW);
    }

    @ParameterizedTest
    @CsvSource({
        "see Project Nightjar now, see *** now",
        "see project nightja, see project ***ja",
        "aaaab aab, a*** ***",
        "nightnightjarnight, *********",
    })
    void theLongestPhraseCountsAndWhatIsRedactedIsNotLookedAtAgain(String text, String expected) {
        for (int cut = 0; cut <= text.length(); cut++) {
            IncomingText incoming = new IncomingText(guardrail());
            StringBuilder out = new StringBuilder();
            incoming.add(text.substring(0, cut), false, out);
            incoming.add(text.substring(cut), true, out);

            assertThat(out.toString()).as("cut at %d", cut).isEqualTo(expected);
        }
    }

    @Test
    void ofABlockedPhraseNotALetterReachesTheClient() {
        String text = "about Project Nightjar, more";
        for (int size = 1; size <= text.length(); size++) {
            IncomingText incoming = new IncomingText(new Phrases("stop", Kind.BLOCK, List.of("project nightjar")));
            StringBuilder out = new StringBuilder();
            for (int from = 0; from < text.length(); from += size) {
                incoming.add(text.substring(from, Math.min(text.length(), from + size)), false, out);
            }
            incoming.add("", true, out);

            assertThat(incoming.blocked()).isTrue();
            assertThat("about ").as("pieces of %d", size).startsWith(out.toString());
        }
    }

    @Test
    void aFlaggedAnswerGoesOnWhole() {
        IncomingText incoming = new IncomingText(new Phrases("tell", Kind.FLAG, List.of("night")));
        StringBuilder out = new StringBuilder();
        incoming.add("good ni", false, out);
        assertThat(incoming.said()).isNull();
        incoming.add("ght, all", false, out);
        incoming.add("", true, out);

        assertThat(out.toString()).isEqualTo("good night, all");
        assertThat(incoming.said()).isEqualTo(Verdict.flag("tell found a phrase of its list"));
        assertThat(incoming.blocked()).isFalse();
    }

    @Test
    void noMoreIsHeldBackThanThePhrasesNeed() {
        Phrases phrases = new Phrases("stop", Kind.BLOCK, List.of("abcd"));
        IncomingText incoming = new IncomingText(phrases);
        StringBuilder out = new StringBuilder();
        incoming.add("0123456789", false, out);

        assertThat(phrases.lookBehind()).isEqualTo(3);
        assertThat(out.toString()).isEqualTo("0123456");
        incoming.add("x", false, out.delete(0, out.length()));
        assertThat(out.toString()).isEqualTo("7");
    }

    @Test
    void aPairOfSurrogatesIsNotCut() {
        IncomingText incoming = new IncomingText(new Phrases("stop", Kind.BLOCK, List.of("ab")));
        StringBuilder out = new StringBuilder();
        incoming.add("x\ud83d\ude00", false, out);

        assertThat(out.toString()).isEqualTo("x");
        incoming.add("", true, out);
        assertThat(out.toString()).isEqualTo("x\ud83d\ude00");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ALLOW", "BLOCK"})
    void aListThatIsNoneIsRefused(String kind) {
        Kind leadsTo = Kind.valueOf(kind.toUpperCase(Locale.ROOT));
        List<String> phrases = leadsTo == Kind.ALLOW ? List.of("x") : List.of();

        assertThatThrownBy(() -> new Phrases("x", leadsTo, phrases))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected: 1 to 1000");
        assertThatThrownBy(() -> new Phrases("x", Kind.FLAG, List.of("x".repeat(Phrases.CHARS_MAX + 1))))
                .hasMessageContaining("expected: 1 to 256");
    }

    @Test
    void aVerdictsEditsAreInOrder() {
        Edit first = new Edit(0, 0, 3, "");
        Edit over = new Edit(0, 2, 4, "");

        assertThatThrownBy(() -> Verdict.redact("", List.of(first, over))).hasMessageContaining("one over another");
        assertThatThrownBy(() -> Verdict.redact("", List.of())).hasMessageContaining("0 edits");
        assertThatThrownBy(() -> new Edit(0, 3, 3, "")).hasMessageContaining("some characters");
    }
}
