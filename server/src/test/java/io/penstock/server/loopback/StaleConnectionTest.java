package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.Penstock;
import io.penstock.server.config.KeyConfig;
import io.penstock.server.config.ModelConfig;
import io.penstock.server.config.ProviderConfig;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.Call;
import io.penstock.server.testkit.HookedRouter;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.Link;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.server.testkit.ScriptedProvider;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A pooled connection on which its provider did something, and the event loop has not been told so. */
class StaleConnectionTest {
    private static final String PLAIN =
            "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"},"
                    + "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1,\"total_tokens\":4}}";
    private static final byte[] GOOD = Answer.json(200, PLAIN);
    private static final byte[] POISON = Answer.json(200, PLAIN.replace("\"Hi\"", "\"poison\""));
    private static final String WORD = "long ";
    private static final int MORE_WORDS_THAN_SOCKETS_HOLD = 24 * 1024 * 1024 / WORD.length();

    /** What a provider does to an idle connection. */
    enum Deed {
        ANSWER,
        HALF_AN_ANSWER,
        CLOSE,
        RESET;

        void play(Call call) throws Exception {
            switch (this) {
                case ANSWER -> call.send(POISON);
                case HALF_AN_ANSWER -> call.send(Arrays.copyOf(POISON, 20));
                case CLOSE -> call.close();
                case RESET -> call.reset();
            }
        }

        boolean arrived(Link idle) {
            return switch (this) {
                case ANSWER, HALF_AN_ANSWER -> idle.unread();
                case CLOSE -> idle.halfClosed();
                case RESET -> idle.gone();
            };
        }
    }

    private final ScriptedProvider provider = new ScriptedProvider();
    private final CountDownLatch now = new CountDownLatch(1);
    private volatile Deed armed = null;
    private Penstock gateway;
    private RawClient client;

    /** On the event loop: nothing else is seen there while it has the provider do its deed. */
    private void doIt() {
        Deed deed = armed;
        if (deed != null) {
            armed = null;
            now.countDown();
            Link idle = provider.links().get(0);
            Await.until("the deed to arrive", () -> deed.arrived(idle));
        }
    }

    @BeforeEach
    void start() {
        gateway = Penstock.builder()
                .bind("127.0.0.1", 0)
                .key(new KeyConfig("lab", Lab.KEY))
                .provider(ProviderConfig.builder("lab")
                        .openai(provider.url("/v1"))
                        .model(ModelConfig.builder("gpt-test").build())
                        .build())
                .router(new HookedRouter("lab/gpt-test", this::doIt))
                .start();
        client = new RawClient(gateway.gateway().origin());
    }

    @AfterEach
    void stop() {
        client.close();
        provider.close();
        gateway.close();
    }

    @ParameterizedTest
    @EnumSource
    void aRequestIsSentOnAConnectionOnWhichNothingIsUnread(Deed deed) {
        askAround(deed, "Hi");
    }

    @ParameterizedTest
    @EnumSource
    void soIsALargeRequest(Deed deed) {
        askAround(deed, WORD.repeat(20_000));
    }

    private void askAround(Deed deed, String text) {
        provider.always(call -> call.send(GOOD));
        provider.next(call -> deed.play(call.send(GOOD).pause(now)));
        assertThat(client.send(request("Hi")).read().status()).isEqualTo(200);
        armed = deed;
        Reply reply = client.send(request(text)).read();
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.text()).contains("\"Hi\"").doesNotContain("poison");
        assertThat(provider.received()).hasSize(2);
        assertThat(provider.links()).hasSize(2);
        Await.until("the connection is given up", () -> provider.links().get(0).gone());
    }

    @Test
    void aRequestThatAResetCutShortIsSentOnAFreshConnection() {
        provider.always(call -> call.send(GOOD));
        provider.next(call -> call.send(GOOD).awaitBytes().reset());
        assertThat(client.send(request("Hi")).read().status()).isEqualTo(200);
        assertThat(client.send(request(WORD.repeat(MORE_WORDS_THAN_SOCKETS_HOLD)))
                        .read()
                        .status())
                .isEqualTo(200);
        assertThat(provider.received()).hasSize(2);
        assertThat(provider.links()).hasSize(2);
    }

    @Test
    void anIdleConnectionOnWhichNothingCameServesAgain() {
        provider.always(call -> call.send(GOOD));
        for (int i = 0; i < 10; i++) {
            assertThat(client.send(request("Hi")).read().status()).isEqualTo(200);
        }
        assertThat(provider.links()).hasSize(1);
    }

    private static byte[] request(String text) {
        return Lab.post(
                Lab.CHAT, "{\"model\":\"auto\",\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}");
    }
}
