package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.catalog.Catalog;
import io.penstock.pricing.Pricing;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.Usage;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.AnswerScript;
import io.penstock.server.testkit.ClientView;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.Reply;
import io.penstock.server.testkit.SharedLab;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An answer that took several runs of a model is billed as their sum, each at the price of the model that it names. */
class IterationsTest extends SharedLab {
    private static final Usage OWN = new Usage(1_128, 0, 0, 0, 110, 0, false);
    private static final Usage OTHER = new Usage(2_518, 40, 30, 0, 22, 0, false);
    private static final Catalog CATALOG = Catalog.builtIn();

    @ParameterizedTest
    @CsvSource({
        "claude-opus-4-6, anthropic/claude-opus-4.6",
        "claude-opus-4-6-20260205, anthropic/claude-opus-4.6",
        "claude-sonnet-4-6, anthropic/claude-sonnet-4.6",
        "claude-unheard-of, anthropic/claude-sonnet-4.6", // its price is not known: as the one that was asked for
        "gpt-test-1, anthropic/claude-sonnet-4.6", // nor is another provider's model what this one means
    })
    void eachRunIsBilledAtThePriceOfItsModel(String named, String priced) {
        String usage = "{\"input_tokens\":1128,\"output_tokens\":110,\"iterations\":[" + run(OWN, "") + ","
                + run(OTHER, ",\"model\":\"" + named + "\"") + "]}";
        long expected = Pricing.cost(
                CATALOG.model("anthropic/claude-sonnet-4.6").orElseThrow().price(),
                List.of(
                        new Pricing.Run(
                                CATALOG.model("anthropic/claude-sonnet-4.6")
                                        .orElseThrow()
                                        .price(),
                                OWN),
                        new Pricing.Run(CATALOG.model(priced).orElseThrow().price(), OTHER)),
                0);
        for (String path : Lab.FACES) {
            for (boolean stream : new boolean[] {true, false}) {
                lab.provider().next(call -> call.send(answer(usage, stream)));
                Reply reply = lab.ask(Lab.post(path, Lab.body(path, "anthropic/claude-sonnet-4.6", stream)));
                assertThat(lab.end(reply.id()).amountNanos()).as(path).isEqualTo(expected);
                if (path.startsWith("/api")) {
                    assertThat(reply.text()).contains("\"cost\":" + io.penstock.money.Nanos.shortest(expected));
                }
                if (!ClientView.protocol(path).equals(Protocol.ANTHROPIC)) {
                    assertThat(reply.text())
                            .as(path)
                            .containsPattern(
                                    stream && path.equals(Lab.CHAT)
                                            ? "DONE"
                                            : "_tokens\":3716,"); // 1128 + 2518 + 40 + 30
                }
            }
        }
    }

    private static String run(Usage usage, String more) {
        return AnswerScript.messagesUsage(usage, usage.output()).replaceFirst("\\}$", more + "}");
    }

    private static byte[] answer(String usage, boolean stream) {
        Usage marker = new Usage(77_777, 0, 0, 0, 10, 0, false);
        AnswerScript speech = AnswerScript.text("Hello").with(marker);
        String said = stream
                ? new String(speech.stream(Protocol.ANTHROPIC), StandardCharsets.UTF_8)
                : speech.plain(Protocol.ANTHROPIC);
        String told = said.replace(AnswerScript.messagesUsage(marker, 10), usage);
        return stream ? Answer.stream(told.getBytes(StandardCharsets.UTF_8), 200) : Answer.json(200, told);
    }
}
