package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.penstock.error.GatewayException;
import io.penstock.protocol.AnthropicUsage;
import io.penstock.protocol.OpenAiUsage;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ResponsesUsage;
import io.penstock.protocol.UsageCounter;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every rule of the tables in CLIENTS sections 6 and 7, byte for byte, in the directions that it concerns. */
class GoldenTest {
    @ParameterizedTest
    @MethodSource("io.penstock.protocol.translate.Golden#requests")
    void theProviderIsAskedAsTheTableSays(String rule) {
        Golden golden = Golden.of("request", rule);
        byte[] body = golden.bytes("client.json");
        JsonOut out = new JsonOut();
        if (golden.has("error.txt")) {
            GatewayException refusal = catchThrowableOfType(
                    GatewayException.class,
                    () -> golden.translation().request(body, 0, body.length, ThinkingRecall.NOTHING, out));
            assertThat(refusal).as(rule).isNotNull();
            assertThat(refusal.error().message())
                    .as(rule)
                    .isEqualTo(golden.text("error.txt").strip());
            return;
        }
        Losses losses = golden.translation().request(body, 0, body.length, ThinkingRecall.NOTHING, out);
        assertThat(text(out)).as(rule).isEqualTo(golden.json("provider.json"));
        assertThat(losses.kinds().stream().map(Loss::label).collect(Collectors.joining("\n")))
                .as("losses of " + rule)
                .isEqualTo(golden.has("losses.txt") ? golden.text("losses.txt").strip() : "");
    }

    @ParameterizedTest
    @MethodSource("io.penstock.protocol.translate.Golden#answers")
    void theClientIsAnsweredAsTheTableSays(String rule) {
        Golden golden = Golden.of("answer", rule);
        Translation translation = asked(golden);
        byte[] answer = golden.bytes("provider.json");
        UsageCounter counter = new UsageCounter(1_000_000);
        Json.Tree root = Json.parse(answer);
        usage(golden.provider(), root, counter);
        JsonOut out = new JsonOut();
        assertThat(translation.whole(answer, 0, answer.length, counter.usage(), out))
                .isTrue();
        assertThat(text(out)).as(rule).isEqualTo(golden.json("client.json"));
        if (golden.client() == Protocol.RESPONSES) {
            OpenResponses.response(Json.parse(text(out)));
        }
    }

    @ParameterizedTest
    @MethodSource("io.penstock.protocol.translate.Golden#streams")
    void theClientReadsTheEventsThatTheTableSays(String rule) {
        Golden golden = Golden.of("stream", rule);
        Translation translation = asked(golden);
        UsageCounter counter = new UsageCounter(1_000_000);
        JsonOut out = new JsonOut();
        for (String line : golden.text("provider.sse").split("\n", -1)) {
            if (line.startsWith("data: ") && !line.equals("data: [DONE]")) {
                byte[] event = line.substring("data: ".length()).getBytes(StandardCharsets.UTF_8);
                Json.Tree root = Json.parse(event);
                usage(golden.provider(), root, counter);
                usage(golden.provider(), root.get("message"), counter);
                usage(golden.provider(), root.get("response"), counter);
                assertThat(translation.event(event, 0, event.length, out)).isTrue();
            }
        }
        translation.end(counter.usage(), out);
        assertThat(text(out)).as(rule).isEqualTo(golden.text("client.sse").stripTrailing() + "\n\n");
        if (golden.client() == Protocol.RESPONSES) {
            text(out)
                    .lines()
                    .filter(line -> line.startsWith("data: "))
                    .forEach(line -> OpenResponses.event(Json.parse(line.substring("data: ".length()))));
        }
        if (golden.client() == Protocol.ANTHROPIC) {
            assertThat(translation.heldBytes())
                    .isZero(); // Responses repeats the answer, and chat has thinking remembered
        }
    }

    private static Translation asked(Golden golden) {
        Translation translation = golden.translation();
        if (golden.has("request.json")) {
            byte[] request = golden.bytes("request.json");
            translation.request(request, 0, request.length, ThinkingRecall.NOTHING, new JsonOut());
        }
        translation.answer(golden.facts());
        return translation;
    }

    private static void usage(Protocol protocol, Json.Tree holder, UsageCounter counter) {
        if (holder.get("usage").isObject()) {
            byte[] json = holder.get("usage").toString().getBytes(StandardCharsets.UTF_8);
            switch (protocol) {
                case OPENAI -> OpenAiUsage.readUsage(json, 0, json.length, counter);
                case ANTHROPIC -> AnthropicUsage.readUsage(json, 0, json.length, counter);
                case RESPONSES -> ResponsesUsage.readUsage(json, 0, json.length, counter);
            }
        }
    }

    private static String text(JsonOut out) {
        return new String(out.bytes(), 0, out.length(), StandardCharsets.UTF_8);
    }
}
