package io.penstock.guardrail;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.catalog.Catalog;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.guardrail.Verdict.Edit;
import io.penstock.guardrail.Verdict.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every guardrail keeps to; a plug-in's test extends it. */
public abstract class GuardrailContract {
    private static final int ROUNDS = 400;
    private static final int PIECES_MAX = 8;
    private static final String ODD = "\ud83d\ude00 \ud83d \u0000\uffff\n\"{}";

    /** The guardrail under test. */
    protected abstract Guardrail guardrail();

    /** Texts that it does something about, or nearly; random ones are made of parts of these. */
    protected List<String> seeds() {
        return List.of();
    }

    @Test
    void theNameIsSettledAndTheLookBehindIsBounded() {
        assertThat(guardrail().name())
                .matches("[a-z0-9-]+")
                .isEqualTo(guardrail().name());
        assertThat(guardrail().lookBehind())
                .isBetween(0, Guardrail.LOOK_BEHIND_MAX)
                .isEqualTo(guardrail().lookBehind());
    }

    @Test
    void everyOfferOfTheCatalogIsAllowedOrNotAndAlwaysTheSame() {
        Guardrail guardrail = guardrail();
        for (Model model : Catalog.builtIn().known()) {
            for (Offer offer : model.offers()) {
                assertThat(guardrail.allows(model, offer)).isEqualTo(guardrail.allows(model, offer));
            }
        }
    }

    @Test
    void whatGoesOutIsJudgedTheSameEachTimeAndEditedWithinItsPieces() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            List<String> pieces = new ArrayList<>();
            for (int i = random.nextInt(PIECES_MAX); i > 0; i--) {
                pieces.add(text(random));
            }
            Verdict verdict = guardrail().outgoing(List.copyOf(pieces));

            assertThat(guardrail().outgoing(pieces)).as("seed %d", seed).isEqualTo(verdict);
            for (Edit edit : verdict.edits()) {
                assertThat(edit.piece()).as("seed %d", seed).isLessThan(pieces.size());
                assertThat(edit.to())
                        .as("seed %d", seed)
                        .isLessThanOrEqualTo(pieces.get(edit.piece()).length());
            }
            assertThat(pieces.isEmpty() && verdict.kind() != Kind.ALLOW).isFalse();
        }
    }

    @Test
    void howeverAnAnswerIsCutTheSameReachesTheClient() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            String text = text(random);
            IncomingText atOnce = new IncomingText(guardrail());
            StringBuilder whole = new StringBuilder();
            atOnce.add(text, true, whole);

            IncomingText inPieces = new IncomingText(guardrail());
            StringBuilder out = new StringBuilder();
            for (int from = 0; from < text.length(); ) {
                int to = Math.min(text.length(), from + random.nextInt(random.nextInt(4) == 0 ? 40 : 3));
                String piece = text.substring(from, to);
                inPieces.add(piece, false, out);
                if (inPieces.said() == null) {
                    assertThat(out.length())
                            .as("seed %d: no more is held back than is looked at", seed)
                            .isGreaterThanOrEqualTo(to - guardrail().lookBehind() - 1);
                }
                from = to;
            }
            inPieces.add("", true, out);

            assertThat(inPieces.blocked()).as("seed %d: %s", seed, text).isEqualTo(atOnce.blocked());
            if (!atOnce.blocked()) {
                assertThat(out.toString()).as("seed %d: %s", seed, text).isEqualTo(whole.toString());
            }
            assertThat(inPieces.said() == null).as("seed %d: %s", seed, text).isEqualTo(atOnce.said() == null);
        }
    }

    @Test
    void ofAnAnswerOfNothingNothingIsSaid() {
        assertThat(guardrail().incoming("", false)).isEqualTo(Verdict.ALLOW);
        assertThat(guardrail().incoming("", true)).isEqualTo(Verdict.ALLOW);
    }

    private String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(10); i > 0; i--) {
            String part =
                    seeds().isEmpty() || random.nextInt(5) == 0 ? ODD : seeds().get(random.nextInt(seeds().size()));
            int from = random.nextInt(3) == 0 ? random.nextInt(part.length()) : 0;
            int to = random.nextInt(3) == 0 ? from + random.nextInt(part.length() - from) : part.length();
            text.append(part, from, to).append(random.nextInt(3) == 0 ? " " : "");
        }
        return text.toString();
    }
}
