package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.error.GatewayException;
import io.penstock.protocol.UsageCounter;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A translation lives as long as its exchange; what it read does not: at -Xmx64m six bodies that stay are all the memory. */
class TranslationMemoryTest {
    private static final int COLLECTIONS_MAX = 10;

    @ParameterizedTest
    @MethodSource("io.penstock.protocol.translate.Golden#requests")
    void aRequestIsForgottenOnceItIsWritten(String rule) {
        Golden golden = Golden.of("request", rule);
        Translation translation = golden.translation();
        assertForgotten(rule, translation, golden.bytes("client.json"), body -> {
            try {
                translation.request(body, 0, body.length, ThinkingRecall.NOTHING, new JsonOut());
            } catch (GatewayException refused) {
                assertThat(golden.has("error.txt")).isTrue();
            }
        });
    }

    @ParameterizedTest
    @MethodSource("io.penstock.protocol.translate.Golden#answers")
    void soIsAnAnswer(String rule) {
        Golden golden = Golden.of("answer", rule);
        Translation translation = golden.translation();
        translation.answer(golden.facts());
        assertForgotten(
                rule,
                translation,
                golden.bytes("provider.json"),
                answer -> translation.whole(
                        answer, 0, answer.length, new UsageCounter(1_000_000).usage(), new JsonOut()));
    }

    @ParameterizedTest
    @MethodSource("io.penstock.protocol.translate.Golden#streams")
    void soIsAnEvent(String rule) {
        Golden golden = Golden.of("stream", rule);
        Translation translation = golden.translation();
        translation.answer(golden.facts());
        for (String line : golden.text("provider.sse").split("\n", -1)) {
            if (line.startsWith("data: ") && !line.equals("data: [DONE]")) {
                assertForgotten(
                        rule + " " + line,
                        translation,
                        line.substring("data: ".length()).getBytes(StandardCharsets.UTF_8),
                        event -> translation.event(event, 0, event.length, new JsonOut()));
            }
        }
    }

    private static void assertForgotten(String what, Translation keeper, byte[] text, Consumer<byte[]> reading) {
        try {
            reading.accept(text);
            WeakReference<byte[]> seen = new WeakReference<>(text);
            text = null; // else it lies in this frame
            for (int i = 0; i < COLLECTIONS_MAX && seen.get() != null; i++) {
                System.gc();
            }
            assertThat(seen.get() == null).as("%s is forgotten", what).isTrue();
        } finally {
            Reference.reachabilityFence(keeper);
        }
    }
}
