package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.Protocol;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random conversations between all pairs of protocols. The seed of a failure is in its message. */
class RequestPropertyTest {
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int RUNS = 500;

    @ParameterizedTest
    @MethodSource("io.penstock.protocol.translate.AnswerPropertyTest#pairs")
    void thereAndBackAConversationMeansTheSame(Protocol client, Protocol provider) {
        Chance chance = new Chance(SEED);
        for (int run = 0; run < RUNS; run++) {
            Conversation conversation = Conversation.random(chance);
            String asked = conversation.json(client, chance);
            String about = "seed " + SEED + ", run " + run + ": " + asked;
            assertThat(Conversation.lines(client, Json.parse(asked)))
                    .as("what the test itself writes, " + about)
                    .containsExactlyInAnyOrderElementsOf(conversation.lines());
            byte[] there = translated(client, provider, asked.getBytes(StandardCharsets.UTF_8));
            assertThat(Conversation.lines(provider, Json.parse(there)))
                    .as(about)
                    .containsExactlyInAnyOrderElementsOf(conversation.lines())
                    .containsSubsequence(said(conversation));
            byte[] back = translated(provider, client, there);
            assertThat(Conversation.lines(client, Json.parse(back)))
                    .as(about)
                    .containsExactlyInAnyOrderElementsOf(conversation.lines())
                    .containsSubsequence(said(conversation));
        }
    }

    /** Prompt caches live on equal bytes: what was sent before stays as it was, whatever is said afterwards. */
    @ParameterizedTest
    @MethodSource("io.penstock.protocol.translate.AnswerPropertyTest#pairs")
    void oneTurnMoreLeavesTheBytesBeforeItAlone(Protocol client, Protocol provider) throws Exception {
        Chance chance = new Chance(SEED);
        int compared = 0;
        for (int run = 0; run < RUNS; run++) {
            Conversation conversation = Conversation.random(chance);
            if (conversation.turns().size() < 3
                    || !conversation
                            .turns()
                            .get(conversation.turns().size() - 1)
                            .user()) {
                continue;
            }
            Conversation earlier = conversation.before(2); // up to what the user said then
            Chance spelling = new Chance(run);
            byte[] then =
                    translated(client, provider, earlier.json(client, spelling).getBytes(StandardCharsets.UTF_8));
            spelling = new Chance(run);
            byte[] now = translated(
                    client, provider, conversation.json(client, spelling).getBytes(StandardCharsets.UTF_8));
            byte[] again = translated(
                    client, provider, conversation.json(client, new Chance(run)).getBytes(StandardCharsets.UTF_8));
            int shared = then.length - "]}".length(); // the list of messages goes on
            assertThat(sha256(now, shared)).as("seed " + SEED + ", run " + run).isEqualTo(sha256(then, shared));
            assertThat(sha256(again, again.length)).isEqualTo(sha256(now, now.length));
            compared++;
        }
        assertThat(compared).isGreaterThan(RUNS / 4);
    }

    private static byte[] sha256(byte[] bytes, int length) throws Exception {
        return MessageDigest.getInstance("SHA-256").digest(Arrays.copyOf(bytes, length));
    }

    private static String[] said(Conversation conversation) {
        return conversation.lines().stream()
                .dropWhile(line -> !line.startsWith("system "))
                .toArray(String[]::new);
    }

    private static byte[] translated(Protocol client, Protocol provider, byte[] body) {
        WireProfile recipient = new WireProfile("acme", "m", 8_192, false, true, false, Set.of(), Set.of());
        JsonOut out = new JsonOut();
        Losses losses = Golden.translation(client, provider, recipient)
                .request(body, 0, body.length, ThinkingRecall.NOTHING, out);
        assertThat(losses.kinds())
                .as(losses.kinds() + " of " + new String(body, StandardCharsets.UTF_8))
                .isEmpty();
        return Arrays.copyOf(out.bytes(), out.length());
    }
}
