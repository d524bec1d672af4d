package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.catalog.Modality;
import io.penstock.server.config.ModelConfig;
import io.penstock.server.config.PriceConfig;
import io.penstock.server.config.ProviderConfig;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.Reply;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a request costs beside its tokens: each image of the prompt, and the request itself. */
class ImagePriceTest {
    private static final long IMAGE = 500_000_000L; // half a dollar
    private static final long REQUEST = 3_000_000L;
    private static final long TOKENS = 100 * 1_000L + 10 * 2_000L;

    private Lab lab;

    @BeforeEach
    void start() {
        PriceConfig price = new PriceConfig(
                1_000_000_000L,
                2_000_000_000L,
                100_000_000L,
                1_250_000_000L,
                2_000_000_000L,
                IMAGE,
                REQUEST,
                List.of());
        ModelConfig model = ModelConfig.builder("eyes")
                .context(128_000)
                .maxOutput(1_000)
                .price(price)
                .input(Set.of(Modality.TEXT, Modality.IMAGE, Modality.FILE))
                .build();
        lab = Lab.also((builder, provider) -> builder.provider(ProviderConfig.builder("see")
                        .openai(provider.url("/v1"))
                        .anthropic(provider.url(""))
                        .responses(provider.url("/v1"))
                        .apiKey(Lab.PROVIDER_KEY)
                        .model(model)
                        .build())
                .provider(ProviderConfig.builder("msgs")
                        .anthropic(provider.url(""))
                        .apiKey(Lab.PROVIDER_KEY)
                        .model(model)
                        .build()));
    }

    @AfterEach
    void stop() {
        lab.nothingHeld();
        lab.close();
    }

    private Reply ask(String path, String body) {
        boolean messages = path.endsWith("messages") || body.contains("\"msgs/eyes\"");
        lab.provider()
                .next(call -> call.send(Answer.json(
                        200,
                        messages
                                ? "{\"id\":\"1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"eyes\",\"content\":[{\"type\":"
                                        + "\"text\",\"text\":\"a\"}],\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":100,"
                                        + "\"output_tokens\":10}}"
                                : path.endsWith("responses")
                                        ? "{\"id\":\"1\",\"object\":\"response\",\"status\":\"completed\",\"output\":[],\"usage\":"
                                                + "{\"input_tokens\":100,\"output_tokens\":10,\"total_tokens\":110}}"
                                        : "{\"id\":\"1\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
                                                + "\"a\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":100,"
                                                + "\"completion_tokens\":10,\"total_tokens\":110}}")));
        Reply reply = lab.ask(Lab.post(path, body));
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply;
    }

    @ParameterizedTest
    @CsvSource({
        "/openai/v1/chat/completions, see, 'image_url\",\"image_url\":{\"url\":\"https://a.example/b.png\"}', messages",
        "/api/v1/chat/completions, see, 'image_url\",\"image_url\":{\"url\":\"data:image/png;base64,iVBORw0KGgo=\"}', messages",
        "/openai/v1/chat/completions, msgs, 'image_url\",\"image_url\":{\"url\":\"https://a.example/b.png\"}', messages",
        "/anthropic/v1/messages, see, 'image\",\"source\":{\"type\":\"url\",\"url\":\"https://a.example/b.png\"}', messages",
        "/openai/v1/responses, see, 'input_image\",\"image_url\":\"https://a.example/b.png\"', input",
        "/openai/v1/responses, see, 'input_image\",\"file_id\":\"file-1\"', input",
    })
    void eachImageOfThePromptIsHeldAndCharged(String path, String provider, String part, String field) {
        String parts = ("{\"type\":\"" + part + "},").repeat(3);
        String text = field.equals("input") ? "input_text" : "text";
        Reply reply = ask(
                path,
                "{\"model\":\"" + provider + "/eyes\",\"max_tokens\":100,\"max_output_tokens\":100,\"" + field
                        + "\":[{\"role\":\"user\",\"content\":[" + parts + "{\"type\":\"" + text
                        + "\",\"text\":\"what?\"}]}]}");
        assertThat(lab.end(reply.id()).amountNanos()).isEqualTo(TOKENS + 3 * IMAGE + REQUEST);
        assertThat(lab.hold(reply.id()).amountNanos()) // 2,000 tokens an image at the dearest class of input
                .isGreaterThanOrEqualTo(3 * IMAGE + REQUEST + 3 * 2_000 * 2_000L);
    }

    @Test
    void aRequestWithoutImagesPaysForItselfAlone() {
        Reply reply = ask(Lab.CHAT, Lab.body(Lab.CHAT, "see/eyes", false));
        assertThat(lab.end(reply.id()).amountNanos()).isEqualTo(TOKENS + REQUEST);
    }

    @Test
    void aFileBehindAUrlIsHeldAsAFullWindow() {
        Reply reply = ask(
                Lab.MESSAGES,
                "{\"model\":\"see/eyes\",\"max_tokens\":100,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
                        + "\"document\",\"source\":{\"type\":\"url\",\"url\":\"https://a.example/b.pdf\"}}]}]}");
        assertThat(lab.hold(reply.id()).amountNanos()).isGreaterThanOrEqualTo(128_000 * 2_000L);
    }

    @Test
    void everyAnswerThatIsMadeIsHeld() {
        String body =
                "{\"model\":\"see/eyes\",\"max_tokens\":100,\"n\":2,\"best_of\":5,\"prompt\":[\"a\",\"b\",\"c\"]}";
        lab.provider()
                .next(call -> call.send(Answer.json(
                        200,
                        "{\"id\":\"1\",\"choices\":[{\"index\":0,\"text\":\"a\",\"finish_reason\":\"stop\"}],\"usage\":"
                                + "{\"prompt_tokens\":3,\"completion_tokens\":1500,\"total_tokens\":1503}}")));
        Reply reply = lab.ask(Lab.post(Lab.COMPLETIONS, body));
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(lab.hold(reply.id()).amountNanos()).isGreaterThanOrEqualTo(15 * 100 * 2_000L);
        assertThat(lab.end(reply.id()).amountNanos()).isEqualTo(3 * 1_000L + 1_500 * 2_000L + REQUEST);
        assertThat(lab.ask(Lab.post(Lab.COMPLETIONS, body.replace("5", "129"))).text())
                .contains("best_of");
    }
}
